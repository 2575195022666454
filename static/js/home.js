// The start: drop anywhere, paste, the 200 MB check, the echo of the words, and the bytes on their way.
const form = document.querySelector("[data-start]");
const find = (name) => form.querySelector(`[data-${name}]`);
const input = form.elements.file;
const words = form.elements.words;
const maxBytes = Number(form.dataset.maxBytes);

function size(bytes) {
  for (const [unit, name] of [[1e9, "GB"], [1e6, "MB"], [1e3, "KB"]]) {
    if (bytes >= unit) {
      const figure = bytes / unit;
      return `${figure >= 100 ? Math.floor(figure) : Math.floor(figure * 10) / 10} ${name}`;
    }
  }
  return `${bytes} bytes`;
}

// ---- refusing, in place

function refuse(text, way) {
  const note = find("refused");
  note.replaceChildren(text);
  if (way) note.append(" ", way);
  note.hidden = !text;
}

function fault(file) {
  if (!file) return "";
  if (file.size === 0) return `“${file.name}” is empty.`;
  if (file.size > maxBytes) return `“${file.name}” is ${size(file.size)}. I take up to ${size(maxBytes)}.`;
  return "";
}

// ---- the file in hand

let shown = "";
function hold(file) {
  const held = find("held");
  held.replaceChildren();
  URL.revokeObjectURL(shown);
  refuse(fault(file));
  const good = Boolean(file) && !fault(file);
  held.hidden = !good;
  find("ask").hidden = good;
  if (!good) { input.value = ""; return; }
  shown = URL.createObjectURL(file);
  const name = document.createElement("strong");
  name.textContent = `${file.name.length > 48 ? `${file.name.slice(0, 45)}…` : file.name}, ${size(file.size)}`;
  const moving = /^video\/(mp4|webm|quicktime)/.test(file.type);
  if (moving || /^image\//.test(file.type)) {
    const view = document.createElement(moving ? "video" : "img");
    if (moving) Object.assign(view, { muted: true, loop: true, autoplay: !matchMedia("(prefers-reduced-motion: reduce)").matches, playsInline: true });
    else view.alt = "";
    view.onerror = () => view.remove();
    view.src = shown;
    held.append(view);
  }
  held.append(name);
}

function take(files) {
  const file = files[0];
  if (!file) return;
  const box = new DataTransfer();
  box.items.add(file);
  input.files = box.files;
  hold(file);
  if (!fault(file)) words.focus({ preventScroll: true });
}

input.addEventListener("change", () => hold(input.files[0]));

let depth = 0;
const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
const over = (on) => document.documentElement.classList.toggle("over-page", on);
addEventListener("dragenter", (event) => { if (carries(event)) { event.preventDefault(); depth += 1; over(true); } });
addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
addEventListener("dragleave", (event) => { if (carries(event) && --depth <= 0) { depth = 0; over(false); } });
addEventListener("drop", (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  depth = 0;
  over(false);
  take(event.dataTransfer.files);
});
addEventListener("paste", (event) => {
  const files = event.clipboardData?.files;
  if (files?.length) { event.preventDefault(); take(files); }
});

// ---- what the words mean

let asked = 0;
let timer = 0;
async function explain() {
  const mine = ++asked;
  const text = words.value.trim();
  const told = find("told");
  if (!text) { told.replaceChildren(blank.cloneNode()); line(0); return; }
  try {
    const answer = await fetch(`${form.dataset.explain}?words=${encodeURIComponent(text)}`, { headers: { "HX-Request": "true" } });
    if (mine !== asked || !answer.ok) return;
    told.innerHTML = await answer.text(); // our own fragment; the server escaped what was typed
    line(Number(told.firstElementChild?.dataset.maxBytes ?? 0));
  } catch { /* offline: the words are read again when the form is sent */ }
}
const blank = find("told").firstElementChild;
function line(bytes) {
  find("brim").textContent = bytes ? size(bytes) : "your line";
}
words.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(explain, 180); });
find("examples").addEventListener("click", (event) => {
  const chip = event.target.closest("button");
  if (!chip) return;
  words.value = chip.textContent;
  words.focus();
  explain();
});
if (words.value) explain();

// ---- sending, with the level rising as the bytes leave

const sending = find("sending");
function level(part) {
  find("pct").textContent = Math.floor(part * 100);
  find("rise").style.setProperty("--level", `${part * 100}%`);
}
form.addEventListener("submit", (event) => {
  const file = input.files[0];
  if (!file) return; // the browser asks for it
  event.preventDefault();
  const wrong = fault(file);
  refuse(wrong);
  if (wrong) return;
  const request = new XMLHttpRequest();
  const stop = (text, way) => { sending.hidden = true; level(0); refuse(text, way); };
  request.upload.onprogress = (step) => {
    if (!step.lengthComputable) return;
    level(step.loaded / step.total);
    find("sent").textContent = step.loaded < step.total ? `Sending, ${size(step.loaded)} of ${size(step.total)}` : "Sent. Reading it…";
  };
  request.onerror = () => stop("The connection broke while sending. Try again.");
  request.onabort = () => stop("");
  request.onload = () => {
    if (request.status < 400 && request.responseURL && request.responseURL !== location.href) { location.assign(request.responseURL); return; }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const said = page.querySelector("[data-error]")?.textContent.trim();
    stop(said || (request.status === 413 ? `That is over ${size(maxBytes)}.` : "It did not work. Try again in a moment."), page.querySelector("[data-way]"));
  };
  find("stop").onclick = () => request.abort();
  level(0);
  sending.hidden = false;
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "text/html");
  request.send(new FormData(form));
});
addEventListener("pageshow", (event) => { if (event.persisted) sending.hidden = true; });
