// A render's page: follows the events, draws the attempts, swaps in the finished page, compares, copies.
import { compare } from "./compare.js";
import { point } from "./point.js";
import { weigh } from "./weigh.js";
import { exact, grouped, label, local, size, t } from "./words.js";

const find = (name, root = document) => root.querySelector(`[data-${name}]`);
const STAGES = {
  reading: t("Reading the original"), searching: t("Looking for the best setting"),
  encoding: t("Writing the file"), verifying: t("Checking the file by playing it back"),
};
const SVG = "http://www.w3.org/2000/svg";

function draw(name, attributes, parent, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  parent?.append(node);
  return node;
}

// ---- attempts: one cup each, all under one line

function cups() {
  const holder = find("cups");
  const body = find("rows");
  const rows = [...(body?.rows ?? [])];
  const section = find("attempts");
  if (!holder || !rows.length) return;
  section.hidden = false;
  const widest = Math.max(280, Math.min(holder.clientWidth, 1100));
  const pitch = Math.max(54, Math.min(92, (widest - 72) / rows.length));
  const room = Math.max(3, Math.floor((widest - 64) / pitch));
  const width = Math.min(widest, 8 + rows.length * pitch + 64);
  const left = rows.length - Math.min(rows.length, room);
  const seen = rows.slice(left);
  const ceiling = Number(body.dataset.ceiling) || 0;
  const kept = Number(body.dataset.kept) || 0;
  const most = Math.max(...seen.map((row) => Number(row.dataset.bytes)));
  const top = ceiling ? Math.max(ceiling * 1.15, Math.min(most, ceiling * 1.9)) : most * 1.08;
  const [floor, head, cup] = [178, 34, pitch - 28];
  const tall = (bytes) => ((floor - head) * Math.min(bytes, top * 1.04)) / top;
  const scored = seen.some((row) => row.dataset.score);
  const svg = draw("svg", { class: "cups", viewBox: `0 0 ${width} 230`, width, height: 230, role: "img" });
  const best = seen.findLastIndex((row) => kept && Number(row.dataset.bytes) === kept);
  svg.setAttribute("aria-label", t("{n} attempts; the figures are in the table below", { n: rows.length }));
  seen.forEach((row, index) => {
    const bytes = Number(row.dataset.bytes);
    const x = 13 + index * pitch;
    const group = draw("g", index === best ? { class: "kept" } : {}, svg);
    draw("title", {}, group, t("Attempt {n}: {bytes} bytes", { n: left + index + 1, bytes: grouped(bytes) }));
    const full = tall(bytes);
    const within = ceiling ? Math.min(full, tall(ceiling)) : full;
    const r = Math.min(9, within); // what hardly covers the floor keeps inside its round corners
    const inset = (9 - r) / 2;
    draw("path", { class: "fill", d: `M${x + inset} ${floor - within}h${cup - 2 * inset}v${within - r}q0 ${r} -${r} ${r}h-${cup - 2 * inset - 2 * r}q-${r} 0 -${r} -${r}z` }, group);
    if (full > within) draw("rect", { class: "spill", x, y: floor - full, width: cup, height: full - within }, group);
    draw("path", { class: "cup", d: `M${x} ${head - 4}V${floor - 9}q0 9 9 9h${cup - 18}q9 0 9 -9V${head - 4}` }, group);
    draw("text", { x: x + cup / 2, y: floor + 20 }, group, bytes < 1000 ? `${bytes} B` : size(bytes, ceiling));
    const under = scored ? (row.dataset.score ? Number(row.dataset.score).toFixed(0).replace("-", "−") : "–") : t("no. {n}", { n: row.cells[0].textContent });
    draw("text", { class: "soft", x: x + cup / 2, y: floor + 38 }, group, under);
    if (index === best) draw("text", { x: x + cup / 2, y: head - 12 }, group, t("yours"));
  });
  if (scored) draw("text", { class: "soft end", x: width, y: floor + 38 }, svg, t("Likeness"));
  if (ceiling) {
    const y = floor - tall(ceiling);
    draw("line", { class: "line", x1: 0, x2: width, y1: y, y2: y }, svg);
    draw("text", { class: "clay", x: width, y: y - 7 }, svg, exact(ceiling));
  }
  const legend = document.createElement("p");
  legend.className = "soft small";
  legend.textContent = [scored ? t("Bytes of each attempt; beneath, the likeness to the original where it was measured.") : t("Bytes of each attempt."), left ? t("The table has the earlier ones too.") : ""].filter(Boolean).join(t(" "));
  holder.replaceChildren(svg, legend);
}

