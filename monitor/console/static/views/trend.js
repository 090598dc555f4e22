// Trends on uPlot: band from min to max, mean line, last week's line behind it, gaps as gaps, 24 h time of the site.

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.module.js";
import uPlot from "../vendor/uPlot.esm.js";
import { state, now } from "../lib/store.js";
import { t, zone, hourMinute, monthDay, clock, number } from "../lib/texts.js";
import { get } from "../lib/api.js";
import { fromField, toField } from "../lib/localtime.js";
import { Glyph } from "../lib/parts.js";
import { ExportPanel } from "./export.js";
import { Periods } from "./periods.js";

const SPANS = { "10m": 600, "1h": 3600, "8h": 28800, "24h": 86400, "7d": 604800, "30d": 2592000 };
const WEEK = 604800000;
const BUCKETS = 360;
const COLOURS = ["--trend-1", "--trend-2", "--trend-3", "--trend-4"];

export function Trend({ points }) {
  const [span, setSpan] = useState("1h");
  const [own, setOwn] = useState(null);
  const [week, setWeek] = useState(false);
  const [taking, setTaking] = useState(false);
  const [data, setData] = useState({});
  const drawable = points.filter((p) => p.kind !== "text");
  const ids = drawable.map((p) => p.id).join();
  // Long spans need no fresh look every few seconds, and a span of the past none at all.
  const turn = own ? `${own.from}-${own.to}` : Math.floor(now() / (SPANS[span] > 8 * 3600 ? 60000 : 10000));
  const range = () => own || { from: now() - SPANS[span] * 1000, to: now() };
  useEffect(() => {
    let mine = true;
    const { from, to } = range();
    const ask = (p, shift) => get("/api/v1/history", { point: p.id, from: new Date(from - shift).toISOString(), to: new Date(to - shift).toISOString(), buckets: BUCKETS });
    const byPoint = (all) => Object.fromEntries(all.map((h) => [h.point, h]));
    Promise.all([Promise.all(drawable.map((p) => ask(p, 0))), Promise.all(week ? drawable.map((p) => ask(p, WEEK)) : [])]).then(
      ([all, before]) => mine && setData({ from, to, all: byPoint(all), before: byPoint(before) }),
      () => {},
    );
    return () => (mine = false);
  }, [ids, span, turn, week]);
  const choose = (s) => (setOwn(null), setSpan(s));
  return html`<div class="trend">
    <div class="trendbar">
      <div class="spans" role="group">${Object.keys(SPANS).map((s) => html`<button class=${!own && s === span ? "here" : ""} aria-pressed=${!own && s === span} onClick=${() => choose(s)}>${t(`trend.${s}`)}</button>`)}
        <button class=${own ? "here" : ""} aria-pressed=${Boolean(own)} onClick=${() => setOwn(own ? null : range())}>${t("trend.custom")}</button></div>
      <div class="spans"><button class=${week ? "here" : ""} aria-pressed=${week} onClick=${() => setWeek(!week)}>${t("trend.compare")}</button>
        <button class=${taking ? "here" : ""} aria-expanded=${taking} onClick=${() => setTaking(!taking)}><${Glyph} name="down" size=${18} /> ${t("export.title")}</button></div>
    </div>
    ${own ? html`<${Between} own=${own} set=${setOwn} />` : null}
    ${taking ? html`<${ExportPanel} points=${points} from=${range().from} to=${range().to} />` : null}
    ${drawable.length ? null : html`<p class="muted pad">${t("equipment.choose")}</p>`}
    ${drawable.map((p, i) => html`<figure key=${p.id}>
      <figcaption><i style=${{ background: `var(${COLOURS[i % 4]})` }}></i><b>${p.label}</b> ${p.unit}</figcaption>
      <${Chart} point=${p} history=${data.all && data.all[p.id]} before=${data.before && data.before[p.id]} from=${data.from} to=${data.to} colour=${COLOURS[i % 4]} />
      ${p.kind === "counter" || p.kind === "discrete" ? html`<${Periods} point=${p} from=${data.from} to=${data.to} colour=${COLOURS[i % 4]} />` : null}
    </figure>`)}
  </div>`;
}

// Two times of the site's clock; taken over when they make a span.
function Between({ own, set }) {
  const change = (key) => (event) => {
    const next = { ...own, [key]: fromField(event.target.value) };
    if (next[key] !== null && next.from < next.to) set(next);
  };
  return html`<div class="between">
    <label>${t("export.from")}<input type="datetime-local" step="1" value=${toField(own.from)} max=${toField(own.to)} onChange=${change("from")} /></label>
    <label>${t("export.to")}<input type="datetime-local" step="1" value=${toField(own.to)} max=${toField(now())} onChange=${change("to")} /></label>
  </div>`;
}

