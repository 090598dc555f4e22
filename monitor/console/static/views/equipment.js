// All equipment by system: what can be believed, what is wrong.

import { html } from "../vendor/htm-preact.module.js";
import { state, now } from "../lib/store.js";
import { t, word, moment, valueText, joined } from "../lib/texts.js";
import { get } from "../lib/api.js";
import { hidden } from "../lib/order.js";
import { Glyph, Sign, Waiting, useFetched } from "../lib/parts.js";
import { ServiceMark } from "./service.js";
import { Tabs } from "./connections.js";

const RANK = { critical: 0, high: 1, medium: 2, low: 3 };

export function EquipmentList() {
  const answer = useFetched(() => get("/api/v1/equipment", { limit: 1000 }), [document.documentElement.lang, Math.floor(now() / 20000)]);
  if (!answer.data) return html`<${Waiting} answer=${answer} />`;
  const systems = [...new Set(answer.data.items.map((e) => e.system))];
  const points = readingsByOwner();
  return html`<div class="page equipment">
    <header class="pagehead headrow"><${Tabs} here="/equipment" /></header>
    ${systems.map((system) => html`<section key=${system}>
      <h2>${word("system", system)}</h2>
      <div class="tiles">${answer.data.items.filter((e) => e.system === system).map((e) => html`<${Tile} key=${e.id} e=${e} points=${points.get(e.id) || []} />`)}</div>
    </section>`)}
  </div>`;
}

function readingsByOwner() {
  const found = new Map();
  for (const p of state.readings.values()) {
    if (!found.has(p.equipment)) found.set(p.equipment, []);
    found.get(p.equipment).push(p);
  }
  return found;
}

export const alarmsOf = (id) => [...state.alarms.values()].filter((a) => a.equipment === id && !hidden(a)).sort((a, b) => RANK[a.priority] - RANK[b.priority]);

export function Tile({ e, points, alarms = alarmsOf(e.id), href = `/equipment/${e.id}` }) {
  const total = points.length || e.points;
  const bad = points.length ? points.filter((p) => p.quality === "bad") : [];
  const badCount = points.length ? bad.length : e.quality.bad;
  const doubtful = points.length ? points.filter((p) => p.quality === "uncertain").length : e.quality.uncertain;
  const reasons = points.length ? [...new Set(bad.map((p) => p.reason))] : e.reasons;
  return html`<a class=${`tile ${alarms.length ? `has ${alarms[0].priority}` : ""} ${badCount === total ? "dark" : ""}`} href=${href}>
    <header><b>${e.name}</b>${alarms.length ? html`<${Sign} priority=${alarms[0].priority} quiet=${alarms.every((a) => a.acknowledged)} size=${26} />` : null}</header>
    <small>${e.location}</small>
    <${ServiceMark} e=${e} />
    ${alarms.length ? html`<p class="wrong">${alarms[0].title}${alarms.length > 1 ? ` +${alarms.length - 1}` : ""}</p>` : null}
    <${Key} e=${e} points=${points} />
    <footer class=${badCount ? "bad" : ""}>${badCount
      ? html`<${Glyph} name="cross" size=${15} />${t("equipment.notGood", { bad: badCount, n: total })} · ${joined(reasons.slice(0, 2).map((r) => word("reason", r)))}`
      : doubtful
        ? t("equipment.doubtful", { n: doubtful, total })
        : html`<${Glyph} name="check" size=${15} />${t("equipment.allGood", { n: total })}`}</footer>
  </a>`;
}

// What cannot be seen is neither working nor failed.
export const lampState = (p) => (!p || p.quality !== "good" || p.value === null ? "unknown" : p.value ? "working" : "failed");

export function countLamps(e, points) {
  const found = { working: 0, failed: 0, unknown: 0 };
  for (const id of e.lamps) found[lampState(points.get(id))] += 1;
  return found;
}

// A few telling values; a zone of many like points is one figure.
function Key({ e, points }) {
  if (e.lamps.length && points.length) {
    const { working, failed, unknown } = countLamps(e, new Map(points.map((p) => [p.id, p])));
    return html`<ul class="keyvalues">
      <li><span>${t("lamps.working")}</span><span class="value">${working}</span></li>
      <li><span>${t("lamps.failed")}</span><span class="value">${failed}</span></li>
      <li><span>${t("lamps.unknown")}</span><span class="value">${unknown}</span></li>
    </ul>`;
  }
  const telling = points.filter((p) => p.kind !== "text").slice(0, 3);
  return html`<ul class="keyvalues">${telling.map((p) => html`<li key=${p.id}><span>${p.label}</span><span class=${`value ${p.quality}`}>${p.quality === "bad" ? "✕" : valueText(p.value, p.unit, p.states)}${p.quality === "uncertain" ? " ?" : ""}</span></li>`)}</ul>`;
}
