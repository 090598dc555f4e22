// What a person does with an alarm. Always about the occurrence and annunciation that the person saw.

import { post } from "./api.js";
import { state, toast, update, touch } from "./store.js";
import { t } from "./texts.js";

const path = (a, what) => `/api/v1/alarms/${encodeURIComponent(a.id)}/${what}`;
const seen = (a) => ({ occurrence: a.occurrence, annunciation: a.annunciation });

// The answer is what the journal has; the stream brings the same a moment later.
async function command(a, what, body) {
  try {
    const answer = await post(path(a, what), { ...seen(a), ...body });
    if (answer.state !== "NORM" && state.alarms.has(a.id)) state.alarms.set(a.id, answer);
    touch();
    return true;
  } catch (problem) {
    toast(problem.words || String(problem), "bad");
    return false;
  }
}

const busy = new Set();

export async function acknowledge(a, note) {
  if (a.acknowledged) return;
  if (a.needs_reason && !note) return update({ dialog: { kind: "ack", alarm: a } });
  const key = `${a.id}#${a.occurrence}.${a.annunciation}`;
  if (busy.has(key)) return;
  busy.add(key);
  const done = await command(a, "ack", { note: note || "" });
  busy.delete(key);
  if (done) update({ dialog: null });
}

// Marked alarms, each as it was when it was marked: an occurrence that came since is not meant.
export async function acknowledgeMarked() {
  const items = [...state.marked.entries()].map(([id, mark]) => ({ id, ...mark }));
  if (!items.length || busy.has("several")) return;
  busy.add("several");
  try {
    const answer = await post("/api/v1/alarms/ack", { items: items.slice(0, 500), note: "" });
    for (const one of answer.items) {
      if (!one.refusal) state.marked.delete(one.id);
      if (one.alarm && one.alarm.state !== "NORM" && state.alarms.has(one.id)) state.alarms.set(one.id, one.alarm);
    }
    const refused = answer.items.filter((one) => one.refusal).length;
    const done = answer.items.length - refused;
    toast(t(refused ? "alarms.marked.some" : "alarms.marked.done", { n: done, refused }), refused ? "bad" : "plain");
  } catch (problem) {
    toast(problem.words || String(problem), "bad");
  } finally {
    busy.delete("several");
    touch();
  }
}

export function mark(a) {
  if (state.marked.has(a.id)) state.marked.delete(a.id);
  else if (!a.acknowledged) state.marked.set(a.id, seen(a));
  touch();
}

export function unmark() {
  state.marked.clear();
  touch();
}

export const reset = (a) => command(a, "reset", {});
export const unshelve = (a) => command(a, "unshelve", {});

export async function shelve(a, minutes, reason, once) {
  const until = new Date(Date.now() + state.offset + minutes * 60000).toISOString();
  if (await command(a, "shelve", { until, reason, once })) update({ dialog: null });
}

export async function comment(a, note) {
  if (await command(a, "comment", { note })) update({ dialog: null });
}

// A sensor was made to speak: its time begins anew. `done` is told what came of it.
export async function tested(alarm, note, done = () => {}) {
  try {
    const answer = await post(path({ id: alarm }, "tested"), { note });
    if (answer.state !== "NORM" && state.alarms.has(alarm)) state.alarms.set(alarm, answer);
    update({ dialog: null });
    toast(t("tests.noted"));
    done();
  } catch (problem) {
    toast(problem.words || String(problem), "bad");
  }
}

export async function order(a, title) {
  try {
    await post("/api/v1/orders", { title, alarm: a.id, equipment: a.equipment_name ? a.equipment : "" });
    update({ dialog: null });
  } catch (problem) {
    toast(problem.words || String(problem), "bad");
  }
}
