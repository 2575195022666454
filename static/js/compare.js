// Before and after on one clock. The clock is the result's time; what the original shows then follows from the draft
// (cuts, speed, direction). Both sides are drawn together, from frames that are both there, or not at all.
import { open, Unsupported } from "./frames.js";
import { clock, size, t } from "./words.js";

const FLICKER_MS = 450; // about one change a second: far from what can do harm

// ---- the result's time → the original's

function route(segments) {
  const ends = [];
  let whole = 0;
  for (const one of segments) { ends.push([whole, whole + one.d, one]); whole += one.d; }
  const find = (ms) => ends.find(([, end]) => ms < end - 1e-6) ?? ends.at(-1);
  return {
    whole,
    plain: segments.length === 1 && segments[0].own && !segments[0].reverse && !segments[0].boomerang,
    segment: (ms) => find(ms)[2],
    source(ms) {
      const [start, , one] = find(ms);
      if (!one.own) return null;
      let into = Math.min(Math.max(0, ms - start), one.d);
      if (one.boomerang && into > one.d / 2) into = one.d - into;
      const there = into * one.speed;
      return one.reverse ? Math.max(one.from, one.to - there - 1) : Math.min(one.to - 0.5, one.from + there);
    },
    result: (ms) => (ms - segments[0].from) / segments[0].speed,
  };
}

