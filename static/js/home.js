// A drop zone: drop anywhere, paste, the size check, the echo of the words, and the bytes on their way.
import { point } from "./point.js";
import { progress, upload } from "./upload.js";
import { weigh } from "./weigh.js";
import { exact, size, t } from "./words.js";

const form = document.querySelector("[data-start]");
const find = (name) => form.querySelector(`[data-${name}]`);
const input = form.elements.file;
const words = form.elements.words;
const maxBytes = Number(form.dataset.maxBytes);
const MOST_FILES = Number(form.dataset.maxFiles);

const pointing = point(form, form.dataset.explain);
const weighing = weigh(form);

// ---- refusing, in place

function refuse(text, way) {
  const note = find("refused");
  note.replaceChildren(text);
  if (way) note.append(" ", way);
  note.hidden = !text;
  once();
}

// What the box says, no chip says too.
function once() {
  const said = [...form.querySelectorAll("[data-error], [data-refused]")].map((note) => note.textContent.trim());
  for (const chip of form.querySelectorAll("[data-told] .missed")) chip.hidden = said.includes(chip.textContent.trim());
}

function fault(file) {
  if (!file) return "";
  if (file.size === 0) return t("“{name}” is empty.", { name: file.name });
  if (file.size > maxBytes) return t("“{name}” is {size}. The limit is {limit}.", { name: file.name, size: size(file.size, maxBytes), limit: exact(maxBytes) });
  return "";
}

// ---- the file in hand

let shown = "";
function hold(files) {
  const held = find("held");
  held.replaceChildren();
  URL.revokeObjectURL(shown);
  const file = files[0];
  const many = files.length > 1;
  const wrong = many ? (files.length > MOST_FILES ? t("{n} files are too many. The limit is {limit}.", { n: files.length, limit: MOST_FILES }) : "") : fault(file);
  refuse(wrong);
  const good = Boolean(file) && !wrong;
  pointing.take(good && !many ? { file } : undefined);
  weighing.take(good && !many ? { file } : undefined);
  held.hidden = !good;
  find("ask").hidden = good;
  if (form.elements.again) form.elements.again.disabled = Boolean(file);
  if (!good) { input.value = ""; return; }
  const name = document.createElement("strong");
  if (many) {
    name.textContent = t("{n} files, {size}", { n: files.length, size: size([...files].reduce((sum, one) => sum + one.size, 0)) });
    const list = document.createElement("span");
    list.className = "small names";
    list.textContent = [...files].slice(0, 6).map((one) => one.name).join(form.dataset.between) + (files.length > 6 ? `${form.dataset.between}…` : "");
    held.append(name, list, another(t("To replace them, drop others here, or"), t("choose others")));
    return;
  }
  shown = URL.createObjectURL(file);
  name.textContent = `${file.name.length > 48 ? `${file.name.slice(0, 45)}…` : file.name}${t(", ")}${size(file.size)}`;
  const moving = /^video\/(mp4|webm|quicktime)/.test(file.type);
  if (moving || /^image\//.test(file.type)) {
    const view = document.createElement(moving ? "video" : "img");
    if (moving) { Object.assign(view, { muted: true, loop: true, autoplay: true, playsInline: true }); view.setAttribute("aria-label", file.name); }
    else { view.alt = ""; view.dataset.moves = "still"; } // page.js stops both for those who want no motion
    view.onerror = () => view.remove();
    view.src = shown;
    held.append(view);
  }
  held.append(name, another(t("To replace it, drop another here, or"), t("choose another")));
}

// How what was chosen is replaced: a press anywhere here opens the same choice again, and what is dropped or pasted counts.
function another(drop, choose) {
  const line = document.createElement("span");
  const pick = document.createElement("span");
  line.className = "small";
  pick.className = "pick";
  pick.textContent = choose;
  line.append(drop, t(" "), pick);
  return line;
}

function take(files) {
  if (!files.length) return;
  const box = new DataTransfer();
  for (const file of input.multiple ? files : [files[0]]) box.items.add(file);
  input.files = box.files;
  if (form.elements.url) form.elements.url.value = "";
  hold(input.files);
  if (!fault(input.files[0])) words?.focus({ preventScroll: true });
}