export function Chart({ point, history, before, from, to, colour }) {
  const box = useRef(null);
  const lang = document.documentElement.lang;
  const known = (h) => h && h.items.some((b) => b.last !== null || b.mean !== null);
  const some = known(history) || known(before);
  useEffect(() => {
    if (!some) return undefined;
    const chart = new uPlot(options(point, box.current.clientWidth, from, to, colour, before), columns(history, before), box.current);
    const fit = () => chart.setSize({ width: box.current.clientWidth, height: height(point) });
    addEventListener("resize", fit);
    return () => {
      removeEventListener("resize", fit);
      chart.destroy();
    };
  }, [history, before, state.theme, lang]);
  return html`<div class="chart" ref=${box} data-drawn=${some ? "yes" : "no"}>${history && !some ? html`<p class="muted pad">${t("trend.empty")}</p>` : null}</div>`;
}

const height = (point) => (point.kind === "discrete" ? 110 : 230);

// A bucket of which nothing is known is a gap, never a zero and never a bridge. What was mostly not good is a line of
// its own, dotted and grey. Last week lies behind, bucket for bucket.
function columns(history, before) {
  const good = (b) => b.good_share >= 0.5;
  const of = (pick) => history.items.map(pick);
  const middle = (b) => (Date.parse(b.start) + Date.parse(b.end)) / 2000;
  const then = before ? [before.items.map((b) => (good(b) ? b.mean : null))] : [];
  return [of(middle), of((b) => (good(b) ? b.min : null)), of((b) => (good(b) ? b.max : null)), of((b) => (good(b) ? b.mean : null)), of((b) => (good(b) ? null : b.mean)), ...then];
}

function options(point, width, from, to, colour, before) {
  const style = getComputedStyle(document.documentElement);
  const paint = (name) => style.getPropertyValue(name).trim();
  const line = paint(colour);
  const discrete = point.kind === "discrete";
  const axis = { stroke: paint("--muted"), font: "13px system-ui, 'Noto Sans CJK TC'", grid: { stroke: paint("--line"), width: 1 }, ticks: { stroke: paint("--line"), size: 6 } };
  const steps = discrete ? uPlot.paths.stepped({ align: 1 }) : undefined;
  return {
    width,
    height: height(point),
    padding: [10, 22, 0, 0],
    tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), zone),
    scales: { x: { range: [from / 1000, to / 1000] }, y: discrete ? { range: [-0.1, 1.1] } : { range: (u, low, high) => padded(low, high) } },
    legend: { live: true },
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    axes: [
      { ...axis, values: (u, splits) => splits.map((s, i) => tick(s * 1000, i ? splits[i - 1] * 1000 : null)), space: 70 },
      { ...axis, size: 62, values: (u, splits) => splits.map((s) => (discrete ? (s === 0 ? t("value.false") : s === 1 ? t("value.true") : "") : number(s))), ...(discrete ? { splits: () => [0, 1] } : {}) },
    ],
    series: [
      { value: (u, v) => (v === null || v === undefined ? "" : `${monthDay(v * 1000)} ${clock(v * 1000)}`), label: t("equipment.time") },
      { label: t("trend.min"), stroke: "transparent", width: 0, points: { show: false }, value: (u, v) => say(v, point) },
      { label: t("trend.max"), stroke: "transparent", width: 0, points: { show: false }, value: (u, v) => say(v, point) },
      { label: t("trend.mean"), stroke: line, width: 2, paths: steps, points: { show: (u, s) => alone(u.data[3]), size: 5, fill: line }, value: (u, v) => say(v, point) },
      { label: t("trend.doubtful"), stroke: paint("--muted"), width: 2, dash: [3, 5], paths: steps, points: { show: false }, value: (u, v) => say(v, point) },
      ...(before ? [{ label: t("trend.lastWeek"), stroke: paint("--soft"), width: 1.5, dash: [8, 5], paths: steps, points: { show: false }, value: (u, v) => say(v, point) }] : []),
    ],
    bands: discrete ? [] : [{ series: [2, 1], fill: `${line}38` }],
  };
}

const say = (v, point) => (v === null || v === undefined ? "—" : point.unit ? `${number(v)} ${point.unit}` : number(v));

// Few samples between gaps would draw no line at all: show dots then.
const alone = (values) => values.filter((v) => v !== null).length < 40;

function padded(low, high) {
  if (low === null || high === null) return [0, 1];
  const pad = (high - low || Math.abs(high) * 0.1 || 1) * 0.12;
  return [low - pad, high + pad];
}

function tick(at, before) {
  const time = hourMinute(at);
  const first = before === null || monthDay(at) !== monthDay(before);
  return first ? `${time}\n${monthDay(at)}` : time;
}
