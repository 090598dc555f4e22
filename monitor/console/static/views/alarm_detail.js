// Everything about one alarm: the card, what happened, who was told, what can be done.

import { html } from "../vendor/htm-preact.module.js";
import { state, update, now } from "../lib/store.js";
import { t, language, word, moment, span, valueText } from "../lib/texts.js";
import { ServiceDialog } from "./service.js";
import { SubstituteDialog } from "./substitute.js";
import { TestButton, TestedDialog } from "./tests.js";
import { acknowledge, comment, order, reset, shelve, unshelve } from "../lib/commands.js";
import { get } from "../lib/api.js";
import { Dialog, Glyph, Sign, Told, may, useFetched, useMoment } from "../lib/parts.js";
import { Respond, State } from "./alarm_signs.js";

// `past` (ms) shows what was known then, with nothing to do about it.
export function Detail({ a, past = null }) {
  const at = useMoment();
  const until = past === null ? null : new Date(past + 1).toISOString();
  const news = past === null ? state.changed.event : `${a.occurrence}.${a.annunciation}.${a.state}`;
  const events = useFetched(() => get("/api/v1/events", { alarm: a.id, limit: 40, to: until }), [a.id, news, document.documentElement.lang]);
  return html`<article class=${`detail ${a.priority}`}>
    ${past === null ? html`<button class="back" onClick=${() => update({ opened: false })}><${Glyph} name="back" />${t("alarms.back")}</button>` : null}
    <header>
      <${Sign} priority=${a.priority} quiet=${a.acknowledged} size=${52} />
      <div>
        <h2>${a.title}</h2>
        <p class="where">${a.equipment_name ? html`<b>${a.equipment_name}</b>` : null}${a.location ? html`<span>${a.location}</span>` : null}</p>
        <p class="where"><${State} a=${a} /><span>${t(`priority.${a.priority}`)}</span><span>${t("alarms.occurrence", { n: a.occurrence })}${a.annunciation > 1 ? ` · ${t("alarms.again", { n: a.annunciation })}` : ""}</span></p>
      </div>
    </header>
    <${Card} a=${a} past=${past} />
    <dl class="facts">
      <div><dt>${t("alarms.since")}</dt><dd>${a.raised_at ? span(at - Date.parse(a.raised_at)) : "—"}<small>${moment(a.raised_at, at, true)}</small></dd></div>
      ${a.value !== null ? html`<div><dt>${t("alarms.value")}</dt><dd>${valueText(a.value, a.unit)}</dd></div>` : null}
      ${a.respond_by && a.active ? html`<div><dt>${t("alarms.by")}</dt><dd class="due">${moment(a.respond_by, at)}<${Respond} a=${a} /></dd></div>` : null}
      ${a.acknowledged_at ? html`<div><dt>${t("state.ACK")}</dt><dd>${a.acknowledged_by_name}<small>${moment(a.acknowledged_at, at, true)}</small></dd></div>` : null}
    </dl>
    ${past === null ? html`<${Actions} a=${a} />` : html`<p>${evidence(a)}</p>`}
    <h3>${t("alarms.messages")}</h3>
    ${a.notifications.length
      ? html`<ul class="messages">${a.notifications.map((m) => html`<li key=${m.id}><${Told} message=${m} /><time>${moment(m.delivered_at || m.sent_at, at, true)}</time>${m.reason ? html`<small>${word("needless", m.reason)}</small>` : null}${m.text ? html`<p>${m.text}</p>` : null}</li>`)}</ul>`
      : html`<p class="muted">${t(a.priority === "low" ? "alarms.told.policy" : "alarms.told.nobody")}</p>`}
    <h3>${t("alarms.timeline")}</h3>
    <ol class="timeline">${((events.data && events.data.items) || []).map((e) => html`<${Event} key=${e.sequence} e=${e} />`)}</ol>
  </article>`;
}

function Card({ a, past }) {
  const card = a.card;
  if (!card.action && !card.cause && !card.consequence && !card.call) return null;
  return html`<section class="card">
    ${card.action ? html`<div class="action"><dt>${t("alarms.first")}</dt><dd>${card.action}</dd></div>` : null}
    ${card.call ? html`<div class="call"><dt>${t("alarms.call")}</dt><dd>${card.call === card.role ? word("duty", card.role) : card.call}${card.role && past === null ? html`<${OnDuty} role=${card.role} />` : null}</dd></div>` : null}
    ${card.cause ? html`<div><dt>${t("alarms.cause")}</dt><dd>${card.cause}</dd></div>` : null}
    ${card.consequence ? html`<div><dt>${t("alarms.consequence")}</dt><dd>${card.consequence}</dd></div>` : null}
  </section>`;
}

// Who stands in the role now, with the number to call: a touch on the phone dials it.
function OnDuty({ role }) {
  const answer = useFetched(() => get("/api/v1/roster", { days: 1 }), [role, Math.floor(now() / 60000)]);
  const here = answer.data && answer.data.now.find((one) => one.role === role);
  if (!here) return null;
  if (!here.people.length) return html`<em class="bad">${t("alarms.call.nobody")}</em>`;
  return html`<ul>${here.people.map((p) => html`<li key=${p.id}><b>${p.name}</b>${p.phone ? html` <a href=${`tel:${p.phone}`}>${p.phone}</a>` : null}</li>`)}</ul>`;
}

