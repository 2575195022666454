// Sentences and figures in the language of the page. English is the key; the page brings the translations of others.
const lang = document.documentElement.lang || "en";
const holder = document.getElementById("js-words");
const words = holder ? JSON.parse(holder.textContent) : {};

export function t(sentence, values = {}) {
  return (words[sentence] ?? sentence).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

// A figure that is written as in English, with the marks of the language, as the server writes it: 12 345,6.
const COMMA = /^(de|es|fr)/.test(lang);
export const local = (figure) => (COMMA ? String(figure).replaceAll(",", "\u202f").replace(".", ",") : String(figure));

export const grouped = (value) => local(Number(value).toLocaleString("en"));

// Bytes as people say them, rounded up: a file that is said to be 500 KB is never over it.
export function size(bytes) {
  const up = (value) => Math.ceil(Number(value.toFixed(6)));
  const rounded = (unit) => local(bytes >= 99.9 * unit ? up(bytes / unit) : up((10 * bytes) / unit) / 10);
  if (bytes >= 1e9) return t("{n} GB", { n: rounded(1e9) });
  if (bytes >= 1e6) return t("{n} MB", { n: rounded(1e6) });
  if (bytes >= 1e3) return t("{n} KB", { n: rounded(1e3) });
  return t("{n} bytes", { n: bytes });
}

// Formats as people write them.
export const label = (format) => ({ webm: "WebM", webp: "WebP" })[format] ?? format.toUpperCase();

export const clock = (ms) => t("{n} s", { n: local((Math.round(ms / 10) / 100).toFixed(2)) });
