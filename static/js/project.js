import { point } from "./point.js";

// The project page: the playhead over the timeline, the conversation at its end, files sent when chosen.
const find = (name) => document.querySelector(`[data-${name}]`);

function settle() {
  const talk = find("talk");
  if (talk) talk.scrollTop = talk.scrollHeight;
  const go = find("add-go");
  if (go) go.hidden = true;
}

document.addEventListener("htmx:afterSwap", (event) => {
  settle();
  const trouble = document.getElementById("trouble");
  if (event.detail.target?.id === "workbench") trouble.replaceChildren();
});
// The pressed chip is gone with the old plan: who uses the keyboard goes on at the new one.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.requestConfig?.path.endsWith("/plan")) document.getElementById("plan")?.focus({ preventScroll: true });
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("[data-say]");
  if (form && event.detail.successful) { form.reset(); form.elements.words.focus({ preventScroll: true }); }
});
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-add]");
  if (form && event.target.files.length) form.requestSubmit();
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  const form = find("add");
  if (!form || !event.dataTransfer.files.length) return;
  form.elements.file.files = event.dataTransfer.files;
  form.requestSubmit();
});

// The preview stops and goes by its button, or by a press on it; while it stands, the button says Play.
const screen = () => document.querySelector("#stage[data-whole] video");
function turn() {
  const video = screen();
  if (video?.paused) video.play().catch(() => {}); else video?.pause();
}
function named() {
  const [video, button] = [screen(), document.querySelector("[data-stage-play]")];
  if (!button) return;
  button.hidden = !video;
  if (video) button.textContent = video.paused ? button.dataset.play : button.dataset.pause;
}
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-stage-play]") || (event.target === screen() && !event.target.controls)) turn();
});
for (const event of ["play", "pause"]) document.addEventListener(event, named, true);
document.addEventListener("htmx:afterSettle", named);
named();

// What cannot be shown says so: a clip by its still, a preview by a note that tries again.
document.addEventListener("error", (event) => {
  const lost = event.target;
  const stage = lost.parentElement?.closest?.("#stage");
  if (!stage || !lost.matches("img, video")) return;
  const note = stage.querySelector("[data-lost]");
  if (note) note.hidden = false;
  else if (stage.dataset.still && lost.localName === "video") {
    const still = document.createElement("img");
    Object.assign(still, { src: stage.dataset.still, alt: lost.getAttribute("aria-label") });
    lost.replaceWith(still);
  }
}, true);

// A video tells where it is; a GIF does not, so there the head stays hidden.
function tick() {
  const video = document.querySelector("#stage[data-whole] video");
  const head = find("head");
  const length = Number(find("reel")?.dataset.length ?? 0) / 1000;
  if (video && head && length) {
    const at = `${(100 * (video.currentTime % length)) / length}%`;
    head.setAttribute("x1", at);
    head.setAttribute("x2", at);
    head.setAttribute("visibility", "visible");
  }
  requestAnimationFrame(tick);
}

// Controls that write what to say, over the timeline as it is now; what was said is done, and they begin anew.
const saying = find("say");
const pointer = point(saying, saying.dataset.explain);
let seen = "";
function aim() {
  const side = document.getElementById("stage")?.dataset.side ?? "";
  if (side === seen) return;
  seen = side;
  pointer.take(side && JSON.parse(side));
}
document.addEventListener("htmx:afterSettle", aim);
saying.addEventListener("reset", () => setTimeout(() => saying.elements.words.dispatchEvent(new Event("input"))));
aim();

settle();
if (!matchMedia("(prefers-reduced-motion: reduce)").matches) requestAnimationFrame(tick);
