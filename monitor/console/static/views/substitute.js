// A value that a person states for a point, until a time, for a reason; and the way back to what the device says.

import { html } from "../vendor/htm-preact.module.js";
import { state, now, toast, update } from "../lib/store.js";
import { t, moment } from "../lib/texts.js";
import { post } from "../lib/api.js";
import { Dialog, Glyph, may } from "../lib/parts.js";

const HOURS = [1, 4, 8, 24, 72, 168];

async function send(p, what, body) {
  try {
    const answer = await post(`/api/v1/points/${encodeURIComponent(p.id)}/${what}`, body);
    state.readings.set(p.id, answer);
    update({ dialog: null });
  } catch (problem) {
    toast(problem.words || String(problem), "bad");
  }
}

// Beside a value: who stated it and until when, or the pencil that begins it.
export function Stated({ p }) {
  const s = p.substitute;
  if (!s) return may("operator") ? html`<button class="plain state" title=${t("manual.begin")} aria-label=${`${t("manual.begin")} ${p.label}`} onClick=${() => update({ dialog: { kind: "substitute", point: p } })}><${Glyph} name="pencil" size=${16} /></button>` : null;
  return html`<small class="stated">${t("manual.by", { who: s.actor_name || s.actor, time: moment(s.until, now()) })} · ${s.reason} ${may("operator") ? html`<button class="plain" onClick=${() => send(p, "resume", {})}>${t("manual.end")}</button>` : null}</small>`;
}

function Field({ p }) {
  const names = Object.values(p.states || {});
  if (p.kind === "discrete") {
    const choices = names.length ? names.map((n) => [n, n]) : [["true", t("value.true")], ["false", t("value.false")]];
    return html`<select name="value">${choices.map(([value, text]) => html`<option value=${value}>${text}</option>`)}</select>`;
  }
  return p.kind === "text" ? html`<input name="value" required maxlength="200" />` : html`<input name="value" type="number" step="any" required />`;
}

const read = (p, text) => (p.kind === "text" || Object.keys(p.states || {}).length ? text : p.kind === "discrete" ? text === "true" : Number(text));

export function SubstituteDialog({ dialog, close }) {
  const p = dialog.point;
  const submit = (f) => send(p, "substitute", { value: read(p, f.get("value")), until: new Date(Date.now() + state.offset + Number(f.get("hours")) * 3600000).toISOString(), reason: f.get("reason").trim() });
  return html`<${Dialog} title=${t("manual.title", { name: p.label })} onClose=${close} onSubmit=${submit}>
    <p class="muted">${t("manual.how")}</p>
    <label>${t("equipment.value")}${p.unit ? ` (${p.unit})` : ""}<${Field} p=${p} /></label>
    <label>${t("dialog.shelve.until")}<select name="hours">${HOURS.map((h) => html`<option value=${h} selected=${h === 8}>${h < 72 ? t("dialog.hours", { n: h }) : t("service.days", { n: h / 24 })}</option>`)}</select></label>
    <label>${t("dialog.reason")}<textarea name="reason" rows="2" required maxlength="2000"></textarea></label>
  <//>`;
}