// A dropped folder gives its files, and those of the folders in it.
async function inside(entry) {
  if (entry.isFile) return [await new Promise((done, no) => entry.file(done, no))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, no) => reader.readEntries(done, no));
    if (!some.length || found.length > 500) return found;
    for (const one of some) found.push(...await inside(one));
  }
}
const ours = (file) => /^(image|video)\//.test(file.type) || /\.(gif|apng|mkv|avi|mov|webm|mp4)$/i.test(file.name);
async function dropped(box) {
  const entries = [...box.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...box.files];
  return (await Promise.all(entries.map(inside))).flat().filter(ours);
}

input.addEventListener("change", () => { if (form.elements.url) form.elements.url.value = ""; hold(input.files); });
let depth = 0;
const carries = (event) => [...(event.dataTransfer?.types ?? [])].some((type) => type === "Files" || (input.form.elements.url && type === "text/uri-list"));
const over = (on) => document.documentElement.classList.toggle("over-page", on);
addEventListener("dragenter", (event) => { if (carries(event)) { event.preventDefault(); depth += 1; over(true); } });
addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
addEventListener("dragleave", (event) => { if (carries(event) && --depth <= 0) { depth = 0; over(false); } });
addEventListener("drop", async (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  depth = 0;
  over(false);
  const address = event.dataTransfer.getData("text/uri-list").split("\n")[0].trim();
  if (event.dataTransfer.files.length) take(await dropped(event.dataTransfer)); else from(address);
});
addEventListener("paste", (event) => {
  const files = event.clipboardData?.files;
  const text = event.clipboardData?.getData("text/plain").trim() ?? "";
  if (files?.length) { event.preventDefault(); take(files); return; }
  if (form.elements.url && event.target !== form.elements.url && /^https?:\/\/\S+$/i.test(text)) { event.preventDefault(); from(text); }
});

// An address instead of a file: shown in its field, fetched by the site when the form is sent.
function from(address) {
  if (!form.elements.url || !/^https?:/i.test(address)) return;
  input.value = "";
  hold([]);
  form.elements.url.value = address;
  form.elements.url.closest("details").open = true;
  if (form.elements.again) form.elements.again.disabled = true;
  words?.focus({ preventScroll: true });
}
form.elements.url?.addEventListener("input", () => { if (form.elements.again) form.elements.again.disabled = Boolean(form.elements.url.value); });

// ---- what the words mean

let asked = 0;
let timer = 0;
const told = find("told");
const blank = told?.firstElementChild;
async function explain() {
  const mine = ++asked;
  const text = words.value.trim();
  if (!text) { told.replaceChildren(blank.cloneNode(true)); line(0); return; }
  try {
    const answer = await fetch(`${form.dataset.explain}?words=${encodeURIComponent(text)}`, { headers: { "HX-Request": "true" } });
    if (mine !== asked || !answer.ok) return;
    told.innerHTML = await answer.text(); // our own fragment; the server escaped what was typed
    unsaid();
    once();
    line(Number(told.firstElementChild?.dataset.maxBytes ?? 0));
  } catch { /* offline: the words are read again when the form is sent */ }
}
// The format that comes where none is asked for; a choice in the form is one.
function unsaid() {
  const [chip, caution] = ["unsaid", "caution"].map((name) => told.querySelector(`[data-${name}]`));
  if (caution) caution.hidden = !find("place"); // the page of a place has it among its rules
  if (chip) chip.hidden = Boolean(form.elements.place?.value) || (form.elements.format?.value ?? "auto") !== "auto";
}
form.elements.format?.addEventListener("change", () => told && unsaid());
function line(bytes) {
  find("brim").textContent = bytes ? exact(bytes) : t("your limit");
}
function write(text) {
  words.value = text;
  words.focus();
  explain();
}
if (words && told) {
  words.addEventListener("input", () => { refuse(""); clearTimeout(timer); timer = setTimeout(explain, 180); });
  find("examples")?.addEventListener("click", (event) => {
    const chip = event.target.closest("button");
    if (chip) write(chip.textContent);
  });
  find("place")?.addEventListener("change", (event) => {
    const [option] = event.target.selectedOptions;
    const before = words.dataset.place ?? "";
    const rest = words.value.replace(before, "").replace(/^[\s,，、]+|[\s,，、]+$/g, "");
    words.dataset.place = option.dataset.words ?? "";
    write([words.dataset.place, rest].filter(Boolean).join(t(", ")));
  });
  if (words.value) explain();
}

