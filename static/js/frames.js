// The frames of one file by time: `open(side)` gives a reader with `at(ms)`, which answers the frame that is shown then.
// Pictures are read by ImageDecoder; films are played or sought in a video element. What a browser lacks is said.

const BUDGET = 192e6; // bytes of decoded pictures that are kept
const HASTE_MS = 10; // browsers show shorter delays for 100 ms
const TYPES = { gif: "image/gif", webp: "image/webp", apng: "image/png", png: "image/png", avif: "image/avif", jpeg: "image/jpeg" };

export class Unsupported extends Error {}

async function download(url, told) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  const total = Number(answer.headers.get("Content-Length")) || 0;
  const parts = [];
  let got = 0;
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    got += value.length;
    told(total ? got / total : 0);
  }
  return new Blob(parts).arrayBuffer();
}

// Pictures: every frame's time is known, so any of them can be shown exactly.
class Pictures {
  live = false;
  starts = [];
  kept = new Map();

  static async open(side, told) {
    const type = TYPES[side.format];
    if (!globalThis.ImageDecoder || !(await ImageDecoder.isTypeSupported(type))) throw new Unsupported();
    const found = new Pictures();
    found.decoder = new ImageDecoder({ data: side.data ?? await download(side.url, told), type, preferAnimation: true });
    await found.decoder.tracks.ready;
    await found.decoder.completed;
    const count = found.decoder.tracks.selectedTrack?.frameCount ?? 1;
    let at = 0;
    for (let index = 0; index < count; index += 1) {
      const image = await found.decode(index);
      found.room = Math.max(4, Math.floor(BUDGET / (image.displayWidth * image.displayHeight * 4)));
      const ms = (image.duration ?? 0) / 1000;
      found.starts.push(at);
      at += image.duration && ms <= HASTE_MS ? 100 : ms;
      told(index / count);
    }
    found.ms = at || side.ms || 100;
    return found;
  }

  async decode(index) {
    const known = this.kept.get(index);
    if (known) return known;
    const { image } = await this.decoder.decode({ frameIndex: index });
    this.kept.set(index, image);
    for (const [old, picture] of this.kept) {
      if (this.kept.size <= (this.room ?? 4)) break;
      if (old !== index) { picture.close(); this.kept.delete(old); }
    }
    return image;
  }

  index(ms) {
    let [low, high] = [0, this.starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.starts[middle] <= ms + 0.01) low = middle; else high = middle - 1;
    }
    return low;
  }

  async at(ms) {
    const index = this.index(ms);
    return { image: await this.decode(index), start: this.starts[index], index };
  }

  neighbour(ms, by) {
    const index = Math.min(this.starts.length - 1, Math.max(0, this.index(ms) + by));
    return this.starts[index];
  }

  close() {
    for (const picture of this.kept.values()) picture.close();
    this.decoder.close();
  }
}

// A film: what the element presents is copied with its time, so that a picture and its time always belong together.
class Film {
  live = true;

  static async open(side, told) {
    const video = document.createElement("video");
    if (!video.requestVideoFrameCallback) throw new Unsupported();
    Object.assign(video, { muted: true, playsInline: true, preload: "auto", crossOrigin: "anonymous", src: side.url });
    await new Promise((done, no) => {
      video.addEventListener("canplay", done, { once: true });
      video.addEventListener("error", () => no(new Unsupported()), { once: true });
      video.addEventListener("progress", () => told(0));
      video.load();
    });
    const found = new Film();
    found.video = video;
    found.frame = 1000 / (side.fps || 25);
    found.ms = video.duration * 1000;
    found.copy = document.createElement("canvas");
    found.copy.width = video.videoWidth;
    found.copy.height = video.videoHeight;
    found.pen = found.copy.getContext("2d");
    found.start = -1e9;
    found.waiting = [];
    found.listen();
    await found.seek(0);
    return found;
  }

  listen() {
    this.video.requestVideoFrameCallback((now, facts) => {
      this.pen.clearRect(0, 0, this.copy.width, this.copy.height);
      this.pen.drawImage(this.video, 0, 0, this.copy.width, this.copy.height);
      this.start = facts.mediaTime * 1000;
      this.waiting.splice(0).forEach((done) => done());
      if (this.video.src) this.listen();
    });
  }

  presented(ms) {
    return new Promise((done) => { this.waiting.push(done); setTimeout(done, ms); });
  }

  shows(ms) { return ms >= this.start - 1 && ms < this.start + this.frame - 0.5; }

  async seek(ms) {
    const to = Math.max(0, Math.min(ms + this.frame / 4, this.ms - 2)) / 1000;
    const shown = this.presented(400);
    const sought = new Promise((done) => this.video.addEventListener("seeked", done, { once: true }));
    this.video.currentTime = to;
    await sought;
    if (!this.shows(ms)) await Promise.race([shown, new Promise((done) => setTimeout(done, 120))]);
  }

  async at(ms) {
    if (this.video.paused && !this.shows(ms)) await this.seek(ms);
    return { image: this.copy, start: this.start };
  }

  neighbour(ms, by) { return Math.max(0, Math.min(this.ms - 1, ms + by * this.frame)); }

  play(rate) {
    this.video.playbackRate = rate;
    return this.video.play().catch(() => {});
  }

  pause() { this.video.pause(); }

  close() {
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }
}

export const open = (side, told) => (TYPES[side.format] ? Pictures : Film).open(side, told);
