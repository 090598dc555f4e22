// The HTTP API, with problems as errors that know their words.

import { state, update } from "./store.js";
import { language, t, has } from "./texts.js";

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || String(status));
    this.status = status;
    this.code = body.code || "other";
    this.body = body;
  }
  get words() {
    const key = `problem.${this.code}`;
    const faults = (this.body.errors || []).map((e) => `${e.field.replace(/^body\./, "")}: ${e.message}`).join("; ");
    return has(key) ? t(key) : t("problem.other", { detail: faults || this.message });
  }
}

export async function call(method, path, body, query = {}) {
  const url = new URL(path, location.origin);
  for (const [key, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined && one !== null && one !== "") url.searchParams.append(key, one);
  }
  if (!url.searchParams.has("lang")) url.searchParams.set("lang", language());
  let response;
  try {
    response = await fetch(url, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw new Problem(0, { code: "network" });
  }
  const text = await response.text();
  let parsed = null;
  try {
    parsed = text ? JSON.parse(text) : null;
  } catch {
    parsed = { detail: text.slice(0, 200) };
  }
  if (response.ok) return parsed;
  const problem = new Problem(response.status, parsed || {});
  problem.retryAfter = response.headers.get("Retry-After");
  if (response.status === 401 && state.session) update({ session: false, notice: "login.over", dialog: null });
  throw problem;
}

export const get = (path, query) => call("GET", path, undefined, query);
export const post = (path, body) => call("POST", path, body);
