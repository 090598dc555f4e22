// Small pieces that every page is made of.

import { createContext, html, useContext, useEffect, useRef, useState } from "../vendor/htm-preact.module.js";
import { state, now } from "./store.js";
import { t, word, valueText, moment } from "./texts.js";

const SHAPES = {
  critical: ["M10 1.5h12L30.5 10v12L22 30.5H10L1.5 22V10Z", "1", 22],
  high: ["M16 2 31 29H1Z", "2", 26],
  medium: ["M16 1.5 30.5 16 16 30.5 1.5 16Z", "3", 22],
  low: ["M16 2.5a13.5 13.5 0 1 1 0 27a13.5 13.5 0 1 1 0-27Z", "4", 22],
};

// The moment that is shown: the present unless a page shows the past.
export const Then = createContext(null);
export const useMoment = () => useContext(Then) ?? now();

// Priority by shape, digit and colour: an octagon 1, a triangle 2, a diamond 3, a circle 4.
export function Sign({ priority, quiet = false, size = 34 }) {
  const [path, digit, y] = SHAPES[priority] || SHAPES.low;
  return html`<svg class=${`sign ${priority} ${quiet ? "quiet" : ""}`} viewBox="0 0 32 32" width=${size} height=${size} role="img" aria-label=${t(`priority.${priority}`)}>
    <path d=${path} /><text x="16" y=${y} text-anchor="middle">${digit}</text>
  </svg>`;
}

const GLYPHS = {
  check: "M4 12.5 9.5 18 20 6.5",
  double: "M1.5 12.5 7 18 17 6.5M11 16l2 2L23 6.5",
  clock: "M12 7v5l3.5 2M12 3a9 9 0 1 1 0 18a9 9 0 1 1 0-18",
  cross: "M6 6l12 12M18 6 6 18",
  arrow: "M4 12h15M13 6l6 6-6 6",
  down: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  back: "M20 12H5M11 6l-6 6 6 6",
  sound: "M4 9.5v5h4l5 4.5V5L8 9.5ZM16.5 9a4 4 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11",
  mute: "M4 9.5v5h4l5 4.5V5L8 9.5ZM17 10l4 4M21 10l-4 4",
  wave: "M2 12h3l2.5-8 4 16 4-16L18 12h4",
  moon: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5Z",
  sun: "M12 8a4 4 0 1 1 0 8a4 4 0 1 1 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5 19 19M5 19l1.5-1.5M17.5 6.5 19 5",
  out: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  bell: "M6 17V11a6 6 0 0 1 12 0v6l1.5 2h-15ZM10 21h4",
  plant: "M3 21h18M5 21V9l6 4V9l6 4V4h3v17",
  walk: "M9 4h6v3H9zM7 5.5H5V21h14V5.5h-2M8.5 14l2.5 2.5 4.5-5",
  chat: "M4 5h16v11H10l-4 4v-4H4Z",
  tool: "M14.5 6.5a4.5 4.5 0 0 0-6 6L3 18l3 3 5.5-5.5a4.5 4.5 0 0 0 6-6l-3 3-2.5-.5-.5-2.5Z",
  people: "M8 11a3.5 3.5 0 1 1 0-7a3.5 3.5 0 1 1 0 7M2 20c0-4 2.5-6 6-6s6 2 6 6M16 11a3 3 0 1 0-1-5.8M16 14c3 0 6 1.5 6 6",
  pencil: "M4 20l1-4L16 5l3 3L8 19ZM14 7l3 3",
  chart: "M4 20V4M4 20h16M8 16v-5M12 16V7M16 16v-3",
};

export function Glyph({ name, size = 20 }) {
  return html`<svg class="glyph" viewBox="0 0 24 24" width=${size} height=${size} aria-hidden="true"><path d=${GLYPHS[name]} /></svg>`;
}

const DELIVERY = { delivered: "double", sent: "check", failed: "cross", cancelled: "cross" };

// Who was told, and whether that person has it.
export function Told({ message }) {
  const at = useMoment();
  const who = message.name || word("duty", message.role);
  const waiting = message.state === "waiting" && message.due_at;
  const what = waiting ? t("delivery.due", { time: moment(message.due_at, at) }) : t(`delivery.${message.state}`);
  return html`<span class=${`told ${message.state}`}>
    <${Glyph} name=${DELIVERY[message.state] || "clock"} size=${17} /><b>${who}</b> ${what}
  </span>`;
}

// A value that cannot be believed never looks as one that can.
export function Value({ point }) {
  const text = valueText(point.value, point.unit, point.states);
  if (point.quality === "good") return html`<span class="value">${text}</span>`;
  const why = point.reason ? word("reason", point.reason) : t(`quality.${point.quality}`);
  return html`<span class=${`value ${point.quality}`}>
    ${point.value !== null && html`<s>${text}</s>`}<em>${point.quality === "bad" ? "✕" : "?"} ${why}</em>
  </span>`;
}

export function Dialog({ title, onClose, onSubmit, children, submit, danger = false }) {
  const box = useRef(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    const first = box.current.querySelector("textarea, input, select");
    if (first) first.focus();
    return () => before && before.focus && before.focus();
  }, []);
  const send = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await onSubmit(new FormData(event.target));
    } finally {
      setBusy(false);
    }
  };
  return html`<dialog ref=${box} class="dialog" onCancel=${(e) => (e.preventDefault(), onClose())}>
    <form onSubmit=${send}>
      <h2>${title}</h2>
      ${children}
      <div class="buttons">
        <button type="button" class="plain" onClick=${onClose}>${t("dialog.cancel")}</button>
        <button type="submit" class=${danger ? "danger" : "primary"} disabled=${busy}>${submit || t("dialog.ok")}</button>
      </div>
    </form>
  </dialog>`;
}

// Fetch when `keys` change; keeps what was there while the next comes.
export function useFetched(load, keys) {
  const [answer, set] = useState({ data: null, problem: null });
  useEffect(() => {
    let mine = true;
    load().then(
      (data) => mine && set({ data, problem: null }),
      (problem) => mine && set((before) => ({ ...before, problem })),
    );
    return () => (mine = false);
  }, keys);
  return answer;
}

export function Waiting({ answer }) {
  if (answer.problem) return html`<p class="problem">${answer.problem.words || String(answer.problem)}</p>`;
  return answer.data ? null : html`<p class="muted pad">${t("frame.loading")}</p>`;
}

export const may = (role) => {
  const ranks = ["viewer", "operator", "engineer", "admin"];
  return state.session && ranks.indexOf(state.session.role) >= ranks.indexOf(role);
};
