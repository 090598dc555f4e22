// What surrounds every page: where, when, whether it is live, who.

import { html, useState } from "../vendor/htm-preact.module.js";
import { state, update, now } from "../lib/store.js";
import { t, clock, day, weekday, span, language, LANGUAGES } from "../lib/texts.js";
import { horn, enable, toggle, silence } from "../lib/horn.js";
import { hidden } from "../lib/order.js";
import { Glyph, Sign } from "../lib/parts.js";
import { Positions } from "./positions.js";
import { choose, signOut, setTheme } from "../lib/person.js";

const NAV = [
  ["/", "alarms", "bell"],
  ["/equipment", "equipment", "plant"],
  ["/rounds", "rounds", "walk"],
  ["/messages", "messages", "chat"],
  ["/orders", "orders", "tool"],
  ["/handover", "handover", "people"],
  ["/scorecard", "scorecard", "chart"],
  ["/replay", "replay", "clock"],
];

const here = (path) =>
  path === "/" ? state.path === "/" : state.path.startsWith(path) || (path === "/rounds" && state.path.startsWith("/checkpoints")) || (path === "/equipment" && state.path === "/connections");

export function Frame({ children }) {
  const lost = state.link.state !== "live";
  return html`<div class=${`frame ${state.link.state === "lost" ? "stale" : ""}`}>
    <${Top} />
    <${Lost} />
    <${Mute} />
    <main class=${lost ? "old" : ""}>${children}</main>
    <${Bottom} />
  </div>`;
}

function Top() {
  return html`<header class="top">
    <a class="brand" href="/" aria-label=${t("app.name")}>
      <svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true"><circle cx="16" cy="16" r="12" /><path d="M16 16V8M16 16l6 3.5" /></svg>
      <span><b>${state.session.site.name}</b><small>${t("app.name")}</small></span>
    </a>
    <nav class="tabs">${NAV.map(([path, name]) => html`<a href=${path} class=${here(path) ? "here" : ""} aria-current=${here(path) ? "page" : undefined}>${t(`nav.${name}`)}<${Badge} name=${name} /></a>`)}</nav>
    <div class="status">
      <${Line} />
      <time class="clock" title=${t("frame.siteTime")}>${clock(now())}<small>${day(now())} ${weekday(now())}</small></time>
      <${Horn} />
      <${Positions} />
      <${Menu} />
    </div>
  </header>`;
}

function Badge({ name }) {
  if (name !== "alarms") return null;
  const waiting = [...state.alarms.values()].filter((a) => !a.acknowledged && !hidden(a)).length;
  return waiting ? html` <i class="badge">${waiting}</i>` : null;
}

function Line() {
  const { link } = state;
  const name = link.state === "live" ? "live" : link.state === "lost" ? "lost" : "connecting";
  return html`<span class=${`line ${name}`} role="status"><i></i>${t(`frame.${name}`)}</span>`;
}

function Lost() {
  const { link } = state;
  if (link.state === "live") return null;
  if (link.state === "never") return html`<div class="lostbar waiting" role="status">${t("frame.lost.never")}</div>`;
  const heard = link.heardAt + state.offset;
  const words = link.heardAt ? t("frame.lost.long", { time: clock(heard) }) : t("frame.lost.never");
  return html`<div class="lostbar" role="alert"><b>${words}</b>${link.heardAt ? html`<span>${span(now() - heard)}</span>` : null}</div>`;
}

function Mute() {
  if (horn.sound !== "blocked") return null;
  return html`<button class="mutebar" data-sound onClick=${enable}><${Glyph} name="mute" size=${34} /><b>${t("frame.mute")}</b><span>${t("frame.mute.press")}</span></button>`;
}

function Horn() {
  const blocked = horn.sound === "blocked";
  const label = blocked ? t("frame.horn.blocked") : horn.on ? t("frame.horn.on") : t("frame.horn.off");
  return html`<span class="horn">
    ${horn.on && horn.ready && horn.calls ? html`<button class="silence" onClick=${silence}>${t("frame.horn.silence")}</button>` : null}
    <button class=${`icon ${blocked ? "blocked" : ""} ${horn.on ? "" : "off"}`} data-sound onClick=${toggle} title=${label} aria-label=${label}>
      <${Glyph} name=${horn.on && !blocked ? "sound" : "mute"} size=${22} /><span>${!horn.on ? label : horn.silent ? t("frame.horn.silenced") : ""}</span>
    </button>
  </span>`;
}

function Menu() {
  const [open, setOpen] = useState(false);
  const { session } = state;
  const other = state.theme === "dark" ? "light" : "dark";
  return html`<span class="menu">
    <${Languages} />
    <button class="icon who" aria-expanded=${open} onClick=${() => setOpen(!open)}><b>${session.name}</b><small>${t(`role.${session.role}`)}</small></button>
    ${open
      ? html`<div class="sheet" onClick=${() => setOpen(false)}>
          <${Languages} />
          <button onClick=${() => setTheme(other)}><${Glyph} name=${other === "light" ? "sun" : "moon"} />${t(`frame.theme.${other}`)}</button>
          <a href="/api/docs"><${Glyph} name="chart" />${t("nav.api")}</a>
          <button onClick=${signOut}><${Glyph} name="out" />${t("frame.signOut")}</button>
        </div>`
      : null}
  </span>`;
}

export function Languages() {
  return html`<span class="languages" role="group" aria-label=${t("frame.language")}>
    ${Object.entries(LANGUAGES).map(([tag, name]) => html`<button lang=${tag} class=${tag === language() ? "here" : ""} aria-pressed=${tag === language()} onClick=${() => choose(tag)}>${name}</button>`)}
  </span>`;
}

// On a phone: the pages within reach of the thumb.
function Bottom() {
  const [open, setOpen] = useState(false);
  const item = ([path, name, glyph]) => html`<a href=${path} class=${here(path) ? "here" : ""} onClick=${() => setOpen(false)}><${Glyph} name=${glyph} size=${24} /><span>${t(`nav.${name}`)}</span><${Badge} name=${name} /></a>`;
  return html`<nav class="bottom">
    ${NAV.slice(0, 4).map(item)}
    <button aria-expanded=${open} class=${NAV.slice(4).some(([path]) => here(path)) ? "here" : ""} onClick=${() => setOpen(!open)}><${Glyph} name="more" size=${24} /><span>${t("frame.more")}</span></button>
    ${open ? html`<div class="sheet">${NAV.slice(4).map(item)}</div>` : null}
  </nav>`;
}

export function Toast() {
  return state.toast ? html`<div class=${`toast ${state.toast.kind}`} role="status">${state.toast.text}</div>` : null;
}

export function counts() {
  const shown = [...state.alarms.values()].filter((a) => !hidden(a));
  return ["critical", "high", "medium", "low"].map((p) => [p, shown.filter((a) => a.priority === p)]);
}

export function Counts() {
  return html`<div class="counts">
    ${counts().map(([priority, list]) => {
      const waiting = list.filter((a) => !a.acknowledged).length;
      return html`<span class=${`count ${priority} ${list.length ? "" : "none"}`}><${Sign} priority=${priority} quiet=${!waiting} size=${26} /><b>${list.length}</b><small>${t(`priority.${priority}`)}</small></span>`;
    })}
  </div>`;
}
