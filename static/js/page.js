// Every page: copying with one press, and no motion for those who asked for none until they press Play.
import { t } from "./words.js";

const CALM = "(prefers-reduced-motion: reduce)";

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const from = button.parentElement.querySelector("input, textarea");
  try { await navigator.clipboard.writeText(from.value); } catch { from.select(); document.execCommand("copy"); }
  const before = button.textContent;
  button.textContent = t("Copied");
  setTimeout(() => { button.textContent = before; }, 1600);
});

// ---- a film among others is loaded when it comes into view, and plays as long as it is seen

const watcher = new IntersectionObserver((seen) => seen.forEach(({ target, isIntersecting }) => {
  if (isIntersecting && !matchMedia(CALM).matches) target.play().catch(() => {}); else target.pause();
}));
const watch = (root) => root.querySelectorAll("video[data-seen]").forEach((film) => watcher.observe(film));
watch(document);
document.addEventListener("htmx:load", (event) => watch(event.target));

// ---- calm: a film waits for its own controls; a moving picture shows its still, and a button starts and stops it

async function drawn(image) {
  await image.decode().catch(() => {});
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d").drawImage(image, 0, 0);
  return new Promise((done) => canvas.toBlob((blob) => done(blob && URL.createObjectURL(blob))));
}

// What stops and starts one picture: by the still that the page names, else by its first frame.
async function halves(image) {
  const source = image.parentElement.matches("picture") && image.parentElement.querySelector("source");
  if (source) return { stop: () => { source.media = CALM; }, go: () => { source.media = "not all"; } };
  const moving = image.src;
  const still = await drawn(image).catch(() => null);
  if (!still) return null; // it could not be read
  return { stop: () => { image.src = still; }, go: () => { image.src = moving; } };
}

async function settle(image) {
  if (image.dataset.settled) return;
  image.dataset.settled = "1";
  const both = await halves(image);
  both?.stop();
  if (!both || image.dataset.moves === "still") return;
  // Of two under one slider the buttons stand below it: nothing on the pictures themselves could be pressed.
  const pair = image.closest("figure")?.closest("[data-compare]");
  const holder = pair ? pair.querySelector("[data-compare-tools]") : image.closest("figure, .stage");
  if (!holder) return;
  const which = pair?.querySelectorAll("figure img[data-moves]").length > 1 && image.closest("figure").querySelector("figcaption").textContent;
  const button = document.createElement("button");
  button.type = "button";
  button.className = pair ? "btn quiet flush" : "btn plays";
  button.dataset.plays = "";
  const name = image.alt ? ` ${image.alt.charAt(0).toLowerCase()}${image.alt.slice(1)}` : "";
  const show = (playing) => {
    button.textContent = (playing ? t("Stop") : t("Play")) + (which ? t(": ") + which : "");
    button.setAttribute("aria-label", (playing ? t("Stop") : t("Play")) + name);
    button.setAttribute("aria-pressed", String(playing));
  };
  button.addEventListener("click", () => {
    const playing = button.getAttribute("aria-pressed") !== "true";
    if (playing) both.go(); else both.stop();
    show(playing);
  });
  show(false);
  if (!pair) holder.classList.add("calm");
  holder.append(button);
}

function calmDown(root) {
  for (const film of root.querySelectorAll("video[autoplay]")) Object.assign(film, { autoplay: false, controls: !film.closest("#stage[data-whole]") }).pause();
  root.querySelectorAll("img[data-moves]").forEach(settle);
}

if (matchMedia(CALM).matches) {
  calmDown(document);
  new MutationObserver((changes) => {
    if (changes.some((change) => [...change.addedNodes].some((node) => node.nodeType === 1 && node.localName !== "button"))) calmDown(document);
  }).observe(document.body, { childList: true, subtree: true });
}
