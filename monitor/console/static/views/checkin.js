// Check-in at a checkpoint. What cannot be sent waits on the phone and is sent again; the client_id makes that harmless.

import { html, useState } from "../vendor/htm-preact.module.js";
import { state, now, toast, touch } from "../lib/store.js";
import { t, hourMinute, number, valueText } from "../lib/texts.js";
import { call, get } from "../lib/api.js";
import { go } from "../lib/router.js";
import { Glyph, Value, Waiting, useFetched } from "../lib/parts.js";

const KEY = "watchroom.scans";
const load = () => JSON.parse(localStorage.getItem(KEY) || "[]");
const save = (list) => (localStorage.setItem(KEY, JSON.stringify(list)), touch());
let sending = false;

// Sends what waits, oldest first; called after each check-in and now and then.
export async function flush() {
  if (sending || !state.session) return;
  sending = true;
  try {
    for (const one of load().filter((s) => s.by === state.session.name && !s.refused)) {
      try {
        await call("POST", `/api/v1/checkpoints/${encodeURIComponent(one.checkpoint)}/scans`, one.body);
        save(load().filter((s) => s.body.client_id !== one.body.client_id));
      } catch (problem) {
        // Refused for good is shown; anything that may pass is tried again.
        if (![403, 404, 409, 413, 422].includes(problem.status)) break;
        save(load().map((s) => (s.body.client_id === one.body.client_id ? { ...s, refused: problem.words } : s)));
      }
    }
  } finally {
    sending = false;
  }
}

export function Queue() {
  const mine = load().filter((s) => state.session && s.by === state.session.name);
  const refused = mine.filter((s) => s.refused);
  const waiting = mine.length - refused.length;
  return html`${waiting ? html`<p class="notice"><${Glyph} name="clock" />${t("checkin.queued", { n: waiting })}</p>` : null}
    ${refused.length ? html`<p class="problem">${t("checkin.refused", { n: refused.length, why: refused[0].refused })} <button class="plain" onClick=${() => save(load().filter((s) => !s.refused))}>${t("checkin.discard")}</button></p>` : null}`;
}

export function CheckIn({ id }) {
  const answer = useFetched(() => get(`/api/v1/checkpoints/${encodeURIComponent(id)}`), [id, document.documentElement.lang]);
  const [answers, setAnswers] = useState({});
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  if (!answer.data) return html`<${Waiting} answer=${answer} />`;
  const place = answer.data;
  const set = (item, value) => setAnswers({ ...answers, [item]: value });
  const submit = async (event) => {
    event.preventDefault();
    const open = place.items.filter((i) => !["text", "photo"].includes(i.answer) && (answers[i.id] === undefined || Number.isNaN(answers[i.id])));
    if (open.length) return setProblem(t("checkin.unanswered"));
    setBusy(true);
    const given = Object.fromEntries(Object.entries(answers).filter(([, v]) => v !== "" && v !== undefined));
    const body = { at: new Date(now()).toISOString(), answers: given, client_id: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random().toString(36).slice(2)}` };
    save([...load(), { checkpoint: id, by: state.session.name, body }]);
    await flush();
    setBusy(false);
    const left = load().find((s) => s.body.client_id === body.client_id);
    if (!left) toast(t("checkin.sent", { time: hourMinute(now()) }), "good");
    go("/rounds");
    return undefined;
  };
  return html`<form class="page checkin" onSubmit=${submit}>
    <header class="pagehead"><a class="back" href="/rounds"><${Glyph} name="back" />${t("nav.rounds")}</a><h1>${place.name}</h1><p>${place.location}</p></header>
    <${Queue} />
    ${place.items.map((i) => html`<${Item} key=${i.id} i=${i} value=${answers[i.id]} set=${(v) => set(i.id, v)} />`)}
    ${problem ? html`<p class="problem" role="alert">${problem}</p>` : null}
    <button class="primary big" disabled=${busy}>${t("checkin.send")}</button>
  </form>`;
}

function Item({ i, value, set }) {
  const live = i.compare && (state.readings.get(i.compare.id) || i.compare);
  return html`<fieldset class="item">
    <legend>${i.ask}</legend>
    ${live ? html`<p class="live"><span>${live.label}</span> <${Value} point=${live} /></p>` : null}
    ${i.answer === "ok" ? html`<div class="choices"><${Choice} on=${value === true} pick=${() => set(true)} kind="good" glyph="check">${t("checkin.ok")}<//><${Choice} on=${value === false} pick=${() => set(false)} kind="bad" glyph="cross">${t("checkin.notOk")}<//></div>` : null}
    ${i.answer === "number" ? html`<label class="number"><input type="number" inputmode="decimal" step="any" name=${i.id} onInput=${(e) => set(e.target.value === "" ? undefined : e.target.valueAsNumber)} /><span>${i.unit}</span></label><${Doubt} i=${i} value=${value} live=${live} />` : null}
    ${i.answer === "choice" ? html`<div class="choices">${i.choices.map((c) => html`<${Choice} key=${c} on=${value === c} pick=${() => set(c)}>${c}<//>`)}</div>` : null}
    ${i.answer === "text" ? html`<textarea name=${i.id} rows="2" maxlength="2000" onInput=${(e) => set(e.target.value)}></textarea>` : null}
    ${i.answer === "photo" ? html`<input name=${i.id} placeholder=${t("checkin.photo")} maxlength="200" onInput=${(e) => set(e.target.value)} />` : null}
  </fieldset>`;
}

function Choice({ on, pick, kind = "", glyph, children }) {
  return html`<button type="button" class=${`choice ${kind} ${on ? "on" : ""}`} aria-pressed=${on} onClick=${pick}>${glyph ? html`<${Glyph} name=${glyph} />` : null}${children}</button>`;
}

// Said before it is sent: the number may be misread.
function Doubt({ i, value, live }) {
  if (typeof value !== "number") return null;
  if (i.range && (value < i.range[0] || value > i.range[1])) return html`<p class="doubt">${t("checkin.outOfRange", { from: i.range[0], to: i.range[1] })}</p>`;
  if (live && live.quality === "good" && i.within !== null && Math.abs(value - live.value) > i.within) return html`<p class="doubt">${t("checkin.differs", { within: valueText(i.within, i.unit) })}</p>`;
  return null;
}
