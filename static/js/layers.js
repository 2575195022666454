// Layers and texts by hand: a box over the preview for each, dragged, sized by its corner, or moved by the arrow keys; and a
// box over the layer's own picture for the part of it that is shown. Every box writes into the form that it belongs to, which
// is sent when the hand rests.
import { t } from "./words.js";

const REST_MS = 500;
const LEAST = 2; // percent
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
let held = ""; // the form whose box has the focus: it keeps it when the page is drawn anew
let sizes; // the observer of the preview now shown
let pressed = false; // a pointer holds a box: the preview under it is not replaced now, it is asked for again

function draw() {
  for (const cropper of document.querySelectorAll("[data-part]:not([data-ready])")) part(cropper);
  const stage = document.querySelector("#stage[data-whole]");
  const film = stage?.querySelector("video, img");
  sizes?.disconnect();
  stage?.querySelector(".handles")?.remove();
  const forms = [...document.querySelectorAll("form[data-box]")].reverse();
  if (!film || !forms.length) return;
  const handles = document.createElement("div");
  handles.className = "handles";
  stage.append(handles);
  const fit = () => {
    const outer = stage.getBoundingClientRect(), inner = film.getBoundingClientRect();
    Object.assign(handles.style, {
      left: `${inner.left - outer.left - stage.clientLeft}px`, top: `${inner.top - outer.top - stage.clientTop}px`,
      width: `${inner.width}px`, height: `${inner.height}px`,
    });
  };
  fit();
  sizes = new ResizeObserver(fit);
  sizes.observe(film);
  for (const form of forms) handles.append(handle(form, handles));
  if (held && document.activeElement === document.body) handles.querySelector(`[data-of="${held}"]`)?.focus({ preventScroll: true });
}

// Sends a form once nothing has moved for a while; asking again starts the while anew.
function sender(form, write) {
  let timer = 0;
  return (wait) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!form.isConnected) return;
      write();
      window.htmx.trigger(form, "submit");
    }, wait);
  };
}

// Follows a pointer that was pressed on a box: `move(dx, dy)` in percent of `area`, then `done()` if it moved at all.
function follow(box, event, area, move, done) {
  event.preventDefault();
  box.focus();
  box.setPointerCapture(event.pointerId);
  const whole = area.getBoundingClientRect();
  let moved = false;
  pressed = true;
  const go = (now) => {
    const dx = (100 * (now.clientX - event.clientX)) / whole.width, dy = (100 * (now.clientY - event.clientY)) / whole.height;
    moved ||= Math.abs(dx) + Math.abs(dy) > 0.5;
    move(dx, dy);
  };
  const end = () => {
    box.removeEventListener("pointermove", go);
    pressed = false;
    if (moved) done();
  };
  box.addEventListener("pointermove", go);
  box.addEventListener("pointerup", end, { once: true });
  box.addEventListener("pointercancel", end, { once: true });
}

function arrows(event, step) {
  return { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
}

function handle(form, handles) {
  const box = document.createElement("div");
  let [left, top, width, height] = form.dataset.box.split(" ").map(Number);
  const shape = height / width;
  const began = width;
  box.className = "handle";
  box.tabIndex = 0;
  box.dataset.of = form.id;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", t("{name}: arrow keys move it, plus and minus size it", { name: form.dataset.name }));
  const grip = document.createElement("span");
  grip.className = "grip";
  box.append(grip);
  const place = () =>
    Object.assign(box.style, { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
  place();
  const send = sender(form, () => {
    form.elements.x.value = clamp(left + width / 2, 0, 100).toFixed(2);
    form.elements.y.value = clamp(top + height / 2, 0, 100).toFixed(2);
    if (form.elements.width) form.elements.width.value = (Math.round(width * 2) / 2).toString();
    else if (width !== began) form.elements.size.value = ((Number(form.dataset.letters) * width) / began).toFixed(1);
    form.elements.position.value = "";
  });
  const size = (now) => {
    const [x, y] = [left + width / 2, top + height / 2];
    width = clamp(now, LEAST, 100);
    height = width * shape;
    [left, top] = [x - width / 2, y - height / 2];
  };
  const shift = (x, y) => {
    left = clamp(x, -width / 2, 100 - width / 2);
    top = clamp(y, -height / 2, 100 - height / 2);
  };
  box.addEventListener("focus", () => { held = form.id; });
  // A box that is drawn anew is blurred while it still stands: whether it was left shows after that.
  box.addEventListener("blur", () => setTimeout(() => { if (box.isConnected && document.activeElement !== box) held = ""; }));
  box.addEventListener("pointerdown", (event) => {
    const from = { left, top, width };
    const sizing = event.target === grip;
    follow(box, event, handles, (dx, dy) => {
      if (sizing) {
        width = clamp(from.width + dx, LEAST, 100);
        height = width * shape;
      } else shift(from.left + dx, from.top + dy);
      place();
    }, () => send(0));
  });
  box.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 5 : 1;
    const moved = arrows(event, step);
    if (moved) shift(left + moved[0], top + moved[1]);
    else if (event.key === "+" || event.key === "=") size(width + step);
    else if (event.key === "-") size(width - step);
    else return;
    event.preventDefault();
    place();
    send(REST_MS);
  });
  return box;
}

// The crop box over a layer's own picture.
function part(box) {
  box.dataset.ready = "";
  const form = box.closest("form"), scene = box.parentElement;
  const fields = ["x", "y", "w", "h"].map((side) => form.elements[`part_${side}`]);
  let now;
  const place = () => {
    now = fields.map((field) => Number(field.value));
    ["--l", "--t", "--bw", "--bh"].forEach((name, index) => scene.style.setProperty(name, `${now[index]}%`));
  };
  const set = (x, y, w, h) => {
    const [wide, high] = [clamp(w, LEAST, 100), clamp(h, LEAST, 100)];
    [clamp(x, 0, 100 - wide), clamp(y, 0, 100 - high), wide, high].forEach((value, index) => { fields[index].value = value.toFixed(1); });
    place();
  };
  const send = sender(form, () => {});
  place();
  for (const field of fields) field.addEventListener("input", place);
  box.addEventListener("pointerdown", (event) => {
    const [x, y, w, h] = now;
    const corner = event.target.dataset.corner ?? "";
    const [west, north] = [corner.includes("w"), corner.includes("n")];
    follow(box, event, scene, (dx, dy) => {
      if (!corner) { set(x + dx, y + dy, w, h); return; }
      const right = clamp(west ? x + w : x + w + dx, LEAST, 100), low = clamp(north ? y + h : y + h + dy, LEAST, 100);
      const from = west ? clamp(x + dx, 0, right - LEAST) : Math.min(x, right - LEAST);
      const over = north ? clamp(y + dy, 0, low - LEAST) : Math.min(y, low - LEAST);
      set(from, over, right - from, low - over);
    }, () => send(0));
  });
  box.addEventListener("keydown", (event) => {
    const moved = arrows(event, 1);
    if (!moved) return;
    event.preventDefault();
    const [x, y, w, h] = now;
    if (event.shiftKey) set(x, y, clamp(w + moved[0], LEAST, 100 - x), clamp(h + moved[1], LEAST, 100 - y));
    else set(x + moved[0], y + moved[1], w, h);
    send(REST_MS);
  });
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (pressed && event.detail.target.id === "stage") event.detail.shouldSwap = false;
});
document.addEventListener("htmx:afterSettle", draw);
draw();
