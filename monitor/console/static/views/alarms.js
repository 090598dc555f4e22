// The alarm list: most urgent first, what to do first, who knows, how long is left.

import { html, useEffect } from "../vendor/htm-preact.module.js";
import { state, update, now } from "../lib/store.js";
import { t, clock, span, moment, valueText } from "../lib/texts.js";
import { hidden, urgent } from "../lib/stream.js";
import { acknowledge } from "../lib/commands.js";
import { silence } from "../lib/horn.js";
import { get } from "../lib/api.js";
import { Glyph, Sign, Told, may, useFetched, useMoment } from "../lib/parts.js";
import { Counts } from "./frame.js";
import { Respond, State } from "./alarm_signs.js";
import { Detail } from "./alarm_detail.js";

const OVER_SHOWN = 5 * 60000;

export function Alarms() {
  const list = urgent();
  const open = list.filter((a) => !hidden(a));
  const shelf = list.filter(hidden);
  // At first the most urgent is chosen. Later nothing chooses by itself: what vanished must not hand its key to another.
  if (state.selected === null && open.length) state.selected = open[0].id;
  const over = state.over.filter((a) => now() - a.overAt < OVER_SHOWN);
  const chosen = list.find((a) => a.id === state.selected) || null;
  useKeys();
  return html`<div class=${`alarms ${state.opened && chosen ? "opened" : ""}`}>
    <section class="list" aria-label=${t("nav.alarms")}>
      <div class="listhead"><${Counts} /><span class="keys">${t("alarms.keys")}</span></div>
      ${open.length ? html`<ol class="rows">${open.map((a) => html`<${Row} key=${a.id} a=${a} chosen=${a.id === state.selected} />`)}</ol>` : html`<${Empty} />`}
      ${over.length
        ? html`<h3 class="minor">${t("alarms.justOver")}</h3>
            <ul class="overs">${over.map((a) => html`<li key=${a.id}><${Glyph} name="check" size=${18} /><span>${a.message}</span><time>${span(now() - a.overAt)}</time></li>`)}</ul>`
        : null}
      ${shelf.length
        ? html`<h3 class="minor">${t("alarms.shelf")}</h3>
            <ol class="rows">${shelf.map((a) => html`<${Row} key=${a.id} a=${a} chosen=${a.id === state.selected} />`)}</ol>`
        : null}
    </section>
    <section class="side">${chosen ? html`<${Detail} key=${chosen.id} a=${chosen} />` : html`<div class="choose"><${Glyph} name="bell" size=${44} /><p>${t("alarms.choose")}</p></div>`}</section>
  </div>`;
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
  return html`<li class=${`row ${a.priority} ${quiet ? "quiet" : "unack"} ${chosen ? "chosen" : ""}`} id=${onChoose ? undefined : `alarm-${a.id}`} data-alarm=${a.id} aria-current=${chosen ? "true" : undefined} onClick=${choose}>
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
      <${Respond} a=${a} />
    </div>
    <div class="do">${!onChoose && !a.acknowledged && !hidden(a) && may("operator") ? html`<button class="ack" onClick=${ack}>${t("alarms.ack")}<kbd>A</kbd></button>` : null}</div>
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
      const next = list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + by))];
      update({ selected: next.id });
      const row = document.getElementById(`alarm-${next.id}`);
      if (row) row.scrollIntoView({ block: "nearest" });
    };
    const press = (event) => {
      if (state.dialog || event.ctrlKey || event.metaKey || event.altKey) return;
      const list = urgent();
      const chosen = list.find((a) => a.id === state.selected) || null;
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
      if (event.key === "ArrowDown") move(list, chosen, 1);
      else if (event.key === "ArrowUp") move(list, chosen, -1);
      else if (event.key === "Home") move(list, list[0], 0);
      else if (event.key === "Escape") update({ opened: false });
      else if (event.key === "Enter" && chosen && event.target.tagName !== "BUTTON" && event.target.tagName !== "A") update({ opened: true });
      else if (event.key === "m" || event.key === "M") silence();
      else if ((event.key === "a" || event.key === "A") && !event.repeat && chosen && may("operator")) acknowledge(chosen);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
