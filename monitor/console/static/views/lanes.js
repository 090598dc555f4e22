// One equipment on one time axis: values, alarms, acknowledgements, messages, inspections, repairs, the duty log.

import { html, useEffect, useState } from "../vendor/htm-preact.module.js";
import { now } from "../lib/store.js";
import { t, word, clock, moment } from "../lib/texts.js";
import { past, seek } from "../lib/past.js";
import { get } from "../lib/api.js";
import { Waiting, useFetched } from "../lib/parts.js";
import { Chart } from "./trend.js";

const WIDTHS = { "1h": 3600000, "8h": 28800000, "24h": 86400000 };
const BUCKETS = 360;
const AT_ONCE = 4;
const COLOURS = ["--trend-1", "--trend-2", "--trend-3", "--trend-4"];
const KINDS = ["actions", "messages", "scans", "orders", "log"];

export function Lanes({ id }) {
  const [width, setWidth] = useState("1h");
  const [ticked, setTicked] = useState(null);
  const [said, setSaid] = useState(null);
  const half = WIDTHS[width] / 2;
  const from = Math.round(past.at / half) * half - half;
  const to = Math.min(from + 2 * half, now());
  const turn = Math.floor(to / 60000); // what ends at the present grows
  const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const lang = document.documentElement.lang;
  const equipment = useFetched(() => get(`/api/v1/equipment/${encodeURIComponent(id)}`), [id, lang]);
  const lanes = useFetched(() => get("/api/v1/replay/lanes", { equipment: id, ...span }), [id, from, turn, lang]);
  const points = [...past.points.values()].filter((p) => p.equipment === id && p.kind !== "text");
  const chosen = ticked || points.filter((p) => p.kind === "analog").slice(0, 1).concat(points.filter((p) => p.kind === "discrete").slice(0, 1)).map((p) => p.id);
  const tick = (p) => setTicked(chosen.includes(p) ? chosen.filter((c) => c !== p) : [...chosen, p].slice(-AT_ONCE));
  const place = (at) => ((Math.min(Math.max(typeof at === "number" ? at : Date.parse(at), from), to) - from) / (to - from)) * 100;
  return html`<section class="panel lanes">
    <header><h2>${equipment.data ? equipment.data.name : id}</h2><a href=${`/equipment/${encodeURIComponent(id)}`}>${t("alarms.equipment")}</a><a href=${`/replay?at=${new Date(past.at).toISOString()}`}>${t("lanes.close")}</a></header>
    <div class="buttons">
      <span class="speeds" role="group" aria-label=${t("replay.window")}>${Object.keys(WIDTHS).map((w) => html`<button class=${w === width ? "here" : ""} aria-pressed=${w === width} onClick=${() => setWidth(w)}>${t(`trend.${w}`)}</button>`)}</span>
      <span class="chips">${points.slice(0, 16).map((p) => html`<button key=${p.id} class=${chosen.includes(p.id) ? "here" : ""} aria-pressed=${chosen.includes(p.id)} onClick=${() => tick(p.id)}>${p.label}</button>`)}</span>
    </div>
    <div class="stack">
      ${points.filter((p) => chosen.includes(p.id)).map((p, i) => html`<${Values} key=${p.id} point=${p} from=${from} to=${to} turn=${turn} colour=${COLOURS[i % 4]} />`)}
      <${Waiting} answer=${lanes} />
      ${lanes.data ? html`<${Bars} bars=${lanes.data.bars} place=${place} say=${setSaid} />${KINDS.map((kind) => html`<${Marks} key=${kind} kind=${kind} marks=${lanes.data.marks.filter((m) => m.lane === kind)} place=${place} say=${setSaid} />`)}` : null}
      <div class="axis"><span>${moment(from, now(), true)}</span><span>${moment(to, now(), true)}</span></div>
      <i class="needle" style=${{ "--share": place(past.at) / 100 }}></i>
    </div>
    ${said ? html`<p class="said"><time>${moment(said.at, now(), true)}</time> <span>${said.text}</span> <button onClick=${() => seek(Date.parse(said.at))}>${t("lanes.go")}</button></p>` : html`<p class="muted">${t("lanes.press")}</p>`}
    ${lanes.data && lanes.data.cut ? html`<p class="problem">${t("lanes.cut")}</p>` : null}
  </section>`;
}

function Values({ point, from, to, turn, colour }) {
  const [history, set] = useState(null);
  useEffect(() => {
    let mine = true;
    const query = { point: point.id, from: new Date(from).toISOString(), to: new Date(to).toISOString(), buckets: BUCKETS };
    get("/api/v1/history", query).then((h) => mine && set({ h, from: new Date(from), to: new Date(to) }), () => {});
    return () => (mine = false);
  }, [point.id, from, turn]);
  return html`<figure><figcaption><i style=${{ background: `var(${colour})` }}></i><b>${point.label}</b> ${point.unit}</figcaption>
    <${Chart} point=${point} history=${history && history.h} from=${history && history.from} to=${history && history.to} colour=${colour} /></figure>`;
}

function Bars({ bars, place, say }) {
  const alarms = [...new Set(bars.map((b) => b.alarm))];
  return alarms.map((id) => {
    const own = bars.filter((b) => b.alarm === id);
    return html`<div key=${id} class="lane"><span>${own[0].title}</span><div class="rail">${own.map((b) => {
      const text = `${b.title} #${b.occurrence} · ${t(`state.${b.state}`)} ${clock(b.start)}–${clock(b.end)}`;
      return html`<button key=${`${b.start}${b.state}`} class=${`bar ${b.priority} ${b.state} ${b.active ? "active" : ""}`} style=${{ left: `${place(b.start)}%`, width: `${Math.max(place(b.end) - place(b.start), 0.3)}%` }} title=${text} aria-label=${text} onClick=${() => say({ at: b.start, text })}></button>`;
    })}</div></div>`;
  });
}

function Marks({ kind, marks, place, say }) {
  if (!marks.length) return null;
  return html`<div class="lane"><span>${t(`lanes.${kind}`)}</span><div class="rail">${marks.map((m) => {
    const what = m.group === "order" ? t(`orders.state.${m.word}`) : m.word && word(m.group, m.word);
    const text = [[what, m.who].filter(Boolean).join(" · "), m.text].filter(Boolean).join(": ");
    return html`<button key=${`${m.at}${m.word}${m.text}`} class=${`mark ${kind}`} style=${{ left: `${place(m.at)}%` }} title=${text} aria-label=${`${clock(m.at)} ${text}`} onClick=${() => say({ at: m.at, text })}></button>`;
  })}</div></div>`;
}
