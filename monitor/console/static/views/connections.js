// Every bus, gateway and broker: is it up, does anything come, who behind it is silent. Trouble first.

import { html } from "../vendor/htm-preact.module.js";
import { now } from "../lib/store.js";
import { t, span, percent, clock, monthDay } from "../lib/texts.js";
import { get } from "../lib/api.js";
import { Glyph, Waiting, useFetched } from "../lib/parts.js";

const TABS = [["/equipment", "nav.equipment"], ["/connections", "connections.title"]];
const FIRST = 12;

export const Tabs = ({ here }) => html`<nav class="spans">${TABS.map(([path, text]) => html`<a key=${path} href=${path} class=${`button ${path === here ? "here" : ""}`} aria-current=${path === here ? "page" : undefined}>${t(text)}</a>`)}</nav>`;

const silent = (c) => c.equipment.filter((e) => e.answering === false);
const rank = (c) => (c.up === false ? 0 : silent(c).length ? 1 : c.error_rate > 0 ? 2 : 3);

export function Connections() {
  const answer = useFetched(() => get("/api/v1/connections", { limit: 1000 }), [document.documentElement.lang, Math.floor(now() / 10000)]);
  const all = answer.data ? [...answer.data.items].sort((a, b) => rank(a) - rank(b)) : [];
  return html`<div class="page connections">
    <header class="pagehead headrow"><h1>${t("connections.title")}</h1><${Tabs} here="/connections" /></header>
    <${Waiting} answer=${answer} />
    ${answer.data ? html`<section class="panel"><div class="wide"><table class="links">
      <thead><tr><th>${t("connections.one")}</th><th>${t("connections.state")}</th><th>${t("connections.answering")}</th><th>${t("connections.lastGood")}</th><th>${t("connections.errors")}</th><th>${t("connections.response")}</th></tr></thead>
      <tbody>${all.map((c) => html`<${Row} key=${c.id} c=${c} />`)}</tbody></table></div></section>` : null}
    <${Refused} />
  </div>`;
}

// What the historian will never take is shown where people look for trouble with data; nothing when there is none.
function Refused() {
  const answer = useFetched(() => get("/api/v1/history/quarantine", { limit: 20 }), [Math.floor(now() / 30000)]);
  if (!answer.data || !answer.data.items.length) return null;
  return html`<section class="panel quarantine"><h2>${t("quarantine.title")}</h2><p class="muted">${t("quarantine.why")}</p><div class="wide"><table>
    <thead><tr><th>${t("quarantine.at")}</th><th>${t("quarantine.point")}</th><th>${t("quarantine.value")}</th><th>${t("quarantine.reason")}</th></tr></thead>
    <tbody>${answer.data.items.map((r, i) => html`<tr key=${i}><td>${monthDay(r.at)} ${clock(r.at)}</td><td>${r.point}</td><td>${r.value === null ? "—" : String(r.value)}</td><td>${r.reason}</td></tr>`)}</tbody></table></div></section>`;
}

const ago = (at) => (at ? t("time.ago", { age: span(now() - Date.parse(at)) }) : t("connections.never"));
const ms = (seconds) => `${seconds < 0.01 ? (seconds * 1000).toFixed(1) : Math.round(seconds * 1000)} ms`;

function Row({ c }) {
  const gone = silent(c);
  const answering = c.equipment.filter((e) => e.answering).length;
  return html`<tr>
    <td><b>${c.id}</b><small>${c.driver}</small></td>
    <td><${Up} c=${c} /></td>
    <td>${c.polled ? t("connections.nOfM", { n: answering, m: c.equipment.length }) : t("connections.speaks", { n: c.equipment.length })}
      ${gone.length ? html`<ul class="plainlist">${gone.slice(0, FIRST).map((e) => html`<li key=${e.id}><${Glyph} name="cross" size=${15} /> <a href=${`/equipment/${e.id}`}>${e.name}</a> <small>${e.next_trial === null ? t("connections.silent") : t("connections.retried", { age: span(e.next_trial * 1000) })}</small></li>`)}
        ${gone.length > FIRST ? html`<li class="muted">+${gone.length - FIRST}</li>` : null}</ul>` : null}
      ${c.callers ? html`<${Callers} who=${c.callers} />` : null}</td>
    <td>${ago(c.last_good_time)}</td>
    <td>${c.error_rate === null ? "—" : percent(c.error_rate)}</td>
    <td>${c.response_p50 === null ? "—" : html`${ms(c.response_p50)}<small>${t("connections.slow", { time: ms(c.response_p99) })}</small>`}</td>
  </tr>`;
}

// Devices that dial in: how many have, and who was sent away, in its own words.
function Callers({ who }) {
  const counts = [t("connections.callers", { n: who.present })];
  if (who.replaced) counts.push(t("connections.replaced", { n: who.replaced }));
  if (who.refused) counts.push(t("connections.refused", { n: who.refused }));
  return html`<div class="callers"><small>${counts.join(" · ")}</small><ul class="plainlist">
    ${who.contested.map((name) => html`<li key=${name}><${Glyph} name="cross" size=${15} /> ${t("connections.contested", { name })}</li>`)}
    ${who.strangers.map((one) => html`<li key=${`${one.why} ${one.peer} ${one.said}`}>${t(`connections.stranger.${one.why}`, { peer: one.peer, said: one.said })}<small>${t("connections.times", { n: one.times, age: ago(one.last_time) })}</small></li>`)}</ul></div>`;
}

function Up({ c }) {
  if (c.up === null) return html`<span class="muted">${t("connections.untried")}</span>`;
  return html`<span class=${`updown ${c.up ? "up" : "down"}`}><${Glyph} name=${c.up ? "check" : "cross"} size=${16} />${t(c.up ? "connections.up" : "connections.down")}</span>${c.reason ? html`<small>${c.reason}</small>` : null}`;
}
