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

// Bytes as compressor/number_format.py says them: three digits, the nearest; a binary unit only where it is the one that was
// meant; beside a limit as many digits as show on which side of it they are. `exact` says a limit, with all its digits.
const ALL = 16;
const binary = (value) => (value % 1000 === 0 ? 0 : value % 2 ** 20 === 0 ? 2 ** 20 : value % 2 ** 15 === 0 ? 2 ** 10 : 0);
function rounded(value, digits, unit) {
  const whole = unit ? Math.floor((Math.floor((value * 2e6) / unit) + 1) / 2) : value; // millionths of a binary unit
  const step = 10 ** Math.max(0, String(whole).length - digits);
  return Math.floor((whole + Math.floor(step / 2)) / step) * step;
}
export function size(bytes, limit = 0, digits = binary(bytes) ? ALL : 3) {
  const unit = binary(bytes) || (bytes >= binary(limit) ? binary(limit) : 0);
  const bound = rounded(limit, ALL, unit);
  while (limit && digits < ALL && rounded(bytes, digits, unit) > bound !== bytes > limit) digits += 1;
  const value = rounded(bytes, digits, unit);
  if (unit) return unit === 2 ** 20 ? t("{n} MiB", { n: local(value / 1e6) }) : t("{n} KiB", { n: local(value / 1e6) });
  if (value >= 1e9) return t("{n} GB", { n: local(value / 1e9) });
  if (value >= 1e6) return t("{n} MB", { n: local(value / 1e6) });
  if (value >= 1e3) return t("{n} KB", { n: local(value / 1e3) });
  return value === 1 ? t("1 byte") : t("{n} bytes", { n: value });
}
export const exact = (limit) => size(limit, 0, ALL);

// Formats as people write them.
export const label = (format) => ({ webm: "WebM", webp: "WebP" })[format] ?? format.toUpperCase();

export const clock = (ms) => t("{n} s", { n: local((Math.round(ms / 10) / 100).toFixed(2)) });
