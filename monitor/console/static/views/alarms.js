// The alarm list: most urgent first, what to do first, who knows, how long is left.

import { html, useEffect } from "../vendor/htm-preact.module.js";
import { state, update, now } from "../lib/store.js";
import { t, clock, span, moment, valueText } from "../lib/texts.js";
import { children, hidden, open, rests, shelf } from "../lib/order.js";
import { acknowledge, acknowledgeMarked, mark, unmark } from "../lib/commands.js";
import { silence } from "../lib/horn.js";
import { get } from "../lib/api.js";
import { Glyph, Sign, Told, may, useFetched, useMoment } from "../lib/parts.js";
import { Counts } from "./frame.js";
import { Respond, State } from "./alarm_signs.js";
import { Detail } from "./alarm_detail.js";

const OVER_SHOWN = 5 * 60000;
const PAGE = 100; // rows drawn at once

export function Alarms() {
  const list = open();
  const kept = shelf();
  const away = rests();
  // At first the most urgent is chosen. Later nothing chooses by itself: what vanished must not hand its key to another.
  if (state.selected === null && list.length) state.selected = list[0].id;
  const over = state.over.filter((a) => now() - a.overAt < OVER_SHOWN);
  const chosen = state.alarms.get(state.selected) || null;
  useKeys();
  return html`<div class=${`alarms ${state.opened && chosen ? "opened" : ""}`}>
    <section class="list" aria-label=${t("nav.alarms")}>
      <div class="listhead"><${Counts} /><span class="keys">${t("alarms.keys")}</span></div>
      <${Marked} list=${list} />
      ${list.length ? html`<${Rows} list=${paged(list)} /><${Pages} all=${list.length} />` : html`<${Empty} />`}
      ${over.length
        ? html`<h3 class="minor">${t("alarms.justOver")}</h3>
            <ul class="overs">${over.map((a) => html`<li key=${a.id}><${Glyph} name="check" size=${18} /><span>${a.message}</span><time>${span(now() - a.overAt)}</time></li>`)}</ul>`
        : null}
      ${kept.length || away.length
        ? html`<h3 class="minor">${t("alarms.shelf")} <a href="/hidden">${t("hidden.link")}</a></h3>
            <${Rows} list=${kept.slice(0, PAGE)} />${kept.length > PAGE ? html`<p class="muted">${t("alarms.more", { n: kept.length - PAGE })}</p>` : null}<${Away} list=${away} />`
        : null}
    </section>
    <section class="side">${chosen ? html`<${Detail} key=${chosen.id} a=${chosen} />` : html`<div class="choose"><${Glyph} name="bell" size=${44} /><p>${t("alarms.choose")}</p></div>`}</section>
  </div>`;
}

// Several at once: marked one by one by X, or all that are drawn.
function Marked({ list }) {
  if (!may("operator")) return null;
  const open = paged(list).filter((a) => !a.acknowledged && !a.needs_reason);
  const all = () => {
    for (const a of open) if (!state.marked.has(a.id)) mark(a);
  };
  if (!state.marked.size) return open.length > 2 ? html`<p class="marked"><button onClick=${all}>${t("alarms.marked.all", { n: open.length })}</button></p>` : null;
  return html`<p class="marked on" role="status"><b>${t("alarms.marked", { n: state.marked.size })}</b>
    <button class="ack" onClick=${acknowledgeMarked}>${t("alarms.marked.ack", { n: state.marked.size })}<kbd>A</kbd></button>
    <button onClick=${unmark}>${t("alarms.marked.none")}</button></p>`;
}

// Equipment out of service of which nothing is wrong.
function Away({ list }) {
  if (!list.length) return null;
  return html`<ul class="away">${list.map((e) => html`<li key=${e.equipment}><${Glyph} name="tool" size=${18} /><a href=${`/equipment/${e.equipment}`}>${e.name}</a><span>${e.location}</span>
    <span>${t("state.OUT_OF_SERVICE")} · ${t("alarms.until", { time: moment(e.until, now()) })} · ${t("alarms.rules", { n: e.rules })}</span></li>`)}</ul>`;
}

