// The order in which alarms stand, and what stands under what. Sorted once for each change, not for each drawing.

import { state } from "./store.js";

const RANK = { critical: 0, high: 1, medium: 2, low: 3 };
const HIDDEN = new Set(["SHELVED", "SUPPRESSED", "OUT_OF_SERVICE"]);

export const hidden = (a) => HIDDEN.has(a.state);

// Times of one form sort as they are read.
const byUrgency = (a, b) =>
  hidden(a) - hidden(b) ||
  a.acknowledged - b.acknowledged ||
  RANK[a.priority] - RANK[b.priority] ||
  (a.raised_at === b.raised_at ? 0 : (a.raised_at || "") < (b.raised_at || "") ? 1 : -1);

let sorted = { alarms: null, version: -1 };

function order() {
  if (sorted.alarms === state.alarms && sorted.version === state.alarms.version) return sorted;
  const all = [...state.alarms.values()].sort(byUrgency);
  const under = new Map();
  const open = [];
  const shelf = [];
  const rests = new Map();
  for (const a of all) {
    const listed = a.headline && state.alarms.has(a.headline);
    if (listed) under.has(a.headline) ? under.get(a.headline).push(a) : under.set(a.headline, [a]);
    if (!hidden(a)) open.push(a);
    else if (resting(a)) rest(a, rests);
    else if (!listed) shelf.push(a);
  }
  sorted = { alarms: state.alarms, version: state.alarms.version, all, open, shelf, under, rests: [...rests.values()] };
  return sorted;
}

// Out of service with its equipment, and nothing is wrong: a panel of 160 breakers is one line, not 160.
const resting = (a) => a.state === "OUT_OF_SERVICE" && !a.active && !a.latched && a.acknowledged;

function rest(a, rests) {
  const known = rests.get(a.equipment);
  if (known) known.rules += 1;
  else rests.set(a.equipment, { equipment: a.equipment, name: a.equipment_name, location: a.location, until: a.out_of_service_until, rules: 1 });
}

// Every alarm, the most urgent first.
export const urgent = () => order().all;

// Those that want to be seen, and those kept from people that stand under nothing.
export const open = () => order().open;
export const shelf = () => order().shelf;
export const rests = () => order().rests;

// What a headline explains, whether it is hidden or too urgent for that.
export const children = (a) => order().under.get(a.id) || [];
