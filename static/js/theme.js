// Runs before the first paint: the remembered theme, then the button that turns it (auto, light, dark).
(() => {
  const root = document.documentElement;
  const order = ["auto", "light", "dark"];
  const read = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  let now = order.includes(read()) ? read() : "auto";
  const show = () => {
    if (now === "auto") delete root.dataset.theme; else root.dataset.theme = now;
    for (const button of document.querySelectorAll("button.theme")) {
      button.dataset.now = now;
      const said = `${button.dataset.said} ${button.dataset.names.split(",")[order.indexOf(now)]}`;
      button.setAttribute("aria-label", said);
      button.title = said;
    }
  };
  root.classList.add("js");
  show();
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("button.theme")) return;
    now = order[(order.indexOf(now) + 1) % order.length];
    try { localStorage.setItem("theme", now); } catch { /* a private window: it lasts for this page */ }
    show();
  });
})();
