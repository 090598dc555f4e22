// Work orders with their clocks.

import { html, useState } from "../vendor/htm-preact.module.js";
import { state, now, toast } from "../lib/store.js";
import { t, moment, countdown } from "../lib/texts.js";
import { get, post } from "../lib/api.js";
import { Dialog, Waiting, may, useFetched } from "../lib/parts.js";

const NEXT = { open: ["on_site", "repaired", "cancelled"], on_site: ["repaired", "cancelled"], repaired: ["verified", "on_site"], verified: [], cancelled: [] };

export function Orders() {
  const [all, setAll] = useState(false);
  const [dialog, setDialog] = useState(null);
  const [turn, setTurn] = useState(0);
  const answer = useFetched(() => get("/api/v1/orders", { open_only: !all }), [all, turn, state.changed.order, document.documentElement.lang]);
  const attempt = async (action) => {
    try {
      await action();
      setDialog(null);
      setTurn(turn + 1);
    } catch (problem) {
      toast(problem.words || String(problem), "bad");
    }
  };
  return html`<div class="page orders">
    <header class="pagehead headrow"><h1>${t("nav.orders")}</h1>
      <span class="spans"><button class=${all ? "" : "here"} onClick=${() => setAll(false)}>${t("orders.open")}</button><button class=${all ? "here" : ""} onClick=${() => setAll(true)}>${t("orders.all")}</button></span>
      ${may("operator") ? html`<button class="primary" onClick=${() => setDialog({ kind: "new" })}>${t("orders.new")}</button>` : null}</header>
    <${Waiting} answer=${answer} />
    ${answer.data && !answer.data.items.length ? html`<p class="muted">${t("orders.none")}</p>` : null}
    <div class="cards">${((answer.data && answer.data.items) || []).map((o) => html`<${Order} key=${o.id} o=${o} move=${(to) => setDialog({ kind: "move", o, to })} />`)}</div>
    ${dialog && dialog.kind === "new" ? html`<${New} close=${() => setDialog(null)} send=${(body) => attempt(() => post("/api/v1/orders", body))} />` : null}
    ${dialog && dialog.kind === "move"
      ? html`<${Dialog} title=${`${t(`orders.state.${dialog.to}`)}：${dialog.o.title}`} onClose=${() => setDialog(null)} onSubmit=${(f) => attempt(() => post(`/api/v1/orders/${dialog.o.id}/move`, { state: dialog.to, note: f.get("note") }))}>
          <label>${t("dialog.note")}<textarea name="note" rows="3" maxlength="2000" required=${dialog.to === "cancelled"}></textarea></label><//>`
      : null}
  </div>`;
}

function Order({ o, move }) {
  const left = Date.parse(o.due) - now();
  return html`<section class=${`order ${o.state} ${o.overdue ? "late" : ""}`}>
    <header><h2>${o.title}</h2><span class="state">${t(`orders.state.${o.state}`)}</span></header>
    <p>${o.equipment_name || t("orders.general")} · ${t("orders.by", { name: o.created_by_name, time: moment(o.created_at, now()) })}</p>
    ${o.state === "open" ? html`<p class=${o.overdue ? "bad" : ""}>${t("orders.due", { time: moment(o.due, now()) })} · ${o.overdue ? `${t("orders.overdue")} ${countdown(left)}` : countdown(left)}</p>` : null}
    ${o.note ? html`<p class="note">${o.note}</p>` : null}
    ${may("operator") ? html`<p class="actions">${NEXT[o.state].map((to) => html`<button key=${to} onClick=${() => move(to)}>${t(`orders.state.${to}`)}</button>`)}</p>` : null}
  </section>`;
}

function New({ close, send }) {
  const equipment = useFetched(() => get("/api/v1/equipment"), []);
  return html`<${Dialog} title=${t("orders.new")} onClose=${close} onSubmit=${(f) => send({ title: f.get("title"), equipment: f.get("equipment") })}>
    <label>${t("orders.title")}<input name="title" required maxlength="200" /></label>
    <label>${t("orders.equipment")}<select name="equipment"><option value="">${t("orders.general")}</option>${((equipment.data && equipment.data.items) || []).map((e) => html`<option key=${e.id} value=${e.id}>${e.name}</option>`)}</select></label>
  <//>`;
}
