// Layers by hand: a box over the preview for each layer, dragged, sized by its corner, or moved by the arrow keys.
// Every box writes into the form of its layer; the form is sent when the hand rests.
const REST_MS = 500;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function draw() {
  const stage = document.querySelector("#stage[data-whole]");
  const film = stage?.querySelector("video, img");
  stage?.querySelector(".handles")?.remove();
  const forms = [...document.querySelectorAll("form[data-layer]")].reverse();
  if (!film || !forms.length) return;
  const handles = document.createElement("div");
  handles.className = "handles";
  stage.append(handles);
  const fit = () => {
    const outer = stage.getBoundingClientRect(), inner = film.getBoundingClientRect();
    Object.assign(handles.style, {
      left: `${inner.left - outer.left}px`, top: `${inner.top - outer.top}px`,
      width: `${inner.width}px`, height: `${inner.height}px`,
    });
  };
  fit();
  new ResizeObserver(fit).observe(film);
  for (const form of forms) handles.append(handle(form, handles));
}

function handle(form, handles) {
  const box = document.createElement("div");
  let [left, top, width, height] = form.dataset.layer.split(" ").map(Number);
  const shape = height / width;
  box.className = "handle";
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", `${form.dataset.name}: arrow keys move it, plus and minus size it`);
  const grip = document.createElement("span");
  grip.className = "grip";
  box.append(grip);
  const place = () =>
    Object.assign(box.style, { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
  place();
  let timer = 0;
  const send = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      form.elements.x.value = clamp(left + width / 2, 0, 100).toFixed(2);
      form.elements.y.value = clamp(top + height / 2, 0, 100).toFixed(2);
      form.elements.width.value = (Math.round(width * 2) / 2).toString();
      form.elements.position.value = "";
      window.htmx.trigger(form, "submit");
    }, wait);
  };
  const size = (now) => {
    const [x, y] = [left + width / 2, top + height / 2];
    width = clamp(now, 2, 100);
    height = width * shape;
    [left, top] = [x - width / 2, y - height / 2];
  };
  box.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    box.focus();
    box.setPointerCapture(event.pointerId);
    const area = handles.getBoundingClientRect();
    const from = { x: event.clientX, y: event.clientY, left, top, width, height };
    const sizing = event.target === grip;
    let moved = false;
    const move = (now) => {
      const dx = (100 * (now.clientX - from.x)) / area.width, dy = (100 * (now.clientY - from.y)) / area.height;
      moved = moved || Math.abs(dx) + Math.abs(dy) > 0.5;
      if (sizing) {
        width = clamp(from.width + dx, 2, 100);
        height = width * shape;
      } else {
        left = clamp(from.left + dx, -from.width / 2, 100 - from.width / 2);
        top = clamp(from.top + dy, -from.height / 2, 100 - from.height / 2);
      }
      place();
    };
    const up = () => {
      box.removeEventListener("pointermove", move);
      if (moved) send(0);
    };
    box.addEventListener("pointermove", move);
    box.addEventListener("pointerup", up, { once: true });
    box.addEventListener("pointercancel", up, { once: true });
  });
  box.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 5 : 1;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (moves[event.key]) {
      left = clamp(left + moves[event.key][0], -width / 2, 100 - width / 2);
      top = clamp(top + moves[event.key][1], -height / 2, 100 - height / 2);
    } else if (event.key === "+" || event.key === "=") size(width + step);
    else if (event.key === "-") size(width - step);
    else return;
    event.preventDefault();
    place();
    send(REST_MS);
  });
  return box;
}

document.addEventListener("htmx:afterSettle", draw);
draw();