export function compare(root, announce) {
  if (!root) return;
  const find = (name) => root.querySelector(`[data-${name}]`);
  const facts = JSON.parse(root.querySelector("script").textContent);
  if (!facts) return; // the original was deleted
  const pair = find("pair");
  const range = find("cut");
  const scrub = find("scrub");
  const way = route(facts.segments);
  const tools = find("compare-tools");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const state = { at: 0, playing: false, lo: 0, hi: way.whole, zoom: 0, x: 0, y: 0, touched: false, diff: false };
  let before;
  let after;
  let wake = () => {};
  tools.classList.add("ready");

  // ---- sizes: both are shown as large as the larger; the server said how large that is at most (studio/comparison.py)

  const box = facts.segments[0];
  const turned = box.rotate % 180 !== 0;
  const seen = box.crop ? [box.crop.w, box.crop.h] : [facts.before.width, facts.before.height];
  const [bw, bh] = turned ? seen.reverse() : seen;
  const alike = bw && Math.abs(bw / bh / (facts.after.width / facts.after.height) - 1) < 0.03;
  const { wide, times, width: most } = facts.shown;
  // How many pixels of the page one of the result takes; its box can be wider than what is drawn in it.
  function scale() {
    const { offsetWidth, offsetHeight } = pair.querySelector(".after :is(img, video, canvas)");
    return Math.min(offsetWidth / facts.after.width, offsetHeight / facts.after.height) || 1;
  }
  function fit() {
    const room = root.clientWidth / wide;
    const zoom = times > 1 ? times : Math.min(most / wide, Math.max(1, room));
    pair.style.setProperty("--w", `${wide * zoom}px`);
    pair.style.setProperty("--x", `${state.x}px`);
    pair.style.setProperty("--y", `${state.y}px`);
    pair.classList.add("sized");
    pair.classList.toggle("zoomed", state.zoom > 0);
    const drawn = scale();
    pair.style.setProperty("--z", state.zoom ? state.zoom / drawn : 1);
    const shown = Math.round(100 * (state.zoom || drawn));
    find("zoom-now").textContent = shown === 100 ? "" : t("Shown at {n} %", { n: shown });
  }
  new ResizeObserver(fit).observe(root);

  const cut = (value) => {
    range.value = value;
    pair.style.setProperty("--cut", `${value}%`);
    range.setAttribute("aria-valuetext", t("{n} % original, {m} % result", { n: Math.round(value), m: 100 - Math.round(value) }));
  };
  const slide = (on) => {
    pair.classList.toggle("slides", on);
    find("side").setAttribute("aria-pressed", String(!on));
  };

  // ---- beginning: the original is only sent when somebody wants to see it

  async function touch() {
    if (state.touched) return;
    state.touched = true;
    const line = find("compare-said");
    const [told, done] = [{ before: 0, after: 0 }, {}];
    const say = () => { line.textContent = t("Reading the original, {n} %", { n: Math.floor(100 * (told.before + told.after) / 2) }); };
    say();
    try {
      await Promise.all(["before", "after"].map(async (name) => {
        done[name] = await open(facts[name], (part) => { told[name] = part; say(); });
      }));
    } catch (error) {
      Object.values(done).forEach((one) => one.close());
      apart(error);
      return;
    }
    ({ before, after } = done);
    line.textContent = "";
    const single = Math.max(1, Math.min(way.whole, after.ms) || way.whole);
    state.hi = way.whole = single;
    scrub.max = Math.round(single);
    for (const [name, w, h] of [["before", bw, bh], ["after", facts.after.width, facts.after.height]]) {
      const figure = pair.querySelector(`.${name}`);
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [w, h];
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", name === "before" ? t("The original") : t("The result"));
      figure.querySelector("img, video, picture")?.remove();
      figure.append(canvas);
    }
    tools.querySelector("[data-plays]")?.remove();
    pair.classList.remove("idle");
    root.classList.add("running");
    slide(alike);
    find("side").hidden = find("flicker").hidden = find("diff").hidden = !alike;
    cut(Number(range.value));
    await show(0);
    if (!calm) play();
    run();
  }

  // Where frames cannot be read one by one, the two play by themselves, and that is said.
  function apart(error) {
    const figure = pair.querySelector(".before");
    const film = !["gif", "webp", "apng", "png", "avif", "jpeg"].includes(facts.before.format);
    const view = document.createElement(film ? "video" : "img");
    if (film) Object.assign(view, { muted: true, loop: true, autoplay: true, playsInline: true }); // page.js stops it for those who want no motion
    view.src = facts.before.url;
    view.setAttribute(film ? "aria-label" : "alt", t("The original"));
    figure.append(view);
    pair.classList.remove("idle");
    root.classList.add("apart");
    slide(false);
    find("compare-said").textContent = error instanceof Unsupported
      ? t("This browser cannot read single frames of these files, so the two play by themselves and are not held together.")
      : t("The original could not be read.");
  }

  // ---- drawing: both or none

  function paint(canvas, frame, part) {
    const pen = canvas.getContext("2d");
    const { width: w, height: h } = canvas;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, w, h);
    if (!frame) return;
    if (!part) { pen.drawImage(frame.image, 0, 0, w, h); return; }
    const [cw, ch] = part.rotate % 180 ? [h, w] : [w, h];
    pen.translate(w / 2, h / 2);
    pen.rotate((part.rotate * Math.PI) / 180);
    pen.scale(part.flip ? -1 : 1, 1);
    const crop = part.crop ?? { x: 0, y: 0, w: facts.before.width, h: facts.before.height };
    pen.drawImage(frame.image, crop.x, crop.y, crop.w, crop.h, -cw / 2, -ch / 2, cw, ch);
  }

  function differ(a, b) {
    let canvas = pair.querySelector("canvas.diff");
    if (!canvas) {
      canvas = document.createElement("canvas");
      canvas.className = "diff";
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", t("Difference, four times as strong"));
      pair.querySelector(".after").append(canvas);
    }
    [canvas.width, canvas.height] = [a.width, a.height];
    const pen = canvas.getContext("2d");
    pen.drawImage(a, 0, 0);
    pen.globalCompositeOperation = "difference";
    pen.drawImage(b, 0, 0, a.width, a.height);
    pen.globalCompositeOperation = "lighter"; // twice doubled is four times
    for (let twice = 0; twice < 2; twice += 1) pen.drawImage(canvas, 0, 0);
  }

  function draw(ms, one, two) {
    const [left, right] = [pair.querySelector(".before canvas"), pair.querySelector(".after canvas")];
    paint(left, one, way.segment(ms));
    paint(right, two);
    if (state.diff) differ(left, right);
    state.at = ms;
    Object.assign(root.dataset, { at: ms.toFixed(1), before: one ? one.start.toFixed(1) : "", after: two.start.toFixed(1) });
    if (document.activeElement !== scrub || state.playing) scrub.value = Math.round(ms);
    scrub.setAttribute("aria-valuetext", t("{at} of {whole}", { at: clock(ms), whole: clock(way.whole) }));
    find("now").textContent = `${clock(ms)} / ${clock(way.whole)}`;
  }

  // One moment, exactly.
  let order = 0;
  async function show(ms) {
    const mine = ++order;
    const there = way.source(ms);
    const [one, two] = await Promise.all([there === null ? null : before.at(there), after.at(ms)]);
    if (mine === order) draw(ms, one, two);
  }

  // ---- playing: a film leads where there is one, else the wall clock; whoever is behind is waited for

  const leads = () => (after.live ? after : before.live && way.plain ? before : null);
  async function play() {
    if (!before) { await touch(); return; }
    if (state.at >= state.hi - 20 || state.at < state.lo) await show(state.lo);
    state.playing = true;
    buttons();
    wake();
  }
  function pause() {
    state.playing = false;
    for (const side of [before, after]) if (side?.live) side.pause();
    buttons();
  }
  function buttons() {
    const button = find("play");
    button.textContent = state.playing ? t("Pause") : t("Play");
    button.setAttribute("aria-pressed", String(state.playing));
  }

  async function place(ms) {
    for (const side of [before, after]) if (side.live) side.pause();
    await show(ms);
  }

  async function run() {
    for (;;) {
      if (!root.isConnected) { before.close(); after.close(); return; }
      if (!state.playing || document.hidden) { await new Promise((done) => { wake = done; }); continue; }
      const lead = leads();
      await place(state.at);
      if (lead) await follow(lead); else await timed();
    }
  }

  async function timed() {
    let [from, since] = [state.at, performance.now()];
    while (state.playing && root.isConnected && !document.hidden) {
      await new Promise(requestAnimationFrame);
      let ms = from + performance.now() - since;
      if (ms >= state.hi) { [from, since] = [state.lo, performance.now()]; ms = from; }
      const mark = order;
      await show(ms);
      if (order > mark + 1) [from, since] = [state.at, performance.now()]; // somebody moved the clock
    }
  }

  async function follow(lead) {
    const other = lead === after ? before : after;
    const speed = lead === after ? 1 : facts.segments[0].speed;
    const mirrored = other.live && way.plain;
    const jump = order;
    await lead.play(Math.min(16, Math.max(0.0625, speed)));
    const pace = lead === after ? facts.segments[0].speed : 1 / facts.segments[0].speed;
    if (mirrored) await other.play(Math.min(16, Math.max(0.0625, pace * speed)));
    const grain = Math.max(before.frame ?? 0, (after.frame ?? 0) * facts.segments[0].speed, 1);
    let held = performance.now();
    while (state.playing && root.isConnected && !document.hidden && order === jump) {
      await lead.presented(150);
      if (!state.playing) break; // what is drawn stays where the clock stands
      const ms = lead === after ? lead.start : way.result(lead.start);
      const ended = lead.video.ended || ms >= state.hi - 1 || lead.video.currentTime * 1000 >= lead.ms - 1;
      if (ended || ms < state.lo - lead.frame) {
        if (ended && ms < state.hi - 1 - lead.frame * 2 && !lead.video.ended) continue;
        state.at = state.lo;
        break;
      }
      const there = way.source(ms + 0.5);
      const led = { image: lead.copy, start: lead.start };
      if (!mirrored) {
        const still = await snap(lead.copy);
        const found = there === null && other === before ? null : await other.at(other === before ? there : ms);
        if (order !== jump) return;
        led.image = still;
        draw(ms, ...(lead === after ? [found, led] : [led, found]));
        continue;
      }
      const wanted = other === before ? there : ms;
      const drift = (other.start - wanted) * (other === before ? 1 : facts.segments[0].speed);
      if (Math.abs(drift) <= grain) {
        held = performance.now();
        const found = { image: other.copy, start: other.start };
        draw(ms, ...(lead === after ? [found, led] : [led, found]));
      }
      other.video.playbackRate = Math.min(16, Math.max(0.0625, pace * speed * (1 - Math.max(-0.6, Math.min(0.6, drift / 250)))));
      if (performance.now() - held > 500) { state.at = ms; break; } // too far apart: both are placed exactly, and go on
    }
  }

  // The picture of this moment: the film goes on while the other side is read.
  const shot = document.createElement("canvas");
  async function snap(canvas) {
    [shot.width, shot.height] = [canvas.width, canvas.height];
    shot.getContext("2d").drawImage(canvas, 0, 0);
    return shot;
  }

  async function step(by) {
    if (!before) await touch();
    if (!before) return;
    pause();
    let ms;
    if (way.plain) ms = way.result(before.neighbour(way.source(state.at), by) + 0.02);
    else ms = after.neighbour(state.at, by) + 0.02;
    await place(Math.min(Math.max(0, ms), way.whole - 1));
    announce?.(`${clock(state.at)}`);
  }

  // ---- what can be pressed

  const on = (name, act) => find(name).addEventListener("click", act);
  on("compare-start", () => { touch().then(() => find("play").focus()); });
  on("play", () => (state.playing ? pause() : play()));
  on("back", () => step(-1));
  on("forth", () => step(1));
  on("from", () => { state.lo = Math.min(state.at, state.hi - 50); looped(); });
  on("to", () => { state.hi = Math.max(state.at, state.lo + 50); looped(); });
  on("whole", () => { [state.lo, state.hi] = [0, way.whole]; looped(); });
  function looped() {
    find("whole").hidden = state.lo === 0 && state.hi === way.whole;
    find("whole").textContent = t("Loops {from} to {to}. Loop all", { from: clock(state.lo), to: clock(state.hi) });
  }
  // Side by side, flicker and difference: one way to look at both, or none of them.
  let flick = 0;
  const ways = {
    side: [() => !pair.classList.contains("slides"), (pressed) => slide(!pressed)],
    flicker: [() => Boolean(flick), (pressed) => {
      clearInterval(flick);
      flick = pressed ? setInterval(() => cut(Number(range.value) > 50 ? 0 : 100), FLICKER_MS) : 0;
      find("flicker").setAttribute("aria-pressed", String(pressed));
      pair.classList.toggle("flickers", pressed);
      if (!pressed) cut(50);
    }],
    diff: [() => state.diff, (pressed) => {
      state.diff = pressed;
      find("diff").setAttribute("aria-pressed", String(pressed));
      pair.classList.toggle("differs", pressed);
      if (before) show(state.at);
    }],
  };
  for (const [name, [pressed, press]] of Object.entries(ways)) {
    on(name, () => {
      const wanted = !pressed();
      for (const [other, [held, release]] of Object.entries(ways)) if (other !== name && held()) release(false);
      press(wanted);
    });
  }
  find("zoom").addEventListener("change", (event) => {
    Object.assign(state, { zoom: Number(event.target.value), x: 0, y: 0 });
    fit();
  });
  scrub.addEventListener("input", async () => {
    if (!before) return;
    if (state.playing) pause();
    await place(Number(scrub.value));
  });
  range.disabled = false;
  range.addEventListener("input", () => { touch(); cut(range.value); });

  let drag = null;
  pair.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.controls || !pair.matches(".slides, .idle, .zoomed")) return; // a film's own controls
    touch();
    const edge = pair.getBoundingClientRect();
    const near = Math.abs(event.clientX - edge.left - (edge.width * range.value) / 100) < 32;
    drag = state.zoom && (!near || !pair.matches(".slides")) ? { x: event.clientX - state.x, y: event.clientY - state.y } : "cut";
    pair.setPointerCapture(event.pointerId);
    move(event);
  });
  function move(event) {
    if (!drag) return;
    const edge = pair.getBoundingClientRect();
    if (drag === "cut") { cut(Math.max(0, Math.min(100, (100 * (event.clientX - edge.left)) / edge.width))); return; }
    [state.x, state.y] = [event.clientX - drag.x, event.clientY - drag.y];
    fit();
  }
  pair.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) pair.addEventListener(name, () => { drag = null; });
  root.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.controls) return;
    if (event.key === " " && event.target.localName !== "button" && event.target.localName !== "select") { event.preventDefault(); if (state.playing) pause(); else play(); }
    else if (event.key === ",") step(-1);
    else if (event.key === ".") step(1);
    else if (event.target === pair && (event.key === "ArrowLeft" || event.key === "ArrowRight")) { event.preventDefault(); step(event.key === "ArrowLeft" ? -1 : 1); }
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
  find("compare-start").textContent = t("Compare with the original, {size}", { size: size(facts.before.bytes) });
  fit();
}
