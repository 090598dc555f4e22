// Out of service and commissioning: why nobody is told of an equipment just now, and until when.

import { html } from "../vendor/htm-preact.module.js";
import { state, now, toast, update } from "../lib/store.js";
import { t, moment } from "../lib/texts.js";
import { post } from "../lib/api.js";
import { Dialog, Glyph, may } from "../lib/parts.js";

const HOURS = [1, 2, 4, 8, 24, 72, 168, 720];

async function change(e, body, done) {
  try {
    await post(`/api/v1/equipment/${encodeURIComponent(e.id)}/service`, body);
    update({ dialog: null });
    done();
  } catch (problem) {
    toast(problem.words || String(problem), "bad");
  }
}

// A line across the page while it lasts, and the button that begins it.
export function ServiceLine({ e, done }) {
  const s = e.service;
  if (!s) return may("engineer") ? html`<button class="plain serve" onClick=${() => update({ dialog: { kind: "service", equipment: e, done } })}><${Glyph} name="tool" />${t("service.begin")}</button>` : null;
  return html`<div class=${`servicebar ${s.mode}`} role="status"><${Glyph} name="tool" size=${26} /><b>${t(`service.${s.mode}`)}</b>
    <span>${t("service.until", { time: moment(s.until, now()) })} · ${s.actor_name || s.actor} · ${s.reason}</span>
    ${may("engineer") ? html`<button onClick=${() => change(e, { mode: "in_service" }, done)}>${t("service.end")}</button>` : null}</div>`;
}

export const ServiceMark = ({ e }) => (e.service ? html`<p class="served"><${Glyph} name="tool" size=${15} />${t(`service.${e.service.mode}`)} · ${t("service.until", { time: moment(e.service.until, now()) })}</p>` : null);

export function ServiceDialog({ dialog, close }) {
  const { equipment: e, done } = dialog;
  const send = (f) => change(e, { mode: f.get("mode"), until: new Date(Date.now() + state.offset + Number(f.get("hours")) * 3600000).toISOString(), reason: f.get("reason").trim() }, done);
  return html`<${Dialog} title=${t("service.title", { name: e.name })} onClose=${close} onSubmit=${send}>
    <p class="muted">${t("service.how")}</p>
    <label>${t("service.mode")}<select name="mode">${["out_of_service", "commissioning"].map((m) => html`<option value=${m}>${t(`service.${m}`)}</option>`)}</select></label>
    <label>${t("dialog.shelve.until")}<select name="hours">${HOURS.map((h) => html`<option value=${h} selected=${h === 8}>${h < 72 ? t("dialog.hours", { n: h }) : t("service.days", { n: h / 24 })}</option>`)}</select></label>
    <label>${t("dialog.reason")}<textarea name="reason" rows="2" required maxlength="2000"></textarea></label>
  <//>`;
}
