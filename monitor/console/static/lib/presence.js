// Tells the daemon that this console is here and whether its horn can sound: at each change, and every 15 s.

import { post } from "./api.js";
import { horn } from "./horn.js";
import { state, me } from "./store.js";

const KEY = "watchroom.position";

const BEAT = 15000; // ms; the daemon forgets us after 45 s
const AGAIN = 5000; // ms after which a word that was lost is said again
let said = null;
let next = 0;

// At which operator position this screen stands: kept with the screen, not with the person.
export const position = () => {
  const chosen = localStorage.getItem(KEY) || "";
  return state.session.site.positions.some((p) => p.id === chosen) ? chosen : "";
};

export function stand(id) {
  localStorage.setItem(KEY, id);
  tell(true);
}

export function tell(fresh = false) {
  const sound = horn.sound;
  if (!state.session || state.link.state !== "live" || !sound) return;
  if (!fresh && sound === said && Date.now() < next) return;
  said = sound;
  next = Date.now() + BEAT;
  post("/api/v1/presence", { console: me, sound, position: position() }).catch(() => (next = Date.now() + AGAIN));
}
