// The site as it was. It shows what the live pages show and must never be taken for them: a band across the page, the time of
// then in large figures, nothing to acknowledge, no horn of its own.

import { html, useEffect } from "../vendor/htm-preact.module.js";
import { state, now, touch } from "../lib/store.js";
import { t, clock, moment, word } from "../lib/texts.js";
import { asked, leave, note, past, pastAlarms, seek, tick } from "../lib/past.js";
import { get } from "../lib/api.js";
import { Glyph, Then, useFetched } from "../lib/parts.js";
import { Row } from "./alarms.js";
import { Detail } from "./alarm_detail.js";
import { Tile } from "./equipment.js";
import { Lanes } from "./lanes.js";
import { Band, Controls } from "./replay_controls.js";

const BEGIN = 10 * 60000;
const TICK = 100;

export function Replay() {
  useEffect(() => {
    const at = asked();
    if (at !== null || past.at === null) seek(at ?? now() - BEGIN);
    const beat = setInterval(tick, TICK);
    const address = setInterval(note, 2000);
    return () => {
      clearInterval(beat);
      clearInterval(address);
      leave();
    };
  }, []);
  // A changed language changes the words that the server wrote.
  const lang = document.documentElement.lang;
  useEffect(() => {
    if (past.at !== null && !past.busy) seek(past.at);
  }, [lang]);
  const equipment = new URLSearchParams(location.search).get("equipment");
  if (past.at === null) return html`<p class="muted pad">${t("frame.loading")}</p>`;
  return html`<${Then.Provider} value=${past.at}>
    <div class=${`replay ${past.busy ? "busy" : ""}`}>
      <${Band} />
      <${Controls} />
      ${past.problem ? html`<p class="problem">${past.problem}</p>` : null}
      ${past.trouble ? html`<p class="problem">${t("replay.trouble")} ${past.trouble}</p>` : null}
      ${equipment ? html`<${Lanes} key=${equipment} id=${equipment} />` : null}
      <${AlarmsThen} />
      <${EquipmentThen} />
      <div class="columns"><${Happened} /><${Duty} /></div>
    </div>
  <//>`;
}

function AlarmsThen() {
  const list = pastAlarms();
  const chosen = list.find((a) => a.id === past.selected) || null;
  const choose = (a) => {
    past.selected = past.selected === a.id ? null : a.id;
    touch();
  };
  return html`<section class="panel">
    <h2>${t("replay.alarms")} <small>${list.length}</small></h2>
    ${list.length
      ? html`<ol class="rows">${list.map((a) => html`<${Row} key=${a.id} a=${a} chosen=${a === chosen} onChoose=${() => choose(a)} />`)}</ol>`
      : past.busy || past.problem ? null : html`<p class="muted">${t("replay.noAlarms")}</p>`}
    ${chosen ? html`<${Detail} key=${chosen.id} a=${chosen} past=${past.at} />` : null}
  </section>`;
}

function EquipmentThen() {
  const answer = useFetched(() => get("/api/v1/equipment", { limit: 1000 }), [document.documentElement.lang]);
  const points = new Map();
  for (const p of past.points.values()) {
    if (!points.has(p.equipment)) points.set(p.equipment, []);
    points.get(p.equipment).push(p);
  }
  const alarms = pastAlarms().filter((a) => !["SHELVED", "SUPPRESSED", "OUT_OF_SERVICE"].includes(a.state));
  if (!answer.data || past.problem) return null;
  return html`<section class="panel">
    <h2>${t("nav.equipment")}</h2>
    <div class="tiles">${answer.data.items.map((e) => html`<${Tile} key=${e.id} e=${{ ...e, service: null }} points=${points.get(e.id) || []} alarms=${alarms.filter((a) => a.equipment === e.id)} href=${`/replay?equipment=${encodeURIComponent(e.id)}&at=${new Date(past.at).toISOString()}`} />`)}</div>
  </section>`;
}

const SAID = {
  alarm: (s) => html`<b>${word("cause", s.event.cause)}</b> ${s.alarm.message}${s.event.actor_name ? ` · ${s.event.actor_name}` : ""}`,
  message: (s) => html`<b>${t(`delivery.${s.message.state}`)}</b> ${s.message.name || word("duty", s.message.role)} ${s.message.text}`,
  inbound: (s) => html`<b>${t("replay.reply")}</b> ${s.inbound.name || s.inbound.address} ${s.inbound.text}`,
  scan: (s) => html`<b>${t("replay.scan")}</b> ${s.scan.checkpoint} · ${s.scan.actor_name || ""} ${s.scan.remarks.join(", ")}`,
  round: (s) => html`<b>${t(`outcome.${s.round.outcome}`)}</b> ${s.round.name}`,
  order: (s) => html`<b>${t(`orders.state.${s.order.state}`)}</b> ${s.order.title}`,
  handover: (s) => html`<b>${t("nav.handover")}</b> ${s.handover.actor_name || s.handover.actor}: ${s.handover.text}`,
  log: (s) => html`<b>${t("log.title")}</b> ${s.log.actor_name || s.log.actor}: ${s.log.text}`,
};

// What happened while the past was played, newest first.
function Happened() {
  return html`<section class="panel">
    <h2>${t("replay.happened")}</h2>
    ${past.lines.length ? html`<ol class="happened">${past.lines.map((s) => html`<li key=${`${s.topic}${s.id}${s.at}`}><time>${clock(s.at)}</time><span>${SAID[s.topic](s)}</span></li>`)}</ol>` : html`<p class="muted">${t("replay.nothingYet")}</p>`}
  </section>`;
}

function Duty() {
  return html`<section class="panel">
    <h2>${t("replay.duty")}</h2>
    <dl class="ledger">${past.duty.map((d) => html`<div key=${d.role}><dt>${word("duty", d.role)}</dt><dd>${d.names.join(", ") || "—"}</dd></div>`)}</dl>
    <h2>${t("nav.rounds")}</h2>
    ${[...past.rounds.values()].map((r) => html`<p key=${r.id}>${r.name} <small>${moment(r.start, past.at)} – ${moment(r.end, past.at)} · ${r.checkpoints.filter((c) => c.done_at).length}/${r.checkpoints.length}</small></p>`)}
    ${past.rounds.size ? null : html`<p class="muted">${t("replay.noRounds")}</p>`}
    <h2>${t("nav.orders")}</h2>
    ${[...past.orders.values()].map((o) => html`<p key=${o.id}><${Glyph} name="tool" size=${16} /> ${o.title} <small>${t(`orders.state.${o.state}`)}${o.overdue ? ` · ${t("orders.overdue")}` : ""}</small></p>`)}
    ${past.orders.size ? null : html`<p class="muted">${t("replay.noOrders")}</p>`}
  </section>`;
}
