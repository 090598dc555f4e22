// How much the alarms ask of the people on duty: the worst first, then means, and what would lighten each bad actor.

import { html, useState } from "../vendor/htm-preact.module.js";
import { state, now } from "../lib/store.js";
import { t, moment, percent } from "../lib/texts.js";
import { get } from "../lib/api.js";
import { Sign, Waiting, useFetched } from "../lib/parts.js";

const TABS = [["/scorecard", "load.service"], ["/scorecard/alarms", "load.title"]];

export const Tabs = ({ here }) => html`<nav class="spans">${TABS.map(([path, text]) => html`<a key=${path} href=${path} class=${`button ${path === here ? "here" : ""}`} aria-current=${path === here ? "page" : undefined}>${t(text)}</a>`)}</nav>`;

export function AlarmLoad() {
  const [days, setDays] = useState(7);
  const [position, setPosition] = useState("");
  const answer = useFetched(() => get("/api/v1/reports/alarms", { from: new Date(now() - days * 86400000).toISOString(), position }), [days, position, document.documentElement.lang]);
  const l = answer.data;
  const desks = state.session.site.positions;
  return html`<div class="page load">
    <header class="pagehead headrow"><h1>${t("load.title")}</h1><${Tabs} here="/scorecard/alarms" />
    <span class="spans">${[1, 7, 30].map((n) => html`<button key=${n} class=${n === days ? "here" : ""} onClick=${() => setDays(n)}>${t("score.days", { n })}</button>`)}</span>
    ${desks.length ? html`<select aria-label=${t("load.position")} onChange=${(e) => setPosition(e.target.value)}><option value="">${t("load.everybody")}</option>${desks.map((d) => html`<option key=${d.id} value=${d.id} selected=${d.id === position}>${d.name}</option>`)}</select>` : null}
    ${l ? html`<span class="muted">${t("score.span", { from: moment(l.start, now()), to: moment(l.end, now()) })}</span>` : null}</header>
    <${Waiting} answer=${answer} />
    ${l ? html`<div class="scores"><${Worst} l=${l} /><${Mean} l=${l} /><${Floods} l=${l} /><${Mix} l=${l} /></div>${position ? null : html`<${Desks} l=${l} choose=${setPosition} />`}<${Actors} l=${l} />` : null}
  </div>`;
}

const Big = ({ value, bad }) => html`<p class=${`bigfigure ${bad ? "high" : ""}`}>${value}</p>`;

// One position beside the other: the load is a person's, not the site's.
function Desks({ l, choose }) {
  if (!l.positions.length) return null;
  return html`<section class="panel"><h2>${t("load.positions")}</h2><div class="wide"><table class="desks">
    <thead><tr><th>${t("load.position")}</th><th>${t("load.count")}</th><th>${t("load.mean")}</th><th>${t("load.worst")}</th><th>${t("load.floods")}</th></tr></thead>
    <tbody>${l.positions.map((d) => html`<tr key=${d.id}><td><button class="plainlink" onClick=${() => choose(d.id)}>${d.name}</button></td>
      <td><b>${d.annunciations}</b></td><td>${d.per_ten_minutes.toFixed(2)}<small>${t(`load.verdict.${d.verdict}`)}</small></td>
      <td>${d.worst_ten_minutes ? html`${d.worst_ten_minutes.count}<small>${moment(d.worst_ten_minutes.start, now())}</small>` : "—"}</td>
      <td>${percent(d.flood_share)}</td></tr>`)}</tbody>
  </table></div><p class="muted">${t("load.positions.how")}</p></section>`;
}

function Worst({ l }) {
  const w = l.worst_ten_minutes;
  return html`<section class="panel"><h2>${t("load.worst")}</h2><${Big} value=${w ? w.count : 0} bad=${w && w.count >= 10} />
    <p>${w ? t("load.worstAt", { time: moment(w.start, now()) }) : t("load.none")}</p>
    ${l.worst_hour ? html`<p class="muted">${t("load.worstHour", { n: l.worst_hour.count, time: moment(l.worst_hour.start, now()) })}</p>` : null}</section>`;
}

function Mean({ l }) {
  return html`<section class="panel"><h2>${t("load.mean")}</h2><${Big} value=${l.per_ten_minutes.toFixed(2)} bad=${l.verdict === "too_much"} />
    <p>${t(`load.verdict.${l.verdict}`)}</p><p class="muted">${t("load.meanOf", { n: l.annunciations, aim: l.aims.per_ten_minutes })}</p></section>`;
}

function Floods({ l }) {
  return html`<section class="panel"><h2>${t("load.floods")}</h2><${Big} value=${percent(l.flood_share)} bad=${l.flood_share > l.aims.flood_share} />
    <p>${t("load.floodsOf", { n: l.floods.length, aim: percent(l.aims.flood_share) })}</p>
    <ul class="plainlist">${[...l.floods].sort((a, b) => b.count - a.count).slice(0, 5).map((f) => html`<li key=${f.start}>${moment(f.start, now())} · ${t("load.flood", { n: f.count, minutes: f.minutes })}${f.end ? "" : ` · ${t("load.floodNow")}`}</li>`)}</ul></section>`;
}

function Mix({ l }) {
  return html`<section class="panel"><h2>${t("load.mix")}</h2><ul class="mix">${["critical", "high", "medium", "low"].map((p) => html`<li key=${p}>
      <${Sign} priority=${p} quiet=${true} size=${22} /><span>${t(`priority.${p}`)}</span><b>${percent(l.mix[p] || 0)}</b><small>${t("load.aim", { aim: percent(l.aims[p]) })}</small></li>`)}</ul>
    <p class="muted">${t("load.topShare", { share: percent(l.top_share) })} · ${t("load.standing", { n: l.standing, aim: l.aims.standing })}</p></section>`;
}

function Actors({ l }) {
  if (!l.actors.length) return html`<section class="panel"><h2>${t("load.actors")}</h2><p class="muted">${t("load.none")}</p></section>`;
  return html`<section class="panel"><h2>${t("load.actors")}</h2><div class="wide"><table class="points actors">
    <thead><tr><th>${t("load.count")}</th><th>${t("load.alarm")}</th><th>${t("load.why")}</th><th>${t("load.fix")}</th></tr></thead>
    <tbody>${l.actors.map((a) => html`<tr key=${a.alarm}><td><b>${a.annunciations}</b></td>
      <td><a href=${`/equipment/${a.equipment}`}>${a.title}</a><small>${a.alarm}</small></td>
      <td>${[a.chattering ? t("load.chattering", { n: a.chattering }) : "", a.fleeting ? t("load.fleeting", { n: a.fleeting }) : "", a.standing_hours ? t("load.standingFor", { h: a.standing_hours }) : ""].filter(Boolean).join(" · ") || "—"}</td>
      <td>${a.proposal ? html`<b>${t(`load.${a.proposal.delay}`, { s: a.proposal.seconds })}</b><small>${t("load.removes", { removed: a.proposal.removed, of: a.proposal.of })} · ${a.proposal.longest_lost ? t("load.loses", { s: a.proposal.longest_lost }) : t("load.losesNone")}</small>` : "—"}</td></tr>`)}</tbody>
  </table></div></section>`;
}
