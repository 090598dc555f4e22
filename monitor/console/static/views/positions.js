// Who else sits before a console, and whether its horn can sound.

import { html, useState } from "../vendor/htm-preact.module.js";
import { state, now, me } from "../lib/store.js";
import { t, moment } from "../lib/texts.js";
import { test } from "../lib/horn.js";
import { position, stand } from "../lib/presence.js";
import { Glyph } from "../lib/parts.js";

export function Positions() {
  const [open, setOpen] = useState(false);
  const all = [...state.positions.values()].sort((a, b) => b.counts - a.counts || Date.parse(a.since) - Date.parse(b.since));
  const heard = all.filter((p) => p.counts && p.sound === "on").length;
  const label = t("positions.heard", { n: heard });
  return html`<span class="menu seats">
    <button class=${`icon ${heard ? "" : "unheard"}`} aria-expanded=${open} title=${label} aria-label=${label} onClick=${() => setOpen(!open)}><${Glyph} name="people" size=${22} /><b>${heard}</b></button>
    ${open
      ? html`<div class="sheet positions">
          <h3>${label}</h3>
          <ul>${all.map((p) => html`<${Position} key=${p.id} p=${p} />`)}</ul>
          <${Desk} />
          <button data-sound onClick=${test}><${Glyph} name="sound" />${t("positions.test")}</button>
          <p class="muted">${t("positions.test.how")}</p>
        </div>`
      : null}
  </span>`;
}

const desk = (id) => state.session.site.positions.find((one) => one.id === id);

// Only where the configuration has operator positions.
function Desk() {
  const all = state.session.site.positions;
  if (!all.length) return null;
  return html`<label>${t("positions.desk")}<select onChange=${(e) => stand(e.target.value)}>
    <option value="" selected=${!position()}>${t("positions.desk.none")}</option>
    ${all.map((one) => html`<option key=${one.id} value=${one.id} selected=${one.id === position()}>${one.name}</option>`)}
  </select></label>`;
}

function Position({ p }) {
  return html`<li class=${p.sound}>
    <${Glyph} name=${p.sound === "on" ? "sound" : "mute"} />
    <span><b>${p.name}</b>${p.id === me ? html` <em>${t("positions.here")}</em>` : null}${desk(p.position) ? html`<small>${desk(p.position).name}</small>` : null}<small>${t(`sound.${p.sound}`)} · ${p.counts ? t("positions.since", { time: moment(p.since, now()) }) : t("positions.viewer")}</small></span>
  </li>`;
}
