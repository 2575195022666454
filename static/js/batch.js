// Many files: sent one by one, each with its own state; what failed on the way can be tried again or left out.
import { size, t } from "./words.js";

addEventListener("brim:many", async ({ detail: { form, files, refuse, fault } }) => {
  const token = form.elements.csrfmiddlewaretoken.value;
  const begin = new FormData();
  for (const name of ["words", "format", "place"]) if (form.elements[name]) begin.set(name, form.elements[name].value);
  begin.set("csrfmiddlewaretoken", token);
  begin.set("whole_bytes", files.reduce((sum, file) => sum + file.size, 0));
  let batch;
  try {
    const answer = await fetch(form.dataset.batch, { method: "POST", body: begin, headers: { Accept: "application/json" } });
    batch = await answer.json();
    if (!answer.ok) { refuse(batch.message); return; }
  } catch { refuse(t("The connection broke while sending. Try again.")); return; }

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

  function send(one) {
    return new Promise((end) => {
      const request = new XMLHttpRequest();
      const body = new FormData();
      body.set("csrfmiddlewaretoken", token);
      body.set("file", one.file);
      request.upload.onprogress = (step) => { one.said.textContent = step.lengthComputable ? `${Math.floor((100 * step.loaded) / step.total)} %` : "…"; };
      request.onerror = () => { broken(one); end(); };
      request.onload = () => {
        let said = {};
        try { said = JSON.parse(request.responseText); } catch { /* a proxy's own page */ }
        if (request.status === 201) finish(one, t("Sent"));
        else if (request.status >= 500 || request.status === 429) broken(one, said.message);
        else finish(one, said.message ?? t("Refused"), true);
        end();
      };
      request.open("POST", batch.add);
      request.setRequestHeader("Accept", "application/json");
      request.send(body);
    });
  }
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
    if (done === rows.length) location.assign(batch.url);
  }
  count();
  for (const one of rows) {
    const wrong = fault(one.file);
    if (wrong) finish(one, wrong, true); else await send(one);
  }
});