const DENSE = 12; // rows from which only what is critical is drawn at full height

const Rows = ({ list }) => html`<ol class=${`rows ${list.length > DENSE ? "dense" : ""}`}>${list.map((a) => html`<${Row} key=${a.id} a=${a} chosen=${a.id === state.selected} />`)}</ol>`;

// In a flood only a part is drawn, the most urgent first; what is chosen stays chosen.
const lastPage = (all) => Math.max(0, Math.ceil(all / PAGE) - 1);
const page = (all) => Math.min(state.page, lastPage(all));
const paged = (list) => list.slice(page(list.length) * PAGE, (page(list.length) + 1) * PAGE);

function Pages({ all }) {
  if (all <= PAGE) return null;
  const at = page(all);
  const turn = (to) => () => update({ page: to });
  return html`<nav class="turn">
    <button disabled=${at === 0} onClick=${turn(0)}>${t("alarms.page.first")}</button>
    <button disabled=${at === 0} onClick=${turn(at - 1)}>${t("alarms.page.before")}</button>
    <span>${t("alarms.page", { from: at * PAGE + 1, to: Math.min(all, (at + 1) * PAGE), all })}</span>
    <button disabled=${at === lastPage(all)} onClick=${turn(at + 1)}>${t("alarms.page.after")}</button>
  </nav>`;
}

// What an alarm explains: how many, and on demand which.
function Under({ a }) {
  const list = children(a);
  if (!list.length) return null;
  const unfolded = state.unfolded.has(a.id);
  const fold = (event) => {
    event.stopPropagation();
    unfolded ? state.unfolded.delete(a.id) : state.unfolded.add(a.id);
    update({});
  };
  return html`<div class="under">
    <button class="fold" aria-expanded=${unfolded} onClick=${fold}><${Glyph} name="arrow" size=${16} />${t("alarms.under", { n: list.length })}</button>
    ${unfolded
      ? html`<ul class="children">${list.slice(0, PAGE).map((c) => html`<${Child} key=${c.id} a=${c} />`)}</ul>${list.length > PAGE ? html`<p class="muted">${t("alarms.more", { n: list.length - PAGE })}</p>` : null}`
      : html`<span class="names">${list.slice(0, 3).map((c) => html`<span key=${c.id}>${c.message}</span>`)}</span>`}
  </div>`;
}

// One line each: what must be seen by itself has a row of its own in the list besides.
function Child({ a }) {
  const choose = (event) => {
    event.stopPropagation();
    update({ selected: a.id, opened: true });
  };
  return html`<li class=${`child ${a.active ? "" : "gone"} ${a.id === state.selected ? "chosen" : ""}`} data-child=${a.id} onClick=${choose}>
    <${Sign} priority=${a.priority} quiet=${hidden(a) || a.acknowledged} size=${22} />
    <button class="title" onClick=${choose}>${a.message}</button>
    <span class="muted">${a.active ? (hidden(a) ? "" : t(`state.${a.state}`)) : t("alarms.returned", { time: moment(a.returned_at, now()) })}</span>
    <time>${span(now() - Date.parse(a.raised_at))}</time>
    <${Under} a=${a} />
  </li>`;
}

