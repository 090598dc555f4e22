// Who is on duty, and what one shift tells the next.

import { html, useState } from "../vendor/htm-preact.module.js";
import { state, now, toast } from "../lib/store.js";
import { t, word, moment, hourMinute, day, monthDay, weekday, joined } from "../lib/texts.js";
import { get, post } from "../lib/api.js";
import { hidden } from "../lib/order.js";
import { Waiting, may, useFetched } from "../lib/parts.js";
import { DutyLog } from "./dutylog.js";

export function Handover() {
  const [turn, setTurn] = useState(0);
  const roster = useFetched(() => get("/api/v1/roster", { days: 4 }), [document.documentElement.lang, Math.floor(now() / 60000)]);
  const earlier = useFetched(() => get("/api/v1/handovers"), [turn, document.documentElement.lang]);
  const send = async (event) => {
    event.preventDefault();
    const form = event.target;
    try {
      await post("/api/v1/handovers", { text: new FormData(form).get("text") });
      form.reset();
      setTurn(turn + 1);
    } catch (problem) {
      toast(problem.words || String(problem), "bad");
    }
  };
  return html`<div class="page handover">
    <${Waiting} answer=${roster} />
    ${roster.data ? html`<${Now} r=${roster.data} />` : null}
    <div class="columns">
      <section class="panel">
        ${may("operator") ? html`<form onSubmit=${send}><h2>${t("handover.write")}</h2><p class="muted">${t("handover.open", { n: [...state.alarms.values()].filter((a) => !hidden(a)).length })}</p><textarea name="text" rows="6" required maxlength="10000" placeholder=${t("handover.placeholder")}></textarea><button class="primary">${t("handover.submit")}</button></form>` : null}
        <h2>${t("handover.before")}</h2>
        <${Waiting} answer=${earlier} />
        ${earlier.data && !earlier.data.items.length ? html`<p class="muted">${t("handover.none")}</p>` : null}
        <ol class="earlier">${((earlier.data && earlier.data.items) || []).map((h) => html`<li key=${h.id}><header><b>${h.actor_name}</b><time>${moment(h.at, now())}</time><span>${t("handover.open", { n: h.open_alarms })}</span></header><p>${h.text}</p></li>`)}</ol>
      </section>
      <div class="column"><${DutyLog} /><section class="panel">
        <h2>${t("handover.coming")}</h2>
        ${roster.data ? roster.data.gaps.map((g) => html`<p key=${g.start} class="problem">${t("handover.gap", { role: word("duty", g.role), from: moment(g.start, now()), to: moment(g.end, now()) })}</p>`) : null}
        ${roster.data ? html`<${Coming} shifts=${roster.data.items} />` : null}
      </section></div>
    </div>
  </div>`;
}

function Now({ r }) {
  return html`<h1>${t("handover.now")}</h1><div class="onduty">${r.now.map((n) => html`<section key=${n.role} class=${n.people.length ? "" : "nobody"}>
    <small>${word("duty", n.role)}</small>
    ${n.people.length ? n.people.map((p) => html`<p key=${p.id}><b>${p.name}</b> <a href=${`tel:${p.phone}`}>${p.phone}</a></p>`) : html`<p><b>${t("handover.nobody")}</b></p>`}
    ${n.until ? html`<small>${t("handover.until", { time: moment(n.until, now()) })}</small>` : null}
  </section>`)}</div>`;
}

function Coming({ shifts }) {
  const days = [...new Set(shifts.map((s) => day(s.start)))];
  return html`<table class="roster"><tbody>${days.map((d) => {
    const of = shifts.filter((s) => day(s.start) === d);
    return of.map((s, i) => html`<tr key=${s.role + s.start} class=${now() >= Date.parse(s.start) && now() < Date.parse(s.end) ? "current" : ""}>
      ${i === 0 ? html`<th rowspan=${of.length}>${monthDay(s.start)}<small>${weekday(s.start)}</small></th>` : null}
      <td>${word("duty", s.role)}</td><td>${word("shift", s.name)}</td><td>${hourMinute(s.start)}–${hourMinute(s.end)}</td><td><b>${joined(s.people.map((p) => p.name)) || t("handover.nobody")}</b></td></tr>`);
  })}</tbody></table>`;
}
