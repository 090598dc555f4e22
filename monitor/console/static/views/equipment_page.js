// One equipment: ledger card, live points with their quality, alarms, trend.

import { html, useState } from "../vendor/htm-preact.module.js";
import { state, update, now } from "../lib/store.js";
import { t, word, moment, span } from "../lib/texts.js";
import { get } from "../lib/api.js";
import { go } from "../lib/router.js";
import { Glyph, Sign, Value, Waiting, useFetched } from "../lib/parts.js";
import { alarmsOf, countLamps, lampState } from "./equipment.js";
import { State } from "./alarm_signs.js";
import { Trend } from "./trend.js";
import { ServiceLine } from "./service.js";
import { Stated } from "./substitute.js";
import { SensorTests } from "./tests.js";

const FIRST = 12;
const AT_ONCE = 4;

export function EquipmentPage({ id }) {
  const [turn, setTurn] = useState(0);
  const answer = useFetched(() => get(`/api/v1/equipment/${encodeURIComponent(id)}`), [id, turn, document.documentElement.lang, Math.floor(now() / 20000)]);
  const list = useFetched(() => get("/api/v1/points", { equipment: id }), [id, document.documentElement.lang, Math.floor(now() / 10000)]);
  const [ticked, setTicked] = useState(null);
  const [all, setAll] = useState(false);
  if (!answer.data || !list.data) return html`<${Waiting} answer=${answer.problem ? answer : list} />`;
  const e = answer.data;
  const points = list.data.items.map((p) => newer(state.readings.get(p.id), p));
  const chosen = ticked || points.filter((p) => p.kind === "analog").slice(0, 1).map((p) => p.id);
  const tick = (p) => setTicked(chosen.includes(p) ? chosen.filter((c) => c !== p) : [...chosen, p].slice(-AT_ONCE));
  const notGood = points.filter((p) => p.quality !== "good");
  const sorted = all || points.length <= FIRST ? points : [...new Set([...points.slice(0, FIRST), ...notGood.slice(0, FIRST)])];
  return html`<div class="page one">
    <header class="pagehead">
      <a class="back" href="/equipment"><${Glyph} name="back" />${t("nav.equipment")}</a>
      <h1>${e.name}</h1><p>${e.location} · ${word("system", e.system)} · ${e.type_title}</p>
      <a class="button past" href=${`/replay?equipment=${encodeURIComponent(id)}`}>${t("replay.equipment")}</a>
      <${ServiceLine} e=${e} done=${() => setTurn(turn + 1)} />
    </header>
    <div class="columns">
      <div class="column">${e.lamps.length ? html`<${Lamps} e=${e} points=${new Map(points.map((p) => [p.id, p]))} />` : null}<section class="panel">
        <h2>${t("equipment.trend")}</h2>
        <${Trend} points=${points.filter((p) => chosen.includes(p.id))} />
      </section>
      <section class="panel">
        <h2>${t("equipment.points")} <small>${notGood.length ? t("equipment.notGood", { bad: notGood.length, n: points.length }) : t("equipment.allGood", { n: points.length })}</small></h2>
        <table class="points"><thead><tr><th></th><th>${t("equipment.point")}</th><th>${t("equipment.value")}</th><th>${t("equipment.time")}</th></tr></thead>
          <tbody>${sorted.map((p) => html`<tr key=${p.id} class=${p.quality}>
            <td><input type="checkbox" aria-label=${`${t("equipment.trend")} ${p.label}`} checked=${chosen.includes(p.id)} disabled=${p.kind === "text"} onChange=${() => tick(p.id)} /></td>
            <td>${p.label}<small>${p.id.split(".")[1]}</small></td><td><${Value} point=${p} /><${Stated} p=${p} /></td>
            <td class="time" title=${moment(p.received_time, now(), true)}>${p.received_time ? t("time.ago", { age: span(now() - Date.parse(p.received_time)) }) : "—"}</td></tr>`)}</tbody></table>
        ${points.length > FIRST ? html`<button class="plain" onClick=${() => setAll(!all)}>${all ? t("equipment.showLess") : t("equipment.showAll", { n: points.length })}</button>` : null}
      </section></div>
      <div class="column"><section class="panel">
        <h2>${t("equipment.alarms")}</h2>
        ${alarmsOf(id).map((a) => html`<button key=${a.id} class="alarmline" onClick=${() => (update({ selected: a.id }), go("/"), update({ opened: true }))}><${Sign} priority=${a.priority} quiet=${a.acknowledged} size=${30} /><span><b>${a.title}</b><small>${moment(a.raised_at, now())} · <${State} a=${a} /></small></span></button>`)}
        ${alarmsOf(id).length ? null : html`<p class="muted">${t("equipment.noAlarms")}</p>`}
      </section>
      <${SensorTests} e=${e} done=${() => setTurn(turn + 1)} />
      <section class="panel">
        <h2>${t("equipment.ledger")}</h2>
        <dl class="ledger">
          <div><dt>ID</dt><dd>${e.id}</dd></div>
          <div><dt>${t("equipment.type")}</dt><dd>${e.type_title}</dd></div>
          <div><dt>${t("equipment.location")}</dt><dd>${e.location}</dd></div>
          <div><dt>${t("equipment.connection")}</dt><dd><a href="/connections">${e.connection}</a></dd></div>
          ${Object.entries(e.ledger).map(([key, value]) => html`<div key=${key}><dt>${key}</dt><dd>${value}</dd></div>`)}
        </dl>
      </section></div>
    </div>
  </div>`;
}

// The stream tells what changed, the list how fresh the unchanged is.
const newer = (live, fetched) => (live && (live.received_time || "") >= (fetched.received_time || "") ? live : fetched);

// The zone at a glance: which lamps to replace.
function Lamps({ e, points }) {
  const count = countLamps(e, points);
  const on = e.when ? points.get(e.when) : null;
  return html`<section class="panel">
    <h2>${t("lamps.title")} <small>${["working", "failed", "unknown"].map((s) => `${t(`lamps.${s}`)} ${count[s]}`).join(" · ")}</small></h2>
    ${on ? html`<p class="lampson">${on.label} <${Value} point=${on} /></p>` : null}
    <ol class="lamps">${e.lamps.map((id) => {
      const state = lampState(points.get(id));
      const name = points.get(id) ? points.get(id).label : id;
      return html`<li key=${id} class=${state} title=${`${name} ${t(`lamps.${state}`)}`}><span>${/(\d+)$/.exec(id)?.[1] || name}</span>${state === "failed" ? "✕" : state === "unknown" ? "?" : ""}</li>`;
    })}</ol>
    ${e.failed_lamps.length ? html`<ul class="lampclock">${e.failed_lamps.map((l) => html`<li key=${l.point} class=${l.overdue ? "overdue" : ""}><b>${l.label}</b> <span>${t("lamps.since", { when: moment(l.since, now()) })} · ${t(l.overdue ? "lamps.overdue" : "lamps.due", { when: moment(l.due, now()) })}</span></li>`)}</ul>` : null}
  </section>`;
}
