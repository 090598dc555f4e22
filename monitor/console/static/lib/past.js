// The past as it is being looked at: a moment, and the steps that follow it. Knows nothing of the live page's state.

import { get } from "./api.js";
import { state, now, touch } from "./store.js";

export const SPEEDS = [1, 10, 60, 600];
const AHEAD = 8; // s of playing that are fetched at once
const LONGEST = 3600; // s that the server answers for
const LIVED = 200; // lines of "what happened" that are kept

export const past = {
  at: null, // ms; null until a moment was chosen
  speed: 10,
  playing: false,
  busy: false,
  problem: null,
  trouble: "",
  points: new Map(),
  alarms: new Map(),
  rounds: new Map(),
  orders: new Map(),
  duty: [],
  lines: [], // what happened while we looked, newest first
  selected: null,
};

let queue = []; // steps not applied yet
let fetchedTo = 0; // ms; the steps up to here are in the queue
let fetching = false;
let generation = 0;
let lastTick = 0;

// Rounds and shifts begin and end by the clock, without a step that would say so: they are asked for again as time goes by.
const PEOPLE = 300000; // ms of the past
const PAUSE = 2000; // ms of the present between two questions
let peopleAt = 0;
let peopleAsked = 0;

const iso = (ms) => new Date(ms).toISOString();

// Whatever was known is dropped: the page shows the moment asked for or nothing.
export async function seek(ms) {
  const mine = ++generation;
  const at = Math.round(Math.min(ms, now() - 1000));
  Object.assign(past, { at, busy: true, problem: null });
  queue = [];
  fetchedTo = at;
  fetching = false;
  touch();
  try {
    const found = await get("/api/v1/replay", { at: iso(at) });
    if (mine !== generation) return;
    take(found);
  } catch (problem) {
    if (mine !== generation) return;
    empty();
    Object.assign(past, { problem: problem.words || String(problem), playing: false });
  }
  past.busy = false;
  lastTick = performance.now();
  touch();
}

function take(found) {
  past.points = new Map(found.points.map((p) => [p.id, p]));
  past.alarms = new Map(found.alarms.map((a) => [a.id, a]));
  past.rounds = new Map(found.rounds.map((r) => [r.id, r]));
  past.orders = new Map(found.orders.map((o) => [o.id, o]));
  Object.assign(past, { duty: found.duty, trouble: found.trouble, lines: [] });
  peopleAt = past.at;
}

async function people() {
  const mine = generation;
  const at = past.at;
  peopleAsked = performance.now();
  peopleAt = at;
  const found = await get("/api/v1/replay", { at: iso(at), values: false }).catch(() => null);
  if (mine !== generation || !found) return;
  past.rounds = new Map(found.rounds.map((r) => [r.id, r]));
  past.duty = found.duty;
  touch();
}

function empty() {
  for (const one of [past.points, past.alarms, past.rounds, past.orders]) one.clear();
  Object.assign(past, { duty: [], lines: [] });
}

export function play(on) {
  past.playing = on && past.at !== null;
  lastTick = performance.now();
  touch();
}

export function setSpeed(speed) {
  past.speed = speed;
  // Steps thinned for another speed are dropped; what was applied stays.
  generation += 1;
  queue = [];
  fetchedTo = past.at;
  fetching = false;
  touch();
}

export function leave() {
  generation += 1;
  past.playing = false;
}

// Ten times a second while it plays. Time waits for steps that are still on their way: nothing is shown that is not known.
export function tick() {
  if (!past.playing || past.busy) return;
  const moment = performance.now();
  const wanted = past.at + (moment - lastTick) * past.speed;
  lastTick = moment;
  const end = now() - 2000;
  const to = Math.min(wanted, fetchedTo, end);
  while (queue.length && Date.parse(queue[0].at) <= to) apply(queue.shift());
  past.at = Math.max(past.at, to);
  if (past.at - peopleAt > PEOPLE && moment - peopleAsked > PAUSE) people();
  if (past.at >= end) past.playing = false;
  if (!fetching && past.playing && fetchedTo - past.at < (AHEAD * 1000 * past.speed) / 2) fetchMore(end);
  touch();
}

async function fetchMore(end) {
  const mine = generation;
  const from = fetchedTo;
  const to = Math.min(from + Math.min(AHEAD * past.speed, LONGEST) * 1000, end);
  if (to <= from) return;
  fetching = true;
  try {
    const found = await get("/api/v1/replay/steps", { from: iso(from), to: iso(to), every: Math.max(1, past.speed / 4) });
    if (mine !== generation) return;
    queue.push(...found.items);
    fetchedTo = Date.parse(found.until);
  } catch (problem) {
    if (mine !== generation) return;
    Object.assign(past, { problem: problem.words || String(problem), playing: false });
  }
  fetching = false;
  touch();
}

function apply(step) {
  const { topic, id } = step;
  if (topic === "reading") {
    if (step.point) past.points.set(id, step.point);
    return;
  }
  if (topic === "alarm") alarm(id, step.alarm);
  else if (topic === "message") message(step.message);
  else if (topic === "order") (["verified", "cancelled"].includes(step.order.state) ? past.orders.delete(id) : past.orders.set(id, step.order));
  else if (topic === "round") past.rounds.delete(id);
  else if (topic === "scan") peopleAt = -Infinity;
  past.lines = [step, ...past.lines].slice(0, LIVED);
}

function alarm(id, item) {
  const before = past.alarms.get(id);
  if (item.state === "NORM") past.alarms.delete(id);
  else past.alarms.set(id, { ...item, notifications: before && before.occurrence === item.occurrence ? before.notifications : [] });
}

function message(m) {
  const of = past.alarms.get(m.alarm);
  if (!of || of.occurrence !== m.occurrence) return;
  const others = of.notifications.filter((one) => one.id !== m.id);
  past.alarms.set(m.alarm, { ...of, notifications: [...others, m].sort((a, b) => a.step - b.step) });
}

const HIDDEN = ["SHELVED", "SUPPRESSED", "OUT_OF_SERVICE"];
const RANK = { critical: 0, high: 1, medium: 2, low: 3 };

export const pastAlarms = () =>
  [...past.alarms.values()].sort(
    (a, b) =>
      HIDDEN.includes(a.state) - HIDDEN.includes(b.state) ||
      a.acknowledged - b.acknowledged ||
      RANK[a.priority] - RANK[b.priority] ||
      Date.parse(b.raised_at || 0) - Date.parse(a.raised_at || 0),
  );

export const unseen = (a) => !a.acknowledged && !HIDDEN.includes(a.state);

// Where the page's address says it begins; the address follows what is chosen so that it can be sent to somebody.
export const asked = () => {
  const at = Date.parse(new URLSearchParams(location.search).get("at") || "");
  return Number.isFinite(at) ? at : null;
};

export function note() {
  if (past.at === null || state.path !== "/replay") return;
  const url = new URL(location.href);
  url.searchParams.set("at", iso(Math.floor(past.at / 1000) * 1000));
  history.replaceState(null, "", url.pathname + url.search);
}
