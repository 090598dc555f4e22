// What a counter counted and how long a signal was on, by the hour, the day or the month of the site's clock.

import { html } from "../vendor/htm-preact.module.js";
import { now } from "../lib/store.js";
import { t, hourMinute, monthDay, number, percent } from "../lib/texts.js";
import { get } from "../lib/api.js";
import { fromField, toField } from "../lib/localtime.js";
import { useFetched } from "../lib/parts.js";

const HOUR = 3600000;
const DAY = 24 * HOUR;

export function Periods({ point, from, to, colour }) {
  const counter = point.kind === "counter";
  const span = to - from;
  const step = span <= 2 * DAY ? "hour" : span <= 62 * DAY ? "day" : "month";
  // A short trend still has the day around it: an hour's usage says little.
  const since = to ? new Date(begin(Math.min(from, to - DAY), step)).toISOString() : null;
  const key = to ? Math.floor(to / 60000) : 0;
  const answer = useFetched(
    () => (since ? get(`/api/v1/history/${counter ? "usage" : "activity"}`, { point: point.id, from: since, to: new Date(to).toISOString(), step }) : Promise.resolve(null)),
    [point.id, key, step, from && Math.floor(from / 60000)],
  );
  if (!answer.data) return null;
  const items = answer.data.items;
  const bars = items.map((one) => (counter ? usageBar(one, point, step) : activityBar(one, step)));
  if (!bars.some((bar) => bar.value !== null)) return null;
  return html`<div class="periods">
    <p><b>${counter ? t(`usage.${step}`) : t(`activity.${step}`)}</b> ${counter ? usageTotal(items, point) : activityTotal(items)}</p>
    <${Bars} bars=${bars} colour=${colour} />
  </div>`;
}

// The hour, day or month of the site's clock in which a moment lies begins here, so that the first bar is whole.
const begin = (ms, step) => fromField(step === "hour" ? `${toField(ms).slice(0, 13)}:00:00` : step === "day" ? `${toField(ms).slice(0, 10)}T00:00:00` : `${toField(ms).slice(0, 7)}-01T00:00:00`);

function Bars({ bars, colour }) {
  const most = Math.max(...bars.map((bar) => bar.value || 0)) || 1;
  const every = Math.ceil(bars.length / 6);
  return html`<ol class="bars">${bars.map((bar, i) => html`<li key=${bar.label} title=${bar.title} class=${`${bar.value === null ? "none" : ""} ${bar.doubtful ? "doubtful" : ""}`}>
    <span><i style=${{ height: `${((bar.value || 0) / most) * 100}%`, background: `var(${colour})` }}></i></span><small>${i % every === 0 && i + every / 2 < bars.length ? bar.label : ""}</small></li>`)}</ol>`;
}

const label = (at, step) => (step === "hour" ? hourMinute(at) : step === "day" ? monthDay(at) : monthDay(at).slice(0, 2));
const whole = (one, step) => `${monthDay(one.start)}${step === "hour" ? ` ${hourMinute(one.start)}–${hourMinute(one.end)}` : ""}`;

function usageBar(one, point, step) {
  const amount = one.amount === null ? "—" : `${number(one.amount)} ${point.unit}`;
  const breaks = one.breaks.map((b) => t(`usage.break.${b.kind}`)).join(", ");
  return { label: label(one.start, step), value: one.amount, doubtful: !one.exact, title: `${whole(one, step)}: ${amount}${breaks ? ` (${breaks})` : ""}` };
}

function activityBar(one, step) {
  const value = one.known_hours > 0 ? one.hours : null;
  // Less than nine tenths of a period that is over is known: the bar may be too short.
  const over = Math.min(Date.parse(one.end), now()) - Date.parse(one.start);
  const title = `${whole(one, step)}: ${t("activity.one", { hours: number(one.hours), known: number(one.known_hours), starts: one.starts })}`;
  return { label: label(one.start, step), value, doubtful: one.known_hours * HOUR < 0.9 * over, title };
}

function usageTotal(items, point) {
  const known = items.filter((one) => one.amount !== null);
  const total = `${number(known.reduce((sum, one) => sum + one.amount, 0))} ${point.unit}`;
  const unsure = items.filter((one) => !one.exact).length;
  return html`<span>${t("usage.total", { total })}</span> ${unsure ? html`<small class="muted">${t("usage.unsure", { n: unsure })}</small>` : null}`;
}

function activityTotal(items) {
  const sum = (key) => items.reduce((all, one) => all + one[key], 0);
  const known = sum("known_hours");
  return html`<span>${t("activity.total", { hours: number(sum("hours")), known: number(known), starts: sum("starts"), duty: known ? percent(sum("hours") / known) : "—" })}</span>`;
}