const LEVERS = { lambda_: t("loss"), crf: "CRF", quality: t("quality") };
function addAttempt(event) {
  const body = find("rows");
  const { attempt } = event;
  const row = body.insertRow();
  row.dataset.bytes = attempt.bytes;
  row.dataset.fits = event.fits ? "1" : "0";
  if (attempt.quality) row.dataset.score = attempt.quality.mean;
  const [first] = Object.entries(attempt.plan.settings ?? {});
  const lever = first?.[0] === "source" ? [t("as it was")] : first?.map((part) => (typeof part === "number" ? local(Number(part.toPrecision(3))) : LEVERS[part] ?? part));
  const cells = [
    String(body.rows.length),
    `${attempt.plan.width} × ${attempt.plan.height} ${label(attempt.plan.format)}${lever ? `${t(", ")}${lever.join(" ")}` : ""}`,
    grouped(attempt.bytes),
    attempt.quality ? local(attempt.quality.mean.toFixed(1)) : "–",
  ];
  cells.forEach((text, index) => {
    const cell = row.insertCell();
    cell.textContent = text;
    if (index !== 1) cell.className = "n";
  });
  cups();
  const ceiling = Number(body.dataset.ceiling);
  const latest = find("latest");
  if (!latest) return;
  const gap = ceiling ? (event.fits ? t(", {size} under the limit", { size: size(ceiling - attempt.bytes) }) : t(", {size} over", { size: size(attempt.bytes - ceiling) })) : "";
  latest.textContent = t("Attempt {n}: {size}", { n: body.rows.length, size: size(attempt.bytes, ceiling) }) + gap;
}

// ---- live: WebSocket first, then polling; the number of the last event resumes either

let page;
let after = 0;
let socket;
let tries = 0;
let poll = 0;
let wait = 0;
let leftAt = 0;

// Said by screen readers: every quarter, and the end.
const speaker = document.createElement("p");
speaker.className = "hush";
speaker.setAttribute("role", "status");
document.body.append(speaker);
let quarter = 0;
function announce(text) { speaker.textContent = text; }

function level(percent) {
  if (Math.floor(percent / 25) > quarter) { quarter = Math.floor(percent / 25); announce(t("{n} %", { n: quarter * 25 })); }
  const shown = find("pct");
  if (!shown || percent < Number(shown.textContent)) return;
  shown.textContent = Math.floor(percent);
  find("bar").value = percent;
  find("level").style.setProperty("--level", `${percent * 0.88}%`);
  document.title = document.title.replace(/^\d+ ?%/, t("{n} %", { n: Math.floor(percent) }));
}

function countDown() {
  const left = find("left");
  if (!left || !leftAt) return;
  const seconds = Math.round((leftAt - Date.now()) / 1000);
  left.textContent = seconds > 0 ? t("about {n} s left", { n: seconds }) : t("almost there");
}

function hear(event) {
  const number = event.event ?? event.n ?? event.number ?? 0;
  if (number && number <= after) return;
  if (number) after = number;
  if (event.kind === "step") {
    level(event.percent);
    const stage = find("stage");
    const text = STAGES[event.stage];
    if (text && stage && stage.textContent !== text) stage.textContent = text;
    leftAt = event.left_s ? Date.now() + event.left_s * 1000 : 0;
    countDown();
  } else if (event.kind === "state" && event.text) said(event.text);
  else if (event.kind === "tried") addAttempt(event);
  else if (event.kind === "said") find("line").textContent = event.text;
  else if (["finished", "failed", "cancelled", "end"].includes(event.kind)) refresh();
}

function hearAll(message) {
  (message.events ?? [message]).forEach((event) => { if (event.kind) hear(event); });
  if (message.progress) level(message.progress);
  if (message.state && message.state !== "queued" && message.state !== "running") refresh();
}

