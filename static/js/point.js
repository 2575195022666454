// Trim handles, a crop box and sliders that write the words, and follow the words: one plan, two ways to say it.
import { open } from "./frames.js";
import { clock, exact, t } from "./words.js";

const THUMBS = 12;
const STILLS = { "image/gif": "gif", "image/webp": "webp", "image/png": "apng", "image/apng": "apng", "image/avif": "avif", "image/jpeg": "jpeg" };
const RATIOS = { "1:1": 1, "4:3": 4 / 3, "16:9": 16 / 9, "9:16": 9 / 16 };

export function point(form, explain) {
  const root = form.querySelector("[data-point]");
  if (!root) return { take() {} };
  const find = (name) => root.querySelector(`[data-${name}]`);
  const words = form.elements.words;
  const [scene, cropper, ratio] = [find("scene"), find("cropper"), find("ratio")];
  const picture = scene.querySelector("canvas");
  const [from, to, cutter] = [find("start-at"), find("end-at"), find("cutter")];
  const blank = new Map([...root.querySelectorAll(".dial output")].map((one) => [one, one.textContent]));
  let reader;
  let side;
  let box = null;
  let loaded = false;

  // ---- the words are the plan: a control sends its part, and every control is set from the answer

  const waiting = new Map(); // control → what it says; the newest counts, and none is lost
  let busy = false;
  async function ask(control = "", said = "") {
    waiting.set(control, said);
    if (busy) return;
    busy = true;
    while (waiting.size) {
      const [[name, part]] = waiting;
      waiting.delete(name);
      await tell(name, part);
    }
    busy = false;
  }
  async function tell(control, said) {
    const query = new URLSearchParams({ words: words.value, control, said });
    if (reader) {
      for (const [name, value] of Object.entries({ width: picture.width, height: picture.height, frames: reader.starts?.length ?? Math.round(reader.ms / reader.frame), ms: Math.round(reader.ms) })) query.set(name, value);
    }
    try {
      const answer = await fetch(`${explain}?${query}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const found = await answer.json();
      if (control && words.value !== found.words) {
        words.value = found.words;
        words.dispatchEvent(new Event("input", { bubbles: true }));
      }
      if (!waiting.size) stand(found);
    } catch { /* offline: the words are read when the form is sent */ }
  }

  function stand({ values, goal, credits }) {
    for (const dial of root.querySelectorAll("[data-dial]")) {
      const value = values[dial.dataset.dial];
      const output = dial.parentElement.querySelector("output");
      output.textContent = value ? String(value) : blank.get(output);
      if (value) dial.value = value;
      else if (dial.dataset.dial === "width") dial.value = dial.max;
      dial.setAttribute("aria-valuetext", output.textContent);
    }
    if (reader) {
      const whole = Math.round(reader.ms);
      from.value = values.last_ms ? whole - values.last_ms : values.start_ms ?? 0;
      to.value = values.end_ms > 0 ? values.end_ms : whole + Math.min(0, values.end_ms ?? 0);
      span();
      if (values.crop) box = { ...values.crop };
      else if (RATIOS[values.aspect] && values.fit === "crop") { ratio.value = values.aspect; box = null; } else if (!dragging) box = null;
      if (!box) ratio.value = RATIOS[values.aspect] && values.fit === "crop" ? values.aspect : "";
      else if (!ratio.value) ratio.value = "free";
      place();
    }
    const said = [];
    if (goal.max_bytes) said.push(t("At most {size}.", { size: exact(goal.max_bytes) }));
    if (credits) said.push(credits === 1 ? t("At most 1 credit.") : t("At most {n} credits.", { n: credits }));
    find("hope").textContent = said.join(t(" "));
    find("undo-all").hidden = !Object.keys(values).length;
  }

  // ---- sliders

  for (const dial of root.querySelectorAll("[data-dial]")) {
    dial.addEventListener("input", () => { dial.parentElement.querySelector("output").textContent = dial.value; });
    dial.addEventListener("change", () => ask(dial.dataset.dial, { width: `${dial.value} px wide`, fps: `${dial.value} fps`, quality: `quality ${dial.value}`, colors: `${dial.value} colors` }[dial.dataset.dial]));
  }
  find("undo-all").addEventListener("click", () => {
    for (const control of ["trim", "crop", "width", "fps", "quality", "colors"]) ask(control, "");
  });

  // ---- the strip: two handles over small frames

  const seconds = (ms) => String(Math.round(ms / 10) / 100);
  function span() {
    const whole = reader.ms;
    cutter.style.setProperty("--from", `${(100 * from.value) / whole}%`);
    cutter.style.setProperty("--to", `${(100 * to.value) / whole}%`);
    for (const one of [from, to]) one.setAttribute("aria-valuetext", clock(one.value));
    find("span").textContent = t("{from} to {to}, {length} long", { from: clock(from.value), to: clock(to.value), length: clock(to.value - from.value) }) + t(".");
  }
  let looking = 0;
  async function look(ms) {
    const mine = ++looking;
    const frame = await reader.at(Math.min(ms, reader.ms - 1));
    if (mine === looking) picture.getContext("2d").drawImage(frame.image, 0, 0, picture.width, picture.height);
  }
  for (const one of [from, to]) {
    one.addEventListener("input", () => {
      if (Number(from.value) > to.value - 50) one.value = one === from ? to.value - 50 : Number(from.value) + 50;
      span();
      look(Number(one.value));
    });
    one.addEventListener("change", () => {
      const all = Number(from.value) === 0 && Number(to.value) >= Number(to.max);
      ask("trim", all ? "" : `from ${seconds(from.value)} s to ${seconds(to.value)} s`);
    });
  }
  async function strip() {
    const canvas = cutter.querySelector("canvas");
    const pen = canvas.getContext("2d");
    const wide = canvas.width / THUMBS;
    for (let index = 0; index < THUMBS; index += 1) {
      const { image } = await reader.at((reader.ms * (index + 0.5)) / THUMBS);
      const scale = Math.max(wide / picture.width, canvas.height / picture.height);
      const [w, h] = [wide / scale, canvas.height / scale];
      pen.drawImage(image, (picture.width - w) / 2, (picture.height - h) / 2, w, h, index * wide, 0, wide, canvas.height);
    }
  }

  // ---- the crop box, in the file's own pixels

  let dragging = null;
  function place() {
    cropper.hidden = !box;
    if (!box) return;
    for (const [name, part] of [["--l", box.x / picture.width], ["--t", box.y / picture.height], ["--bw", box.w / picture.width], ["--bh", box.h / picture.height]]) scene.style.setProperty(name, `${100 * part}%`);
  }
  function fit(next, corner) {
    const [W, H] = [picture.width, picture.height];
    let { x, y, w, h } = next;
    const wanted = RATIOS[ratio.value];
    w = Math.max(16, Math.min(w, W));
    h = Math.max(16, Math.min(h, H));
    if (wanted && corner) { h = w / wanted; if (h > H) { h = H; w = h * wanted; } }
    x = Math.max(0, Math.min(x, W - w));
    y = Math.max(0, Math.min(y, H - h));
    box = { x: Math.round(x), y: Math.round(y), w: Math.round(w), h: Math.round(h) };
    place();
  }
  const say = () => ask("crop", box ? `crop to ${box.w}x${box.h} at ${box.x},${box.y}` : "");
  ratio.addEventListener("change", () => {
    if (!ratio.value) { box = null; place(); say(); return; }
    const [W, H] = [picture.width, picture.height];
    const wanted = RATIOS[ratio.value] ?? W / H;
    const w = Math.min(W, H * wanted) * (ratio.value === "free" ? 0.8 : 1);
    box = { x: 0, y: 0, w, h: w / wanted };
    fit({ x: (W - w) / 2, y: (H - w / wanted) / 2, w, h: w / wanted }, true);
    say();
  });
  cropper.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    cropper.focus();
    cropper.setPointerCapture(event.pointerId);
    dragging = { corner: event.target.dataset.corner, x: event.clientX, y: event.clientY, box: { ...box } };
  });
  cropper.addEventListener("pointermove", (event) => {
    if (!dragging) return;
    const edge = scene.getBoundingClientRect();
    const [dx, dy] = [((event.clientX - dragging.x) * picture.width) / edge.width, ((event.clientY - dragging.y) * picture.height) / edge.height];
    const { corner, box: old } = dragging;
    if (!corner) { fit({ ...old, x: old.x + dx, y: old.y + dy }); return; }
    const [west, north] = [corner.includes("w"), corner.includes("n")];
    fit({ x: west ? old.x + dx : old.x, y: north ? old.y + dy : old.y, w: old.w + (west ? -dx : dx), h: old.h + (north ? -dy : dy) }, corner);
  });
  for (const name of ["pointerup", "pointercancel"]) cropper.addEventListener(name, () => { if (dragging) { dragging = null; say(); } });
  let saying = 0;
  cropper.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!move) return;
    event.preventDefault();
    const [dx, dy] = [move[0] * Math.max(1, picture.width / 100), move[1] * Math.max(1, picture.height / 100)];
    if (event.shiftKey) fit({ ...box, w: box.w + dx, h: box.h + dy }, "se"); else fit({ ...box, x: box.x + dx, y: box.y + dy });
    clearTimeout(saying);
    saying = setTimeout(say, 400);
  });

  // ---- the file

  function measure(width, height) {
    [picture.width, picture.height] = [side.width || width, side.height || height]; // a preview has fewer than its file
    const dial = root.querySelector("[data-dial=width]");
    [dial.max, dial.value] = [picture.width, picture.width];
  }

  async function load() {
    if (loaded || !side) return;
    loaded = true;
    const line = find("point-said");
    line.textContent = t("Reading the file…");
    try {
      if (side.file) side.data = STILLS[side.file.type] && await side.file.arrayBuffer();
      reader = await open(side, (part) => { line.textContent = t("Reading the file, {n} %", { n: Math.floor(100 * part) }); });
    } catch {
      line.textContent = t("This browser cannot show single frames of this file. The sliders still work.");
      const view = new Image();
      view.src = side.url;
      await view.decode().then(() => measure(view.naturalWidth, view.naturalHeight), () => {});
      return;
    }
    line.textContent = "";
    const { image } = await reader.at(0);
    measure(image.displayWidth ?? image.width, image.displayHeight ?? image.height);
    cutter.hidden = reader.ms < 200;
    for (const one of [from, to]) one.max = Math.round(reader.ms);
    to.value = to.max;
    await look(0);
    ask();
    strip();
  }
  root.addEventListener("toggle", () => { if (root.open) load(); });
  let timer = 0;
  words.addEventListener("input", () => { if (root.open) { clearTimeout(timer); timer = setTimeout(() => ask(), 350); } });

  return {
    // ``next``: {file} just chosen, or {url, format, fps, width, height} of one that was sent; nothing takes the controls away
    take(next) {
      reader?.close();
      [reader, side, box, loaded] = [undefined, next, null, false];
      if (next?.file) side = { ...next, format: STILLS[next.file.type] ?? "mp4", url: URL.createObjectURL(next.file) };
      root.hidden = !next;
      if (root.open) load();
    },
  };
}
