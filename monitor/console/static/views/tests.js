// Sensors that must be made to speak from time to time, and the note that somebody did.

import { html } from "../vendor/htm-preact.module.js";
import { update } from "../lib/store.js";
import { t, day } from "../lib/texts.js";
import { tested } from "../lib/commands.js";
import { Dialog, Glyph, may } from "../lib/parts.js";

export function TestButton({ alarm, name, done, primary = false }) {
  if (!may("operator")) return null;
  return html`<button class=${primary ? "primary" : ""} onClick=${() => update({ dialog: { kind: "tested", alarm, name, done } })}><${Glyph} name="check" size=${18} />${t("tests.button")}</button>`;
}

// On the equipment's page: each with its last proof and when the next is due.
export function SensorTests({ e, done }) {
  if (!e.tests.length) return null;
  return html`<section class="panel tests"><h2>${t("tests.title")}</h2><ul>${e.tests.map((s) => html`<li key=${s.alarm} class=${s.overdue ? "overdue" : ""}>
    <span><b>${s.label}</b><small>${t("tests.last", { time: s.proven_at ? day(Date.parse(s.proven_at)) : "—" })} · ${t(s.overdue ? "tests.overdue" : "tests.due", { time: s.due ? day(Date.parse(s.due)) : "—" })}</small></span>
    <${TestButton} alarm=${s.alarm} name=${`${e.name} ${s.label}`} done=${done} primary=${s.overdue} /></li>`)}</ul></section>`;
}

export function TestedDialog({ dialog, close }) {
  return html`<${Dialog} title=${t("tests.dialog")} submit=${t("tests.note")} onClose=${close} onSubmit=${(f) => tested(dialog.alarm, f.get("note").trim(), dialog.done)}>
    <p>${dialog.name}</p><p class="muted">${t("tests.how")}</p>
    <label>${t("dialog.note")}<textarea name="note" rows="2" required maxlength="2000"></textarea></label>
  <//>`;
}