function Actions({ a }) {
  if (!may("operator")) return html`<p class="actions">${link(a)}</p>`;
  const ask = (kind) => () => update({ dialog: { kind, alarm: a } });
  return html`<p class="actions">
    ${a.acknowledged ? null : html`<button class="ack" onClick=${() => acknowledge(a)}>${t("alarms.ack")}<kbd>A</kbd></button>`}
    ${a.asks_test ? html`<${TestButton} alarm=${a.id} name=${a.message} primary=${true} />` : null}
    ${a.latched ? html`<button class="primary" onClick=${() => reset(a)}>${t("alarms.reset")}</button>` : null}
    ${a.shelved_until ? html`<button onClick=${() => unshelve(a)}>${t("alarms.unshelve")}</button>` : html`<button onClick=${ask("shelve")}>${t("alarms.shelve")}</button>`}
    <button onClick=${ask("comment")}>${t("alarms.comment")}</button>
    <button onClick=${ask("order")}>${t("alarms.order")}</button>
    ${link(a)}
  </p>`;
}

const BEFORE = 10 * 60000;
const before = (a) => `/replay?equipment=${encodeURIComponent(a.equipment_name ? a.equipment : "")}&at=${new Date(Date.parse(a.raised_at) - BEFORE).toISOString()}`;

const pack = (a) => `/api/v1/alarms/${encodeURIComponent(a.id)}/evidence?occurrence=${a.occurrence}&lang=${language()}`;
const evidence = (a) => (may("engineer") && a.occurrence ? html`<a class="button" download href=${pack(a)}>${t("evidence.get")}</a>` : null);

const link = (a) => html`${a.equipment_name ? html`<a class="button" href=${`/equipment/${a.equipment}`}>${t("alarms.equipment")}</a>` : null}
  ${a.raised_at ? html`<a class="button" href=${before(a)}>${t("replay.from")}</a>` : null}${evidence(a)}`;

function Event({ e }) {
  return html`<li class=${e.cause}>
    <time>${moment(e.at, useMoment(), true)}</time>
    <div><b>${word("cause", e.cause)}</b>${e.actor_name ? html` <span>${e.actor_name}</span>` : null}${e.value !== null && e.cause === "raised" ? html` <span class="muted">${valueText(e.value)}</span>` : null}
    ${e.note ? html`<p>${e.cause === "silenced" ? e.note.replace(/^console /, `${t("positions.console")} `) : e.note}</p>` : null}</div>
  </li>`;
}

// The dialogs of commands; one at a time, over whatever page.
export function Dialogs() {
  if (!state.dialog) return null;
  const { kind, alarm: a } = state.dialog;
  const close = () => update({ dialog: null });
  if (kind === "substitute") return html`<${SubstituteDialog} dialog=${state.dialog} close=${close} />`;
  if (kind === "tested") return html`<${TestedDialog} dialog=${state.dialog} close=${close} />`;
  if (kind === "service") return html`<${ServiceDialog} dialog=${state.dialog} close=${close} />`;
  const note = html`<label>${t("dialog.note")}<textarea name="note" rows="3" required maxlength="2000"></textarea></label>`;
  if (kind === "ack")
    return html`<${Dialog} title=${t("dialog.ack.title")} onClose=${close} submit=${t("alarms.ack")} onSubmit=${(f) => acknowledge(a, f.get("note").trim())}>
      <p>${a.message}</p><p class="muted">${t("dialog.ack.reason")}</p>${note}
    <//>`;
  if (kind === "comment")
    return html`<${Dialog} title=${t("dialog.comment.title")} onClose=${close} onSubmit=${(f) => comment(a, f.get("note").trim())}><p>${a.message}</p>${note}<//>`;
  if (kind === "order")
    return html`<${Dialog} title=${t("dialog.order.title")} onClose=${close} onSubmit=${(f) => order(a, f.get("title").trim())}>
      <label>${t("orders.title")}<input name="title" required maxlength="200" value=${a.message} /></label>
    <//>`;
  return html`<${Dialog} title=${t("dialog.shelve.title")} onClose=${close} onSubmit=${(f) => shelve(a, Number(f.get("minutes")), f.get("reason").trim(), f.get("once") === "on")}>
    <p>${a.message}</p><p class="muted">${t("dialog.shelve.how")}</p>
    <label>${t("dialog.shelve.until")}<select name="minutes">${[30, 60, 120, 240, 480, 1440].map((m) => html`<option value=${m}>${m < 60 ? t("dialog.minutes", { n: m }) : t("dialog.hours", { n: m / 60 })}</option>`)}</select></label>
    <label>${t("dialog.reason")}<textarea name="reason" rows="2" required maxlength="2000"></textarea></label>
    <label class="check"><input type="checkbox" name="once" />${t("dialog.shelve.once")}</label>
  <//>`;
}