// `onChoose` makes it a row of the past: it can be looked at and not acknowledged.
export function Row({ a, chosen, onChoose }) {
  const at = useMoment();
  const quiet = a.acknowledged || hidden(a);
  const choose = onChoose || (() => update({ selected: a.id, opened: true }));
  const ack = (event) => {
    event.stopPropagation();
    update({ selected: a.id });
    acknowledge(a);
  };
  return html`<li class=${`row ${a.priority} ${quiet ? "quiet" : "unack"} ${chosen ? "chosen" : ""} ${!onChoose && state.marked.has(a.id) ? "marked" : ""}`} id=${onChoose ? undefined : `alarm-${a.id}`} data-alarm=${a.id} aria-current=${chosen ? "true" : undefined} onClick=${choose}>
    <${Sign} priority=${a.priority} quiet=${quiet} size=${quiet ? 30 : 42} />
    <div class="what">
      <h2><button class="title" onClick=${choose}>${a.title}</button>${a.value !== null && typeof a.value !== "boolean" ? html` <span class="figure">${valueText(a.value, a.unit)}</span>` : null}</h2>
      <p class="where">${a.equipment_name ? html`<b>${a.equipment_name}</b>` : null}${a.location ? html`<span>${a.location}</span>` : null}<${State} a=${a} /></p>
      ${a.card.action && !hidden(a) ? html`<p class="first"><${Glyph} name="arrow" size=${18} /><span>${a.card.action}</span></p>` : null}
      ${hidden(a) ? null : html`<p class="tolds">${a.notifications.length ? shownTo(a).map((m) => html`<${Told} key=${m.id} message=${m} />`) : html`<span class="told none">${t(a.priority === "low" ? "alarms.told.policy" : "alarms.told.nobody")}</span>`}</p>`}
    </div>
    <div class="when">
      <time class="age" dateTime=${a.raised_at} title=${moment(a.raised_at, at, true)}>${a.raised_at ? span(at - Date.parse(a.raised_at)) : ""}</time>
      <small>${moment(a.raised_at, at)}</small>
      ${hidden(a) ? null : html`<${Respond} a=${a} />`}
    </div>
    <div class="do">${!onChoose && !a.acknowledged && !hidden(a) && may("operator") ? html`<button class="ack" onClick=${ack}>${t("alarms.ack")}<kbd>A</kbd></button>` : null}</div>
    ${onChoose ? null : html`<${Under} a=${a} />`}
  </li>`;
}

// Cancelled messages say nothing about who knows.
const shownTo = (a) => a.notifications.filter((m) => m.state !== "cancelled" && !m.over).slice(0, 4);

function Empty() {
  const live = state.link.state === "live";
  const heard = state.link.heardAt + state.offset;
  const points = useFetched(() => get("/api/v1/equipment"), [state.link.state, Math.floor(now() / 30000)]);
  if (!live) return html`<div class="empty unknown"><h2>${t("alarms.none.unknown")}</h2></div>`;
  const items = points.data ? points.data.items : [];
  const all = items.reduce((n, e) => n + e.points, 0);
  const bad = items.reduce((n, e) => n + e.quality.bad, 0);
  return html`<div class="empty">
    <${Glyph} name="check" size=${64} />
    <h2>${t("alarms.none")}</h2>
    <p>${t("alarms.none.fresh", { time: clock(heard), age: span(now() - heard) })}</p>
    ${all ? html`<p class=${bad ? "bad" : "muted"}><a href="/equipment">${t("alarms.none.watch", { points: all, bad })}</a></p>` : null}
  </div>`;
}

// Keys look at the state of this very moment, not of the last drawing: what is chosen is what is acknowledged.
function useKeys() {
  useEffect(() => {
    const move = (list, chosen, by) => {
      if (!list.length) return;
      const at = list.indexOf(chosen);
      const to = Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + by));
      const id = list[to].id;
      update({ selected: id, page: Math.floor(to / PAGE) });
      requestAnimationFrame(() => document.getElementById(`alarm-${id}`)?.scrollIntoView({ block: "nearest" }));
    };
    const press = (event) => {
      if (state.dialog || event.ctrlKey || event.metaKey || event.altKey) return;
      const list = open();
      const chosen = state.alarms.get(state.selected) || null;
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
      if (event.key === "ArrowDown") move(list, chosen, 1);
      else if (event.key === "ArrowUp") move(list, chosen, -1);
      else if (event.key === "Home") move(list, list[0], 0);
      else if (event.key === "Escape") state.marked.size ? unmark() : update({ opened: false });
      else if (event.key === "Enter" && chosen && event.target.tagName !== "BUTTON" && event.target.tagName !== "A") update({ opened: true });
      else if (event.key === "m" || event.key === "M") silence();
      else if ((event.key === "x" || event.key === "X") && !event.repeat && chosen && may("operator")) mark(chosen);
      else if ((event.key === "a" || event.key === "A") && !event.repeat && state.marked.size && may("operator")) acknowledgeMarked();
      else if ((event.key === "a" || event.key === "A") && !event.repeat && chosen && may("operator")) acknowledge(chosen);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
