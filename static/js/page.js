// Every page: copying with one press, and no motion for those who asked for none until they press Play.
import { t } from "./words.js";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");

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

// Without scripts it has controls, and waits for them. Who paused it finds it paused when it comes into view again.
const watcher = new IntersectionObserver((seen) => seen.forEach(({ target, isIntersecting }) => {
  if (!isIntersecting && !target.paused) { target.dataset.resumes = ""; target.pause(); }
  if (!isIntersecting || target.dataset.resumes === undefined || CALM.matches) return;
  delete target.dataset.resumes;
  target.play().catch(() => {});
}));
const watch = (root) => root.querySelectorAll("video[data-seen]").forEach((film) => {
  film.controls = CALM.matches;
  film.dataset.resumes = "";
  watcher.observe(film);
});

// ---- a time is served in UTC, and shown in the zone and the manner of the visitor, in the language of the page

const { lang } = document.documentElement;
const manner = navigator.languages.find((one) => one.slice(0, 2) === lang.slice(0, 2)) ?? lang;
const MOMENT = new Intl.DateTimeFormat(manner, { dateStyle: "medium", timeStyle: "short" });
const date = (root) => root.querySelectorAll("time[data-moment]").forEach((time) => { time.textContent = MOMENT.format(new Date(time.dateTime)); });

// What htmx or a script of ours puts into the page, as it comes, has films and times too.
function arrived(root) {
  watch(root);
  date(root);
}
arrived(document);
document.addEventListener("htmx:load", (event) => arrived(event.target));

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
  if (source) return { stop: () => { source.media = CALM.media; }, go: () => { source.media = "not all"; } };
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
  if (pair) holder.prepend(button); else holder.append(button);
}

// What would start by itself, at once or when it is seen, is stopped once: who starts it then by hand is not stopped again.
// Scripts that show a film later set `autoplay` too, and it comes to stand here. The studio's preview has a button of its own.
function calmDown() {
  for (const film of document.querySelectorAll("video:is([autoplay], [data-seen]:not([data-settled]))")) {
    Object.assign(film, { autoplay: false, controls: !film.closest("#stage[data-whole]") }).pause();
    film.dataset.settled = "1";
  }
  document.querySelectorAll("img[data-moves]").forEach(settle);
}

const arrivals = new MutationObserver((changes) => {
  if (changes.some((change) => [...change.addedNodes].some((node) => node.nodeType === 1 && node.localName !== "button"))) calmDown();
});
function heed() {
  arrivals.disconnect();
  if (!CALM.matches) return;
  document.querySelectorAll("video").forEach((film) => { film.pause(); delete film.dataset.settled; });
  calmDown();
  arrivals.observe(document.body, { childList: true, subtree: true });
}
CALM.addEventListener("change", heed); // it can be asked for while a page is open
heed();
