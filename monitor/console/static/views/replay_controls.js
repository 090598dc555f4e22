// The band that says "past", and what moves through it: play, speed, slider, jumps.

import { html, useState } from "../vendor/htm-preact.module.js";
import { state, now } from "../lib/store.js";
import { t, clock, day, weekday, span, moment, zone } from "../lib/texts.js";
import { fromField, toField } from "../lib/localtime.js";
import { hidden } from "../lib/order.js";
import { SPEEDS, past, play, seek, setSpeed } from "../lib/past.js";
import { get } from "../lib/api.js";
import { Glyph, Sign, useFetched } from "../lib/parts.js";

const WINDOWS = { "1h": 3600000, "8h": 28800000, "24h": 86400000, "7d": 604800000 };
const JUMPS = [-600000, -60000, 60000, 600000];
const BEFORE = 10000; // ms before an alarm to which a jump goes

export function Band() {
  const waiting = [...state.alarms.values()].filter((a) => !a.acknowledged && !hidden(a)).length;
  return html`<header class="pastband" role="status">
    <b class="word">${t("replay.past")}</b>
    <time class="then" dateTime=${new Date(past.at).toISOString()}>${clock(past.at)}<small>${day(past.at)} ${weekday(past.at)} · ${zone}</small></time>
    <span class="ago">${t("time.ago", { age: span(now() - past.at) })}${past.playing ? ` · ${past.speed}×` : ""}${past.busy ? ` · ${t("frame.loading")}` : ""}</span>
    <a class="button" href="/">${waiting ? t("replay.present.alarms", { n: waiting }) : t("replay.present")}</a>
  </header>`;
}

export function Controls() {
  const [width, setWidth] = useState("8h");
  const [held, setHeld] = useState(null); // where the thumb is while it is being dragged
  const { from, to } = held || windowOf(past.at, WINDOWS[width]);
  const raised = useRaised(from, to);
  const at = held ? held.at : past.at;
  const go = (ms) => {
    setHeld(null);
    seek(ms);
  };
  return html`<section class="controls" aria-label=${t("replay.controls")}>
    <div class="buttons">
      <button class="primary play" onClick=${() => play(!past.playing)} aria-pressed=${past.playing}>${past.playing ? t("replay.pause") : t("replay.play")}</button>
      <span class="speeds" role="group" aria-label=${t("replay.speed")}>${SPEEDS.map((s) => html`<button class=${s === past.speed ? "here" : ""} aria-pressed=${s === past.speed} onClick=${() => setSpeed(s)}>${s}×</button>`)}</span>
      <span class="jumps">${JUMPS.map((ms) => html`<button onClick=${() => go(past.at + ms)}>${ms < 0 ? "−" : "+"}${span(Math.abs(ms))}</button>`)}</span>
      <label class="moment"><span>${t("replay.at")}</span><input type="datetime-local" step="1" value=${toField(past.at).slice(0, 19)} max=${toField(now())} onChange=${(e) => fromField(e.target.value) !== null && go(fromField(e.target.value))} /></label>
    </div>
    <div class="track">
      <${Marks} raised=${raised} from=${from} to=${to} />
      <input type="range" min=${from} max=${to} step="1000" value=${at} aria-label=${t("replay.at")} aria-valuetext=${moment(at, now(), true)}
        onInput=${(e) => setHeld({ from, to, at: Number(e.target.value) })} onChange=${(e) => go(Number(e.target.value))} />
      <p class="ends"><span>${moment(from, now())}</span>${held ? html`<b>${moment(held.at, now(), true)}</b>` : null}<span>${moment(to, now())}</span></p>
    </div>
    <div class="buttons">
      <span class="speeds" role="group" aria-label=${t("replay.window")}>${Object.keys(WINDOWS).map((w) => html`<button class=${w === width ? "here" : ""} aria-pressed=${w === width} onClick=${() => setWidth(w)}>${t(`trend.${w}`)}</button>`)}</span>
      <${Jump} raised=${raised} go=${go} />
    </div>
  </section>`;
}

// The span that the slider shows stays while the moment moves within it.
function windowOf(at, width) {
  const latest = now() - 1000;
  const from = Math.floor(at / width) * width;
  return { from, to: Math.max(Math.min(from + width, latest), from + 1000) };
}

// Alarms raised in the span of the slider, oldest first.
function useRaised(from, to) {
  const answer = useFetched(
    () => get("/api/v1/events", { from: new Date(from).toISOString(), to: new Date(to).toISOString(), limit: 1000 }),
    [from, Math.floor(to / 60000), document.documentElement.lang],
  );
  const items = (answer.data && answer.data.items) || [];
  return items.filter((e) => ["raised", "tripped"].includes(e.cause)).reverse();
}

function Marks({ raised, from, to }) {
  const place = (at) => `${((Date.parse(at) - from) / (to - from)) * 100}%`;
  return html`<div class="marks" aria-hidden="true">${raised.map((e) => html`<i key=${e.sequence} class=${e.priority} style=${{ left: place(e.at) }}></i>`)}</div>`;
}

function Jump({ raised, go }) {
  const [open, setOpen] = useState(false);
  const before = raised.filter((e) => Date.parse(e.at) - BEFORE < past.at - 1000);
  const after = raised.filter((e) => Date.parse(e.at) - BEFORE > past.at + 1000);
  const to = (e) => go(Date.parse(e.at) - BEFORE);
  return html`<span class="jump">
    <button disabled=${!before.length} onClick=${() => to(before.at(-1))}><${Glyph} name="back" size=${18} />${t("replay.alarm.before")}</button>
    <button disabled=${!after.length} onClick=${() => to(after[0])}>${t("replay.alarm.after")}<${Glyph} name="arrow" size=${18} /></button>
    <button aria-expanded=${open} disabled=${!raised.length} onClick=${() => setOpen(!open)}>${t("replay.alarm.list", { n: raised.length })}</button>
    ${open ? html`<ol class="jumplist">${raised.map((e) => html`<li key=${e.sequence}><button class="plain" onClick=${() => (setOpen(false), to(e))}><${Sign} priority=${e.priority} size=${22} /><time>${moment(e.at, now(), true)}</time><span>${e.message || e.alarm}</span></button></li>`)}</ol>` : null}
  </span>`;
}