// ---- sending, with the level rising as the bytes leave

const sending = find("sending");
function level(part) {
  find("pct").textContent = Math.floor(part * 100);
  find("rise").style.setProperty("--level", `${part * 100}%`);
}
const stop = (text, way) => { sending.hidden = true; level(0); refuse(text, way); };
function answered(request) {
  if (request.status < 400 && request.responseURL && request.responseURL !== location.href) {
    // Back from the result finds the words and the file again.
    const made = request.responseURL.match(/\/r\/([\w-]+)$/);
    if (made && words) history.replaceState(null, "", `${location.pathname}?${new URLSearchParams({ words: words.value, again: made[1] })}`);
    location.assign(request.responseURL);
    return;
  }
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const said = page.querySelector("[data-error]")?.textContent.trim();
  if (request.status === 415 || request.status === 413) { // the file cannot be taken: nothing of it is left to point at
    find("held").querySelector("img, video")?.remove();
    pointing.take();
    weighing.take();
  }
  stop(said || (request.status === 413 ? t("That is over {limit}.", { limit: exact(maxBytes) }) : t("It did not work. Try again in a moment.")), page.querySelector("[data-way]"));
}
form.addEventListener("submit", async (event) => {
  const { submitter } = event;
  const way = submitter?.getAttribute("formaction") ?? form.action;
  if (input.files.length > 1) {
    event.preventDefault();
    refuse("");
    dispatchEvent(new CustomEvent("brim:many", { detail: { form, files: [...input.files], refuse, fault, formats: submitter?.name === "formats" ? submitter.value : "" } }));
    return;
  }
  const file = input.files[0];
  const address = form.elements.url?.value.trim();
  if (!file && !address && form.elements.again && !form.elements.again.disabled) return; // the file from before
  event.preventDefault();
  const { place } = form.elements;
  const unsaid = Boolean(place?.required && !place.value);
  const wrong = !file && !address ? t("Choose a file first.") : fault(file) || (unsaid ? t("Choose a place first.") : "");
  refuse(wrong);
  if (wrong && file && unsaid) place.focus();
  if (wrong) return;
  const body = new FormData(form, submitter);
  const going = new AbortController();
  find("stop").onclick = () => going.abort();
  level(0);
  find("sent").textContent = file ? t("Sending") : t("Fetching the file…");
  sending.hidden = false;
  if (file) {
    const tell = (now) => { level(now.sent / file.size); find("sent").textContent = progress(file, now); };
    try {
      body.delete("file");
      body.set("upload", await upload(file, form.dataset.uploads, { tell, signal: going.signal }));
    } catch (error) { stop(going.signal.aborted ? "" : error.message); return; }
    find("sent").textContent = t("Sent. Reading the file…");
  }
  post(way, body, going.signal);
});
function post(way, body, signal) {
  const request = new XMLHttpRequest();
  request.onerror = () => stop(t("The connection broke while sending. Try again."));
  request.onabort = () => stop("");
  request.onload = () => {
    const result = form.dataset.inPlace !== undefined && way === form.action && request.status < 500;
    if (!result) { answered(request); return; }
    stop("");
    const fresh = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("[data-result]");
    const here = document.querySelector("[data-result]");
    if (!fresh || !here) { location.reload(); return; }
    here.replaceWith(document.adoptNode(fresh));
    fresh.focus();
  };
  signal.addEventListener("abort", () => request.abort());
  request.open("POST", way);
  request.setRequestHeader("Accept", "text/html");
  request.send(body);
}
addEventListener("pageshow", (event) => { if (event.persisted) sending.hidden = true; });
