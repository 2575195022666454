// The bytes to expect, before anything is made: for the file in hand, which is sent for it, or for the one that is here.
import { upload } from "./upload.js";
import { label, size, t } from "./words.js";

export function weigh(form) {
  const line = form.querySelector("[data-weigh]");
  if (!line) return { take() {} };
  const [button, said] = [line.querySelector("button"), line.querySelector("output")];
  let file;
  let asked = 0;
  const forget = () => { asked += 1; said.textContent = ""; };
  for (const event of ["input", "change"]) form.addEventListener(event, forget);

  async function ask() {
    const mine = ++asked;
    const tell = (text) => { if (mine === asked) said.textContent = text; };
    try {
      const body = new FormData(form);
      body.delete("file");
      if (form.dataset.again) body.set("again", form.dataset.again);
      if (file) {
        tell(t("Sending"));
        body.set("upload", await upload(file, form.dataset.uploads)); // the form itself goes on from there
        body.delete("again");
      }
      tell(t("Reading the file…"));
      const answer = await fetch(form.dataset.expected, { method: "POST", body, headers: { Accept: "application/json" } });
      const found = await answer.json();
      if (!answer.ok) { tell(found.message); return; }
      const cost = found.credits === 1 ? t("At most 1 credit.") : t("At most {n} credits.", { n: found.credits });
      const about = found.format ? t("About {size} as {format}.", { size: size(found.bytes), format: label(found.format) }) : t("About {size}.", { size: size(found.bytes) });
      tell(`${about}${t(" ")}${cost}`);
    } catch (error) {
      tell(error instanceof TypeError || error instanceof SyntaxError ? t("It did not work. Try again in a moment.") : error.message);
    }
  }
  line.hidden = !form.elements.again && !form.dataset.again;
  button.addEventListener("click", ask);
  return { take(next) { file = next?.file; line.hidden = !next; forget(); } };
}
