// The month's end: figures with what they are made of.

import { html, useState } from "../vendor/htm-preact.module.js";
import { now } from "../lib/store.js";
import { t, moment, percent, span } from "../lib/texts.js";
import { get } from "../lib/api.js";
import { Waiting, useFetched } from "../lib/parts.js";
import { Tabs } from "./load.js";

export function Scorecard() {
  const [days, setDays] = useState(7);
  const answer = useFetched(() => get("/api/v1/reports/scorecard", { from: new Date(now() - days * 86400000).toISOString() }), [days, document.documentElement.lang]);
  const s = answer.data;
  return html`<div class="page scorecard">
    <header class="pagehead headrow"><h1>${t("nav.scorecard")}</h1><${Tabs} here="/scorecard" /><span class="spans">${[1, 7, 30].map((n) => html`<button key=${n} class=${n === days ? "here" : ""} onClick=${() => setDays(n)}>${t("score.days", { n })}</button>`)}</span>
    ${s ? html`<span class="muted">${t("score.span", { from: moment(s.start, now()), to: moment(s.end, now()) })}</span>` : null}</header>
    <${Waiting} answer=${answer} />
    ${s ? html`<div class="scores"><${Lamps} lamps=${s.lamps} /><${Responses} r=${s.responses} /><${RoundsScore} r=${s.rounds} /><${Lifts} lifts=${s.lifts} /></div>` : null}
  </div>`;
}

const Figure = ({ share, limit }) => html`<p class=${`bigfigure ${share !== null && limit !== undefined && share < limit ? "low" : ""}`}>${share === null ? "—" : percent(share)}</p>`;

const Trace = ({ list }) => (list.length ? html`<details><summary>${t("score.traces")} (${list.length})</summary><ul>${list.slice(0, 200).map((x) => html`<li key=${x}>${x}</li>`)}</ul></details>` : null);

function Lamps({ lamps }) {
  return html`<section class="panel"><h2>${t("score.lamps")}</h2>${lamps.length ? null : html`<p class="muted">${t("score.nothing")}</p>`}
    ${lamps.map((z) => html`<div key=${z.equipment} class="score"><h3><a href=${`/equipment/${z.equipment}`}>${z.name}</a></h3><${Figure} share=${z.share} limit=${z.limit} />
      <p>${z.counted_at ? t("score.lampsCounted", { working: z.working, on: z.commanded_on, failed: z.failed, counted: z.counted_failed, when: moment(z.counted_at, now()), by: z.counted_by, limit: percent(z.limit) }) : z.commanded === null ? t("score.lampsUnseen") : z.share === null ? t("score.lampsDark") : t("score.lampsOf", { working: z.working, on: z.commanded_on, failed: z.failed, unknown: z.unknown, limit: percent(z.limit) })}</p><${Trace} list=${z.failed_points} /><${Windows} z=${z} /></div>`)}</section>`;
}

// The nights of the span, by window: what the contract asks for is not the moment.
function Windows({ z }) {
  const nights = Math.max(0, ...z.windows.map((w) => w.nights));
  const counted = Math.max(0, ...z.windows.map((w) => w.counted_nights));
  if (!nights) return null;
  return html`<h4>${t("score.windows", { n: nights })}${counted ? ` · ${t("score.windowsCounted", { n: counted })}` : ""}</h4>
    <table class="lit"><thead><tr><th>${t("score.window")}</th><th>${t("score.windowLimit")}</th><th>${t("score.windowShare")}</th><th>${t("score.windowWorst")}</th><th>${t("score.windowBelow")}</th></tr></thead>
      <tbody>${z.windows.map((w) => html`<tr key=${w.hours}><td>${w.hours}</td><td>${Math.round(w.limit * 100)} %</td><td class=${w.share !== null && w.share < w.limit ? "low" : ""}>${w.share === null ? "—" : percent(w.share)}</td>
        <td>${w.worst === null ? "—" : percent(w.worst)}</td><td>${w.below_minutes ? span(w.below_minutes * 60000) : "—"}</td></tr>`)}</tbody></table>`;
}

function Responses({ r }) {
  const decided = r.count - r.waiting;
  return html`<section class="panel"><h2>${t("score.responses")}</h2><div class="score"><${Figure} share=${decided ? r.within_limit / decided : null} />
    <p>${t("score.responsesOf", { within: r.within_limit, count: decided, limit: r.limit_minutes })}</p>
    ${r.waiting ? html`<p>${t("score.waiting", { n: r.waiting })}</p>` : null}
    ${r.answered ? html`<p>${t("score.median", { n: r.median_minutes })} · ${t("score.worst", { n: r.worst_minutes })}</p>` : null}
    <${Trace} list=${r.items.map((i) => `${moment(i.raised_at, now())} ${i.alarm} #${i.occurrence}: ${i.minutes === null ? t("score.unanswered") : `${i.minutes} min ${i.by}`}`)} /></div></section>`;
}

function RoundsScore({ r }) {
  return html`<section class="panel"><h2>${t("score.rounds")}</h2><div class="score"><${Figure} share=${r.share} limit=${1} /><p>${t("score.roundsOf", { due: r.due, done: r.done })}</p>
    <p>${Object.entries(r.outcomes).map(([o, n]) => `${t(`outcome.${o}`)} ${n}`).join(" · ")}</p><${Trace} list=${r.missed} /></div></section>`;
}

function Lifts({ lifts }) {
  return html`<section class="panel"><h2>${t("score.lifts")}</h2>${lifts.length ? null : html`<p class="muted">${t("score.nothing")}</p>`}
    ${lifts.map((l) => html`<div key=${l.equipment} class="score"><h3><a href=${`/equipment/${l.equipment}`}>${l.name}</a></h3><${Figure} share=${l.share} /><p>${t("score.liftOf", { down: l.down_minutes, seen: percent(l.seen_share) })}</p><${Trace} list=${[l.point]} /></div>`)}</section>`;
}
