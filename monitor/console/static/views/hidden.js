// What is kept from people: by whom, why, until when. Nobody may forget it.

import { html } from "../vendor/htm-preact.module.js";
import { state, now } from "../lib/store.js";
import { t, moment } from "../lib/texts.js";
import { get } from "../lib/api.js";
import { Glyph, Sign, Waiting, useFetched } from "../lib/parts.js";

export function Hidden() {
  const answer = useFetched(() => get("/api/v1/alarms/hidden", { limit: 500 }), [document.documentElement.lang, state.changed.event, Math.floor(now() / 30000)]);
  const items = answer.data ? answer.data.items : [];
  // Of equipment that is out of service as a whole, what is clear stands in one line.
  const rests = (h) => !h.active && (h.how === "out_of_service" || h.how === "commissioning");
  const told = items.filter((h) => !rests(h));
  const away = new Map();
  for (const h of items.filter(rests)) {
    if (!away.has(h.equipment)) away.set(h.equipment, { h, rules: 0 });
    away.get(h.equipment).rules += 1;
  }
  return html`<div class="page hiddenpage">
    <header class="pagehead headrow"><h1>${t("hidden.title")}</h1><a class="button" href="/">${t("nav.alarms")}</a></header>
    <${Waiting} answer=${answer} />
    ${answer.data && !items.length ? html`<p class="muted">${t("hidden.none")}</p>` : null}
    ${items.length
      ? html`<section class="panel"><div class="wide"><table class="links">
          <thead><tr><th></th><th>${t("hidden.alarm")}</th><th>${t("hidden.how")}</th><th>${t("hidden.who")}</th><th>${t("hidden.why")}</th><th>${t("hidden.until")}</th></tr></thead>
          <tbody>${told.map((h) => html`<${Row} key=${h.id} h=${h} />`)}${[...away.values()].map((one) => html`<${Away} key=${one.h.equipment} one=${one} />`)}</tbody>
        </table></div></section>`
      : null}
    ${answer.data && answer.data.next ? html`<p class="muted">${t("hidden.more")}</p>` : null}
  </div>`;
}

function Away({ one: { h, rules } }) {
  return html`<tr data-away=${h.equipment}>
    <td><${Glyph} name="tool" size=${22} /></td>
    <td><b><a href=${`/equipment/${h.equipment}`}>${h.equipment_name}</a></b><small>${h.location} · ${t("alarms.rules", { n: rules })}</small></td>
    <td>${t(`hidden.how.${h.how}`)}</td>
    <td>${h.actor_name || "—"}<small>${h.since ? moment(h.since, now()) : ""}</small></td>
    <td>${h.reason || "—"}</td>
    <td>${h.until ? moment(h.until, now()) : "—"}</td>
  </tr>`;
}

function Row({ h }) {
  return html`<tr data-hidden=${h.id}>
    <td><${Sign} priority=${h.priority} quiet=${true} size=${24} /></td>
    <td><b>${h.message}</b><small>${h.location} ${t(h.active ? "hidden.active" : "hidden.inactive")}</small></td>
    <td>${t(`hidden.how.${h.how}`)}</td>
    <td>${h.actor_name || "—"}<small>${h.since ? moment(h.since, now()) : ""}</small></td>
    <td>${h.reason || "—"}</td>
    <td>${h.until ? moment(h.until, now()) : h.headline ? t("hidden.untilOver") : "—"}</td>
  </tr>`;
}
