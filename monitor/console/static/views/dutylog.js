// The duty log: what no alarm says, by whoever saw it.

import { html, useState } from "../vendor/htm-preact.module.js";
import { now, toast } from "../lib/store.js";
import { t, moment } from "../lib/texts.js";
import { get, post } from "../lib/api.js";
import { Waiting, may, useFetched } from "../lib/parts.js";

export function DutyLog() {
  const [turn, setTurn] = useState(0);
  const entries = useFetched(() => get("/api/v1/log", { limit: 50 }), [turn, document.documentElement.lang, Math.floor(now() / 30000)]);
  const plant = useFetched(() => get("/api/v1/equipment", { limit: 1000 }), [document.documentElement.lang]);
  const send = async (event) => {
    event.preventDefault();
    const form = event.target;
    const given = new FormData(form);
    try {
      await post("/api/v1/log", { text: given.get("text"), equipment: given.get("equipment") });
      form.reset();
      setTurn(turn + 1);
    } catch (problem) {
      toast(problem.words || String(problem), "bad");
    }
  };
  return html`<section class="panel dutylog">
    <h2>${t("log.title")}</h2>
    ${may("operator") ? html`<form onSubmit=${send}>
      <textarea name="text" rows="2" required maxlength="10000" placeholder=${t("log.placeholder")}></textarea>
      <div class="formrow"><select name="equipment" aria-label=${t("log.about")}><option value="">${t("log.general")}</option>${((plant.data && plant.data.items) || []).map((e) => html`<option key=${e.id} value=${e.id}>${e.name}</option>`)}</select><button class="primary">${t("log.submit")}</button></div>
    </form>` : null}
    <${Waiting} answer=${entries} />
    ${entries.data && !entries.data.items.length ? html`<p class="muted">${t("log.none")}</p>` : null}
    <ol class="earlier">${((entries.data && entries.data.items) || []).map((e) => html`<li key=${e.id}><header><b>${e.actor_name || e.actor}</b><time>${moment(e.at, now())}</time>${e.equipment ? html`<a href=${`/equipment/${e.equipment}`}>${e.equipment_name}</a>` : null}</header><p>${e.text}</p></li>`)}</ol>
  </section>`;
}
