// The live line. What was heard is shown; that nothing is heard any more is shown louder.

import { Alarms, state, touch, update, now, me } from "./store.js";
import { language } from "./texts.js";
import { get } from "./api.js";

const SILENCE = 12000; // ms; the server beats every 5 s
const GRACE = 2500; // ms that a reconnection may take before we speak of it

let source = null;
let wanted = null;
let brokenAt = 0;
let generation = 0;
const KEPT = 5;
let listener = () => {};
let told = 0;

// Told of everything heard, `fresh` after a snapshot. A hidden page's timers may sleep for a minute; its line does not.
export function onHeard(callback) {
  listener = callback;
}

export function want(readings, equipment = "") {
  const key = `${readings}|${equipment}|${language()}`;
  if (source && wanted === key) return;
  wanted = key;
  open(readings, equipment);
}

export function hangUp() {
  if (source) source.close();
  source = null;
  wanted = null;
  generation += 1;
  state.link = { state: "never", heardAt: 0, serverAt: null };
  state.alarms.clear();
  state.marked.clear();
  state.positions.clear();
  state.over = [];
}

function open(readings, equipment) {
  if (source) source.close();
  const mine = ++generation;
  const url = new URL("/api/v1/stream", location.origin);
  url.searchParams.set("lang", language());
  const topics = ["alarm", "notification", "inbound", "window", "order", "event", "link", "self", "position"];
  if (readings) topics.push("reading");
  for (const topic of topics) url.searchParams.append("topic", topic);
  url.searchParams.set("console", me);
  if (equipment) url.searchParams.set("equipment", equipment);
  source = new EventSource(url);
  const on = (name, take) =>
    source.addEventListener(name, (event) => {
      if (mine !== generation) return;
      const body = JSON.parse(event.data);
      heard(body.at);
      take(body);
      tellListener(name === "snapshot");
      touch();
    });
  on("snapshot", snapshot);
  on("beat", () => {});
  on("alarm", ({ id, item }) => alarm(id, item));
  on("reading", ({ id, item }) => item && state.readings.set(id, item));
  on("position", ({ id, item }) => (item ? state.positions.set(id, item) : state.positions.delete(id)));
  for (const topic of ["notification", "inbound", "window", "order", "event"]) {
    on(topic, () => (state.changed[topic] = (state.changed[topic] || 0) + 1));
  }
  source.onerror = () => {
    if (mine !== generation) return;
    brokenAt = brokenAt || Date.now();
    // CLOSED: the server refused (session over?) and the browser will not try again by itself.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(async () => {
        if (mine !== generation) return;
        await get("/api/v1/session").catch(() => {});
        if (mine === generation && state.session) open(readings, equipment);
      }, 2000);
    }
  };
}

// Whoever listens looks at every alarm: in a flood not after each of them. Once a second it looks anyway.
function tellListener(fresh) {
  if (!fresh && Date.now() - told < 200) return;
  told = Date.now();
  listener(fresh);
}

function heard(at) {
  brokenAt = 0;
  state.link = { state: "live", heardAt: Date.now(), serverAt: at ? Date.parse(at) : state.link.serverAt };
  if (at) state.offset = Date.parse(at) - Date.now();
}

function snapshot(body) {
  state.alarms = new Alarms(body.alarm.map(({ id, item }) => [id, item]));
  state.over = state.over.filter((a) => !state.alarms.has(a.id));
  state.positions = new Map(body.position.map(({ id, item }) => [id, item]));
  for (const { id, item } of body.reading || []) state.readings.set(id, item);
  for (const topic of ["notification", "inbound", "window", "order", "event"]) {
    state.changed[topic] = (state.changed[topic] || 0) + 1; // something may have been missed
  }
}

function alarm(id, item) {
  if (item) {
    state.alarms.set(id, item);
    if (item.acknowledged) state.marked.delete(id);
    state.over = state.over.filter((a) => a.id !== id);
    return;
  }
  state.marked.delete(id);
  const gone = state.alarms.get(id);
  state.alarms.delete(id);
  if (gone) state.over = [{ ...gone, overAt: now() }, ...state.over].slice(0, KEPT);
}

// Once a second: has the line fallen silent?
export function watch() {
  const { link } = state;
  if (link.state === "live") {
    const silent = Date.now() - link.heardAt > SILENCE;
    const broken = brokenAt && Date.now() - brokenAt > GRACE;
    if (silent || broken) update({ link: { ...link, state: "lost" } });
    if (silent && source && source.readyState === EventSource.OPEN) wanted = null; // half-open: dial again
  } else if (link.state === "never" && brokenAt && Date.now() - brokenAt > GRACE) {
    update({ link: { ...link, state: "lost" } });
  }
}