let refreshing = false;
async function refresh(answer) {
  if (refreshing) return;
  refreshing = true;
  try {
    const response = answer ?? await fetch(location.pathname, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const next = find("render", fresh);
    if (!next) { location.reload(); return; }
    quit();
    document.title = fresh.title;
    const [left, now] = [find("balance"), find("balance", fresh)];
    if (left && now) left.replaceWith(document.adoptNode(now));
    const settled = document.adoptNode(next);
    const held = page.contains(document.activeElement);
    page.replaceWith(settled);
    settled.dispatchEvent(new Event("htmx:load", { bubbles: true })); // page.js plays its film and dates its times
    start();
    const figure = settled.querySelector(".sum .bytes");
    announce(figure ? t("Ready, {size}", { size: figure.textContent.trim() }) : settled.querySelector("h2")?.textContent ?? "");
    if (held) {
      const head = settled.querySelector("h1");
      head.tabIndex = -1;
      head.focus({ preventScroll: true });
    }
    if (!["queued", "running"].includes(settled.dataset.state)) settled.querySelector("h1")?.scrollIntoView({ block: "nearest" });
  } catch {
    setTimeout(() => { refreshing = false; refresh(); }, 1500);
    return;
  }
  refreshing = false;
}

function quit() {
  clearTimeout(wait);
  clearInterval(poll);
  poll = 0;
  if (socket) { socket.onclose = null; socket.close(); socket = undefined; }
}

function connect() {
  const address = new URL(`${page.dataset.socket}?after=${after}`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  socket = new WebSocket(address);
  socket.onopen = () => { tries = 0; clearInterval(poll); poll = 0; said(""); };
  socket.onmessage = (message) => hearAll(JSON.parse(message.data));
  socket.onclose = () => {
    if (refreshing) return;
    tries += 1;
    if (tries > 1) said(t("The connection broke. The work goes on; connecting again."));
    if (!poll) poll = setInterval(ask, 1000);
    ask();
    wait = setTimeout(connect, Math.min(15000, 400 * 2 ** tries) * (0.7 + Math.random() * 0.6));
  };
}

function said(text) {
  const note = find("line");
  if (!note) return;
  note.dataset.first ??= note.textContent;
  note.textContent = text || note.dataset.first;
}

async function ask() {
  try {
    const answer = await fetch(`${page.dataset.events}?after=${after}`, { headers: { Accept: "application/json" } });
    if (answer.ok) { hearAll(await answer.json()); said(""); } else if (answer.status === 404) location.reload();
  } catch { /* still away; the next tick asks again */ }
}

setInterval(countDown, 1000);
addEventListener("online", () => { if (socket && socket.readyState > 1) { clearTimeout(wait); connect(); } });

function gauge() {
  const holder = find("gauge");
  if (!holder) return;
  const [bytes, ceiling] = [Number(holder.dataset.gauge), Number(holder.dataset.gaugeOf)];
  const scale = 100 / Math.max(bytes, ceiling);
  const svg = draw("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none" }, null);
  draw("rect", { class: "fill", width: Math.min(bytes, ceiling) * scale, height: 10 }, svg);
  if (bytes > ceiling) draw("rect", { class: "spill", x: ceiling * scale, width: (bytes - ceiling) * scale, height: 10 }, svg);
  holder.replaceChildren(svg);
}

// ---- small things

// The download can be dragged out of the page, into a folder or another program.
document.addEventListener("dragstart", (event) => {
  const link = event.target.closest?.("[data-download]");
  if (link?.dataset.name) event.dataTransfer.setData("DownloadURL", `application/octet-stream:${link.dataset.name}:${link.href}`);
});
let echo = 0;
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("[data-again]");
  if (!form) return;
  clearTimeout(echo);
  echo = setTimeout(async () => {
    const answer = await fetch(`${form.dataset.explain}?words=${encodeURIComponent(event.target.value)}`, { headers: { "HX-Request": "true" } });
    if (answer.ok) find("told", form).innerHTML = await answer.text();
  }, 180);
});
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-cancel]");
  if (!form) return;
  event.preventDefault();
  form.querySelector("button").disabled = true;
  form.querySelector("button").textContent = t("Stopping…");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
    if (answer.ok) await refresh(answer);
  } catch { form.submit(); }
});

function start() {
  page = find("render");
  if (!page) return;
  after = Number(page.dataset.after) || 0;
  const vessel = find("level");
  if (vessel) vessel.style.setProperty("--level", `${Number(vessel.dataset.level) * 0.88}%`);
  cups();
  gauge();
  compare(find("compare"));
  const again = page.querySelector("form [data-point]")?.closest("form");
  const facts = again && JSON.parse(page.querySelector("[data-compare] script").textContent);
  if (facts) point(again, again.dataset.explain).take(facts.before);
  if (again) weigh(again);
  if (["queued", "running"].includes(page.dataset.state)) connect();
}
start();
new ResizeObserver(cups).observe(document.body);
