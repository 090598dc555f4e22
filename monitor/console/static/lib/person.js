// Signing in and out, and what a person prefers.

import { call } from "./api.js";
import { state, update } from "./store.js";
import { hangUp } from "./stream.js";
import { speak } from "./texts.js";

const YEAR = 31536000;

export async function begin() {
  try {
    update({ session: await call("GET", "/api/v1/session") });
  } catch {
    update({ session: false });
  }
}

export async function signIn(name, password) {
  const session = await call("POST", "/api/v1/session", { name, password });
  await speak(session.language);
  update({ session, notice: "" });
}

export async function signOut() {
  await call("DELETE", "/api/v1/session").catch(() => {});
  hangUp();
  update({ session: false, notice: "" });
}

export async function choose(tag) {
  document.cookie = `watchroom_language=${tag}; Max-Age=${YEAR}; Path=/; SameSite=Lax`;
  await speak(tag);
  if (state.session) update({ session: await call("PATCH", "/api/v1/session", { language: tag }).catch(() => state.session) });
  update({});
}

export function setTheme(theme) {
  document.cookie = `watchroom_theme=${theme}; Max-Age=${YEAR}; Path=/; SameSite=Lax`;
  document.documentElement.dataset.theme = theme;
  update({ theme });
}
