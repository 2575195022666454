// A file sent in pieces by the tus protocol: after a cut, a sleep or a restart it goes on with the piece that was cut off.
import { size, t } from "./words.js";

const PIECES = 25; // a cut sends one piece again at most: 4 % of the file
const [LEAST, MOST] = [256 * 1024, 4 * 1024 * 1024];
const SILENT_MS = 30_000; // no byte moved: the connection is dead, whatever the browser thinks
const GIVE_UP_MS = 15 * 60_000;
const SPEED_MS = 8_000; // the speed shown is that of the last seconds

class Refused extends Error {}

function ask(method, address, headers, { body, moved, signal } = {}) {
  return new Promise((done, broken) => {
    const request = new XMLHttpRequest();
    let silence;
    const alive = () => { clearTimeout(silence); silence = setTimeout(() => request.abort(), SILENT_MS); };
    const end = (then) => () => { clearTimeout(silence); signal?.removeEventListener("abort", stop); then(request); };
    const stop = () => request.abort();
    request.upload.onprogress = (step) => { alive(); moved?.(step.loaded); };
    request.onload = end(done);
    request.onerror = request.onabort = end(() => broken(signal?.reason ?? new Error("cut off")));
    signal?.addEventListener("abort", stop);
    request.open(method, address);
    for (const [name, value] of Object.entries({ "Tus-Resumable": "1.0.0", Accept: "application/json", ...headers })) request.setRequestHeader(name, value);
    alive();
    request.send(body ?? null);
  });
}

// The last upload that was begun here: the same file chosen again goes on, also after a reload or a refusal.
function memory(file) {
  const mark = `${file.name} ${file.size} ${file.lastModified}`;
  const held = (act) => { try { return act(); } catch { return null; } }; // storage may be forbidden
  return {
    get: () => held(() => { const [whose, address] = JSON.parse(localStorage.getItem("upload")); return whose === mark ? address : ""; }) ?? "",
    set: (address) => held(() => localStorage.setItem("upload", JSON.stringify([mark, address]))),
  };
}

function said(request, fallback) {
  try { return JSON.parse(request.responseText).message ?? fallback; } catch { return fallback; }
}

function back(pause, signal) {
  return new Promise((go, stop) => {
    const on = () => { clearTimeout(timer); removeEventListener("online", on); go(); };
    const timer = setTimeout(on, pause);
    addEventListener("online", on);
    signal?.addEventListener("abort", () => stop(signal.reason), { once: true });
  });
}

// Sends the file to `place`; the id of the upload, for a form to name. `tell({sent, speed, waiting})`: bytes, bytes a
// second, and whether the connection is waited for. Throws an Error whose message may be shown.
export async function upload(file, place, { tell, signal } = {}) {
  const kept = memory(file);
  const step = Math.min(MOST, Math.max(LEAST, Math.ceil(file.size / PIECES)));
  let address = kept.get();
  let known = false;
  let offset = 0;
  let pause = 500;
  let since = Date.now();
  let marks = [];
  const shown = (sent) => {
    const now = performance.now();
    marks = [...marks.filter(([at, bytes]) => now - at < SPEED_MS && bytes <= sent), [now, sent]];
    const [at, bytes] = marks[0];
    tell?.({ sent, speed: now - at > 500 ? ((sent - bytes) * 1000) / (now - at) : 0, waiting: false });
  };
  const expect = (request, ...statuses) => {
    if (statuses.includes(request.status)) return;
    if (request.status === 409 || (request.status >= 500 && request.status !== 507)) throw new Error("again");
    throw new Refused(said(request, t("It did not work. Try again in a moment.")));
  };
  for (;;) {
    signal?.throwIfAborted();
    try {
      if (!address) {
        const name = btoa(String.fromCharCode(...new TextEncoder().encode(file.name)));
        const begun = await ask("POST", place, { "Upload-Length": file.size, "Upload-Metadata": `filename ${name}` }, { signal });
        expect(begun, 201);
        address = new URL(begun.getResponseHeader("Location"), location.href).pathname;
        kept.set(address);
        offset = 0;
      } else if (!known) {
        const standing = await ask("HEAD", address, {}, { signal });
        if ([404, 410].includes(standing.status)) { address = ""; continue; }
        expect(standing, 200);
        offset = Number(standing.getResponseHeader("Upload-Offset"));
      }
      known = true;
      while (offset < file.size) {
        const from = offset;
        const headers = { "Upload-Offset": from, "Content-Type": "application/offset+octet-stream" };
        const piece = await ask("PATCH", address, headers, { body: file.slice(from, from + step), signal, moved: (loaded) => shown(Math.min(from + loaded, file.size)) });
        if ([404, 410].includes(piece.status)) { address = ""; throw new Error("again"); }
        expect(piece, 204);
        offset = Number(piece.getResponseHeader("Upload-Offset"));
        shown(offset);
        pause = 500;
        since = Date.now();
      }
      return address.split("/").pop();
    } catch (error) {
      if (signal?.aborted) { if (address) ask("DELETE", address, {}).catch(() => {}); throw error; }
      if (error instanceof Refused || Date.now() - since > GIVE_UP_MS) throw new Error(error instanceof Refused ? error.message : t("The connection broke while sending. Try again."));
      known = false;
      marks = [];
      tell?.({ sent: offset, speed: 0, waiting: true });
      await back(pause, signal);
      pause = Math.min(pause * 2, 8000);
    }
  }
}

// What `tell` was told, in words.
export function progress(file, { sent, speed, waiting }) {
  if (waiting) return t("The connection is gone. It goes on by itself once it is back.");
  if (sent >= file.size) return t("Sent. Reading the file…");
  const figures = { sent: size(sent), total: size(file.size), speed: size(Math.round(speed)) };
  if (!speed) return t("Sending, {sent} of {total}", figures);
  const seconds = Math.ceil((file.size - sent) / speed);
  if (seconds < 90) return t("Sending, {sent} of {total}, {speed} a second, {n} s left", { ...figures, n: seconds });
  return t("Sending, {sent} of {total}, {speed} a second, {n} min left", { ...figures, n: Math.ceil(seconds / 60) });
}
