// Many files: sent one by one, each with its own state; what failed on the way can be tried again or left out.
import { upload } from "./upload.js";
import { size, t } from "./words.js";

addEventListener("brim:many", async ({ detail: { form, files, refuse, fault, formats } }) => {
  const token = form.elements.csrfmiddlewaretoken.value;
  const begin = new FormData();
  for (const name of ["words", "format", "place"]) if (form.elements[name]) begin.set(name, form.elements[name].value);
  if (formats) begin.set("formats", formats);
  begin.set("whole_bytes", files.reduce((sum, file) => sum + file.size, 0));
  let batch = null; // begun by the first file that is accepted

  const list = document.createElement("ul");
  list.className = "shelf sends";
  list.setAttribute("aria-label", t("Files being sent"));
  const state = document.createElement("p");
  state.setAttribute("role", "status");
  form.after(state, list);
  form.hidden = true;
  const rows = files.map((file) => {
    const row = document.createElement("li");
    const name = document.createElement("strong");
    name.textContent = `${file.name}, ${size(file.size)}`;
    const said = document.createElement("span");
    said.className = "n";
    row.append(name, said);
    list.append(row);
    return { file, row, said, done: false };
  });

  async function send(one) {
    const tell = ({ sent, speed, waiting }) => {
      const percent = t("{n} %", { n: Math.floor((100 * sent) / one.file.size) });
      one.said.textContent = waiting ? t("Waiting for the connection, {percent}", { percent }) : speed ? t("{percent}, {speed} a second", { percent, speed: size(Math.round(speed)) }) : percent;
    };
    let answer;
    let said = {};
    try {
      one.id ??= await upload(one.file, form.dataset.uploads, { tell });
      const body = new FormData();
      if (!batch) for (const [name, value] of begin) body.set(name, value);
      body.set("csrfmiddlewaretoken", token);
      body.set("upload", one.id);
      answer = await fetch(batch?.add ?? form.dataset.batch, { method: "POST", body, headers: { Accept: "application/json" } });
      said = await answer.json().catch(() => ({})); // a proxy's own page
    } catch (error) { broken(one, error instanceof TypeError ? undefined : error.message); return; }
    if (answer.status === 404 || answer.status === 410) one.id = undefined; // left for too long: it is sent again
    if (answer.status === 201) {
      batch ??= said;
      finish(one, t("Sent"));
    } else if (answer.status >= 500 || [404, 410, 429].includes(answer.status)) broken(one, said.message);
    else if (!batch) { early.push(one); finish(one, said.message ?? t("Refused"), true); }
    else finish(one, said.message ?? t("Refused"), true);
  }
  const early = []; // refused before there was a batch to tell it to
  function finish(one, text, bad = false) {
    one.done = true;
    one.said.textContent = text;
    one.row.classList.toggle("bad", bad);
    count();
  }
  function broken(one, why) {
    one.said.textContent = why ?? t("The connection broke.");
    for (const [label, act] of [[t("Try again"), () => send(one)], [t("Skip"), () => finish(one, t("Skipped"))]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "chip";
      button.textContent = label;
      button.onclick = () => { one.row.querySelectorAll("button").forEach((old) => old.remove()); act(); };
      one.row.append(button);
    }
  }
  function count() {
    const done = rows.filter((one) => one.done).length;
    state.textContent = t("{n} of {all} files sent", { n: done, all: rows.length });
    if (done === rows.length) leave();
  }
  async function leave() {
    if (!batch) { form.hidden = false; refuse(t("None of the files could be taken.")); return; }
    for (const one of early.splice(0)) await send(one);
    if (batch.start) { // one budget for all: now every file is here
      state.textContent = t("Sharing out the bytes…");
      const body = new FormData();
      body.set("csrfmiddlewaretoken", token);
      body.set("start", "1");
      await fetch(batch.start, { method: "POST", body }).catch(() => {}); // the page has a button for it
    }
    location.assign(batch.url);
  }
  count();
  for (const one of rows) {
    const wrong = fault(one.file);
    if (wrong) finish(one, wrong, true); else await send(one);
  }
});
