// What an alarm shows of itself wherever it stands: its state, and how long is left to be on site.

import { html } from "../vendor/htm-preact.module.js";
import { state } from "../lib/store.js";
import { t, countdown, moment, span } from "../lib/texts.js";
import { Glyph, useMoment } from "../lib/parts.js";

export function State({ a }) {
  const at = useMoment();
  return html`<span class=${`state ${a.state}`}>${t(`state.${a.state}`)}</span>
    ${a.shelved_until ? html`<span class="state">${t("alarms.until", { time: moment(a.shelved_until, at) })}</span>` : null}
    ${a.returned_at && !a.active ? html`<span class="state">${t("alarms.returned", { time: moment(a.returned_at, at) })}</span>` : null}
    ${a.headline && state.alarms.has(a.headline) ? html`<span class="state explained">${t("alarms.explained", { cause: state.alarms.get(a.headline).message })}</span>` : null}
    <${Marks} a=${a} />
    ${a.stored ? null : html`<span class="state notstored" title=${t("alarms.notStored.long")}>${t("alarms.notStored")}</span>`}
    ${a.frozen && a.active ? html`<span class="state frozen">${t("alarms.frozen")}</span>` : null}`;
}

// A nuisance is said calmly: it is for whoever mends the rule or the sensor, not for the hurry of the moment.
function Marks({ a }) {
  const m = a.marks;
  const how = t("marks.count", { n: m.annunciations });
  return html`${m.chattering ? html`<span class="state nuisance" title=${how}><${Glyph} name="wave" size=${14} />${t("marks.chattering", { n: m.annunciations })}</span>` : null}
    ${m.fleeting && !m.chattering ? html`<span class="state nuisance" title=${how}><${Glyph} name="wave" size=${14} />${t("marks.fleeting", { n: m.fleeting })}</span>` : null}
    ${m.standing ? html`<span class="state nuisance" title=${t("marks.standing.how")}><${Glyph} name="clock" size=${14} />${t("marks.standing")}</span>` : null}`;
}

const FAR = 2 * 3600000; // ms beyond which seconds that run say nothing

// Emergencies count down to somebody on site, everything else to when its card wants it dealt with.
export function Respond({ a }) {
  const at = useMoment();
  if (!a.respond_by || !a.active) return null;
  const left = Date.parse(a.respond_by) - at;
  if (left > FAR) return html`<span class="respond far">${t("alarms.due.by", { time: moment(a.respond_by, at) })}</span>`;
  const whole = Date.parse(a.respond_by) - Date.parse(a.raised_at);
  const share = Math.max(0, Math.min(1, left / whole));
  const urgent = a.priority === "critical";
  const time = -left > FAR ? span(-left) : countdown(left);
  const words = t(`alarms.${urgent ? "respond" : "due"}.${left >= 0 ? "left" : "over"}`, { time });
  return html`<span class=${`respond ${urgent ? "" : "calm"} ${left < 0 ? "late" : left < whole / 3 ? "soon" : ""}`}><i><b style=${{ width: `${share * 100}%` }}></b></i>${words}</span>`;
}
