// Starts everything: words, session, live line, and one drawing of the whole page per change.

import { html, render } from "./vendor/htm-preact.module.js";
import { state, onDraw, touch, now } from "./lib/store.js";
import { speak, t, language } from "./lib/texts.js";
import { begin } from "./lib/person.js";
import { want, watch, hangUp, onHeard } from "./lib/stream.js";
import { hidden } from "./lib/order.js";
import { tick as horn, enable, touched, horn as hornState } from "./lib/horn.js";
import { tell } from "./lib/presence.js";
import "./lib/router.js";
import { Frame, Toast } from "./views/frame.js";
import { Login } from "./views/login.js";
import { Alarms } from "./views/alarms.js";
import { Hidden } from "./views/hidden.js";
import { Dialogs } from "./views/alarm_detail.js";
import { EquipmentList } from "./views/equipment.js";
import { Connections } from "./views/connections.js";
import { EquipmentPage } from "./views/equipment_page.js";
import { Rounds } from "./views/rounds.js";
import { CheckIn, flush } from "./views/checkin.js";
import { Messages } from "./views/messages.js";
import { Orders } from "./views/orders.js";
import { Handover } from "./views/handover.js";
import { Scorecard } from "./views/scorecard.js";
import { AlarmLoad } from "./views/load.js";
import { Replay } from "./views/replay.js";
import { Docs } from "./views/docs.js";

const PAGES = {
  "/": Alarms,
  "/hidden": Hidden,
  "/equipment": EquipmentList,
  "/connections": Connections,
  "/rounds": Rounds,
  "/messages": Messages,
  "/orders": Orders,
  "/handover": Handover,
  "/scorecard": Scorecard,
  "/scorecard/alarms": AlarmLoad,
  "/replay": Replay,
  "/api/docs": Docs,
};

function page() {
  const [, group, id] = state.path.match(/^\/(equipment|checkpoints)\/(.+)$/) || [];
  if (group === "equipment") return html`<${EquipmentPage} key=${id} id=${decodeURIComponent(id)} />`;
  if (group === "checkpoints") return html`<${CheckIn} key=${id} id=${decodeURIComponent(id)} />`;
  const Page = PAGES[state.path];
  return Page ? html`<${Page} />` : html`<p class="muted pad">${t("frame.notFound")}</p>`;
}

function App() {
  if (state.session === null) return html`<p class="muted pad">${t("frame.loading")}</p>`;
  if (state.session === false) return html`<${Login} />`;
  return html`<${Frame}>${page()}<//><${Dialogs} /><${Toast} />`;
}

function draw() {
  if (state.session) {
    const [, owner] = state.path.match(/^\/equipment\/(.+)$/) || [];
    const readings = state.path.startsWith("/equipment") || state.path.startsWith("/checkpoints");
    want(readings, owner ? decodeURIComponent(owner) : "");
  } else if (state.session === false) {
    hangUp();
  }
  const waiting = [...state.alarms.values()].filter((a) => !a.acknowledged && !hidden(a)).length;
  const lost = state.session && state.link.state === "lost" ? "⚠ " : "";
  document.title = `${lost}${waiting ? `(${waiting}) ` : ""}${document.documentElement.dataset.site} · ${t("app.name")}`;
  render(html`<${App} />`, document.getElementById("app"));
}

onDraw(draw);
setInterval(() => {
  watch();
  horn();
  tell();
  touch();
}, 1000);
onHeard((fresh) => {
  horn();
  tell(fresh);
});
setInterval(flush, 15000);
addEventListener("online", flush);
for (const kind of ["pointerdown", "pointerup", "keydown"]) addEventListener(kind, touched);

await speak(language());
await begin();
if (state.session && hornState.on) enable();
touch();
flush();
