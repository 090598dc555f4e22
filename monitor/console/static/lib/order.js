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
  for (const a of all) {
    const listed = a.headline && state.alarms.has(a.headline);
    if (listed) under.has(a.headline) ? under.get(a.headline).push(a) : under.set(a.headline, [a]);
    if (!hidden(a)) open.push(a);
    else if (!listed) shelf.push(a);
  }
  sorted = { alarms: state.alarms, version: state.alarms.version, all, open, shelf, under };
  return sorted;
}

// Every alarm, the most urgent first.
export const urgent = () => order().all;

// Those that want to be seen, and those kept from people that stand under nothing.
export const open = () => order().open;
export const shelf = () => order().shelf;

// What a headline explains, whether it is hidden or too urgent for that.
export const children = (a) => order().under.get(a.id) || [];
