// One state for the whole page; whoever draws is told once per frame.

// Alarms by id; `version` moves with every change, so that what follows from them is made once for each.
export class Alarms extends Map {
  version = 0;
  set(id, alarm) {
    this.version = (this.version || 0) + 1;
    return super.set(id, alarm);
  }
  delete(id) {
    this.version += 1;
    return super.delete(id);
  }
  clear() {
    this.version += 1;
    super.clear();
  }
}

export const state = {
  session: null, // null: not known yet; false: nobody signed in
  notice: "", // shown on the sign-in page
  path: location.pathname,
  alarms: new Alarms(),
  marked: new Map(), // alarms to be acknowledged together, with the occurrence that was seen
  unfolded: new Set(), // headlines whose children are drawn
  over: [], // alarms that returned to normal while we looked
  readings: new Map(),
  positions: new Map(), // open consoles by id, ours among them
  link: { state: "never", heardAt: 0, serverAt: null }, // never | live | lost
  offset: 0, // server's clock minus ours, ms
  selected: null,
  page: 0, // of the alarm list
  opened: false,
  dialog: null,
  toast: null,
  changed: {}, // topic -> count, so that views know when to fetch anew
  theme: document.documentElement.dataset.theme,
};

let drawing = false;
let draw = () => {};

export function onDraw(callback) {
  draw = callback;
}

export function update(patch) {
  Object.assign(state, patch);
  touch();
}

export function touch() {
  if (drawing) return;
  drawing = true;
  const go = () => {
    if (!drawing) return;
    drawing = false;
    draw();
  };
  // A page in the background gets no frames, yet its title and horn must follow.
  document.hidden ? setTimeout(go, 50) : requestAnimationFrame(go);
}

// This page, as the daemon knows it: another one after each loading, so that two tabs are never taken for one.
export const me = [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");

export const now = () => Date.now() + state.offset;

export function toast(text, kind = "plain") {
  const mine = { text, kind };
  update({ toast: mine });
  setTimeout(() => state.toast === mine && update({ toast: null }), 6000);
}
