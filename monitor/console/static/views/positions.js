// Who else sits before a console, and whether its horn can sound.

import { html, useState } from "../vendor/htm-preact.module.js";
import { state, now, me } from "../lib/store.js";
import { t, moment } from "../lib/texts.js";
import { test } from "../lib/horn.js";
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
          <button data-sound onClick=${test}><${Glyph} name="sound" />${t("positions.test")}</button>
          <p class="muted">${t("positions.test.how")}</p>
        </div>`
      : null}
  </span>`;
}

function Position({ p }) {
  return html`<li class=${p.sound}>
    <${Glyph} name=${p.sound === "on" ? "sound" : "mute"} />
    <span><b>${p.name}</b>${p.id === me ? html` <em>${t("positions.here")}</em>` : null}<small>${t(`sound.${p.sound}`)} · ${p.counts ? t("positions.since", { time: moment(p.since, now()) }) : t("positions.viewer")}</small></span>
  </li>`;
}
