// Today's rounds: each window with its places, what was seen and what was not.

import { html } from "../vendor/htm-preact.module.js";
import { state, now } from "../lib/store.js";
import { t, word, hourMinute, span } from "../lib/texts.js";
import { get } from "../lib/api.js";
import { Glyph, Waiting, may, useFetched } from "../lib/parts.js";
import { Queue } from "./checkin.js";

export function Rounds() {
  const answer = useFetched(() => get("/api/v1/rounds"), [state.changed.window, document.documentElement.lang, Math.floor(now() / 30000)]);
  const places = useFetched(() => get("/api/v1/checkpoints"), [document.documentElement.lang]);
  if (!answer.data) return html`<${Waiting} answer=${answer} />`;
  const asked = new Map(((places.data && places.data.items) || []).flatMap((p) => p.items.map((i) => [`${p.id} ${i.id}`, i.ask])));
  const { items } = answer.data;
  return html`<div class="page rounds">
    <h1>${t("rounds.today")}</h1>
    <${Queue} />
    ${items.length ? null : html`<p class="muted">${t("rounds.none")}</p>`}
    <div class="windows">${items.map((w) => html`<${Window} key=${w.id} w=${w} asked=${asked} />`)}</div>
  </div>`;
}

function phase(w) {
  if (w.outcome !== "open") return w.outcome;
  return now() < Date.parse(w.start) ? "later" : "open";
}

const GLYPH = { in_time: "check", late: "check", excused: "check", missed: "cross", incomplete: "cross", open: "walk", later: "clock" };

function Window({ w, asked }) {
  const name = phase(w);
  const left = Date.parse(w.end) - now();
  return html`<section class=${`window ${name}`}>
    <header>
      <div><h2>${w.name}</h2><p>${t("rounds.window", { from: hourMinute(w.start), to: hourMinute(w.end) })} · ${word("duty", w.role)}</p></div>
      <span class="outcome"><${Glyph} name=${GLYPH[name] || "clock"} size=${18} />${t(`outcome.${name}`)}</span>
    </header>
    ${name === "open" ? html`<p class=${left > 0 ? "left" : "left late"}>${left > 0 ? t("rounds.left", { time: span(left) }) : t("rounds.grace", { time: hourMinute(w.grace_until) })}</p>` : null}
    ${name === "later" ? html`<p class="left muted">${t("rounds.in", { time: span(Date.parse(w.start) - now()) })}</p>` : null}
    <ul>${w.checkpoints.map((c) => html`<li key=${c.checkpoint} class=${c.done_at ? "done" : ""}>
      <${Glyph} name=${c.done_at ? "check" : "clock"} size=${20} />
      <span><b>${c.name}</b> <small>${c.location}</small>${c.remarks.map((r) => html`<em key=${r}>${remark(r, c.checkpoint, asked)}</em>`)}</span>
      ${c.done_at ? html`<span class="by">${t("rounds.done", { time: hourMinute(c.done_at), name: c.done_by_name })}</span>` : html`<span class="by">${t("rounds.notYet")}</span>`}
      ${!c.done_at && may("operator") && (name === "open" || name === "missed" || name === "incomplete") ? html`<a class="button" href=${`/checkpoints/${c.checkpoint}`}>${t("rounds.checkIn")}</a>` : null}
    </li>`)}</ul>
    ${w.note ? html`<p class="note">${w.note}</p>` : null}
  </section>`;
}

// `item: reason detail`
function remark(text, place, asked) {
  const [, item, reason, detail] = /^([^:]+): (\w+) ?(.*)$/.exec(text) || [null, "", text, ""];
  return `${asked.get(`${place} ${item}`) || item}: ${word("remark", reason)} ${detail}`.trim();
}
