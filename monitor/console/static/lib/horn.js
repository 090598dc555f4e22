// The horn sounds for what nobody has acknowledged. Silencing it acknowledges nothing.

import { post } from "./api.js";
import { me, state, touch } from "./store.js";
import { hidden } from "./order.js";

const KEY = "watchroom.horn";
const STARTING = 1500; // ms in which a browser that lets us sound has begun
let context = null;
let tried = Date.now();
let silenced = new Set();
let last = 0;

export const horn = {
  on: localStorage.getItem(KEY) !== "off",
  get ready() {
    return context !== null && context.state === "running";
  },
  // on | off | blocked, as others are told; null while the browser has not decided yet.
  get sound() {
    if (!horn.on) return "off";
    if (horn.ready) return "on";
    return Date.now() - tried < STARTING ? null : "blocked";
  },
  get silent() {
    return sounding().length === 0 && waiting().length > 0;
  },
  get calls() {
    return sounding().length > 0;
  },
};

const key = (a) => `${a.id}#${a.occurrence}.${a.annunciation}`;
const waiting = () => [...state.alarms.values()].filter((a) => !a.acknowledged && !hidden(a));
const sounding = () => waiting().filter((a) => !silenced.has(key(a)));

// Most browsers let a page sound only after a person has touched it; some, and kiosks that are told so, at once.
export function enable() {
  if (!context) {
    tried = Date.now();
    context = new AudioContext();
    context.onstatechange = touch;
  }
  return context.resume().then(touch, touch);
}

// Any touch or key will do where the horn is wanted. The buttons that are about sound see to themselves.
export function touched(event) {
  if (horn.on && !horn.ready && !event.target.closest?.("[data-sound]")) enable();
}

// What a critical alarm sounds like, for whoever wants to know that it can be heard.
export async function test() {
  await enable();
  call();
}

export function toggle() {
  if (horn.on && !horn.ready) return enable();
  horn.on = !horn.on;
  localStorage.setItem(KEY, horn.on ? "on" : "off");
  if (horn.on) enable();
  touch();
}

// Silent at once; that it was done, and by whom, is told to the record beside it.
export function silence() {
  const heard = sounding();
  const open = new Set([...state.alarms.values()].map(key));
  silenced = new Set([...silenced].filter((k) => open.has(k)));
  for (const a of waiting()) silenced.add(key(a));
  touch();
  if (heard.length) record(heard);
}

const NAMED = 500; // alarms that one silencing names; the others are counted
const RANK = ["critical", "high", "medium", "low"];
const AGAIN = 5000; // ms after which a word that was lost is said again
const TRIES = 60;

function record(heard) {
  const urgent = [...heard].sort((a, b) => RANK.indexOf(a.priority) - RANK.indexOf(b.priority));
  const items = urgent.slice(0, NAMED).map((a) => ({ id: a.id, occurrence: a.occurrence, annunciation: a.annunciation }));
  tellIt({ console: me, items, others: heard.length - items.length }, 1);
}

// A lost answer may write it twice: better than not at all. What is not stored yet is queued there, and a refusal stays one.
function tellIt(body, tries) {
  post("/api/v1/silence", body).catch((problem) => {
    const known = problem.code === "not_stored" || (problem.status >= 400 && problem.status < 500);
    if (tries < TRIES && !known) setTimeout(() => tellIt(body, tries + 1), AGAIN);
  });
}

// Once a second. A lost line is worth a sound of its own: the list may be old.
export function tick() {
  if (!horn.on || !horn.ready) return;
  const alarms = sounding();
  const lost = state.link.state === "lost";
  if (!alarms.length && !lost) return;
  const critical = alarms.some((a) => a.priority === "critical");
  const pause = critical ? 2000 : alarms.length ? 4000 : 15000;
  if (Date.now() - last < pause) return;
  last = Date.now();
  if (critical) call();
  else if (alarms.length) [660, 660].forEach((f, i) => tone(f, i * 0.3, 0.18));
  else tone(330, 0, 0.5);
}

const call = () => [880, 660, 880].forEach((f, i) => tone(f, i * 0.22, 0.18));

function tone(frequency, delay, length) {
  const start = context.currentTime + delay;
  const gain = context.createGain();
  gain.gain.setValueAtTime(0.0001, start);
  gain.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + length);
  const wave = context.createOscillator();
  wave.frequency.value = frequency;
  wave.type = "triangle";
  wave.connect(gain).connect(context.destination);
  wave.start(start);
  wave.stop(start + length + 0.05);
}
