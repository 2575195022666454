// The picker: the list is narrowed while one types; the address follows, so that it can be sent to somebody.
import { t } from "./words.js";

const form = document.querySelector("[data-seek]");
const items = [...document.querySelectorAll("[data-place]")];
form.querySelector("button").hidden = true;
function narrow() {
  const { q, platform, use } = form.elements;
  const words = q.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const item of items) {
    const found = words.every((word) => item.dataset.place.includes(word))
      && (!platform.value || item.dataset.platform === platform.value) && (!use.value || item.dataset.use === use.value);
    item.hidden = !found;
    count += found;
  }
  for (const group of document.querySelectorAll("[data-group]")) group.hidden = !group.querySelector("li:not([hidden])");
  document.querySelector("[data-count]").textContent = count === 1 ? t("1 place") : t("{n} places", { n: count });
  history.replaceState(null, "", `?${new URLSearchParams([...new FormData(form)].filter(([, value]) => value))}`);
}
// A page that was asked for narrowed has not all of them: there the server searches.
if (!location.search) form.addEventListener("input", narrow);
else form.addEventListener("change", () => form.requestSubmit());
form.addEventListener("submit", (event) => {
  if (location.search && document.activeElement?.id !== "q") return;
  const shown = items.filter((item) => !item.hidden);
  if (shown.length === 1) { event.preventDefault(); shown[0].querySelector("a").click(); }
});
