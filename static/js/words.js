// Sentences and figures in the language of the page. English is the key; the page brings the translations of others.
const lang = document.documentElement.lang || "en";
const holder = document.getElementById("js-words");
const words = holder ? JSON.parse(holder.textContent) : {};

export function t(sentence, values = {}) {
  return (words[sentence] ?? sentence).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

export const grouped = (value) => Number(value).toLocaleString(lang);

// Bytes as people say them, rounded down: a file that is said to be 500 KB is never over it.
export function size(bytes) {
  for (const [unit, name] of [[1e9, "GB"], [1e6, "MB"], [1e3, "KB"]]) {
    if (bytes >= unit) {
      const figure = bytes / unit;
      return `${figure >= 100 ? Math.floor(figure) : Math.floor(figure * 10) / 10} ${name}`;
    }
  }
  return t("{n} bytes", { n: bytes });
}

export const clock = (ms) => `${(Math.round(ms / 10) / 100).toFixed(2)} s`;
