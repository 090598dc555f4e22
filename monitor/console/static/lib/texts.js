// Words in the chosen language; times and numbers as the site writes them.

const root = document.documentElement;
let words = {};
let tag = root.lang;

export const LANGUAGES = { "zh-Hant": "繁體", "zh-Hans": "简体", en: "EN" };
export const zone = root.dataset.timezone;
export const language = () => tag;

export async function speak(next) {
  const response = await fetch(`/api/v1/texts?lang=${next}`);
  words = await response.json();
  tag = next;
  root.lang = next;
  formats.clear();
}

export const has = (key) => key in words;

export function t(key, parts = {}) {
  const text = words[key];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in parts ? parts[name] : whole));
}

// A word for a value of an open set, such as a role the site has named: its own name where we have none.
export const word = (group, name) => (has(`${group}.${name}`) ? t(`${group}.${name}`) : name);

const formats = new Map();

function format(name, options) {
  if (!formats.has(name)) {
    // Digits and order of en-GB, whatever the language: 24 h, no "上午".
    const locale = name === "weekday" ? tag : "en-GB";
    formats.set(name, new Intl.DateTimeFormat(locale, { timeZone: zone, hourCycle: "h23", ...options }));
  }
  return formats.get(name);
}

const two = { hour: "2-digit", minute: "2-digit" };

export const clock = (at) => format("clock", { ...two, second: "2-digit" }).format(new Date(at));
export const hourMinute = (at) => format("hm", two).format(new Date(at));

function parts(at) {
  const found = {};
  for (const p of format("ymd", { year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(new Date(at))) found[p.type] = p.value;
  return found;
}

export const day = (at) => {
  const p = parts(at);
  return `${p.year}-${p.month}-${p.day}`;
};
export const monthDay = (at) => {
  const p = parts(at);
  return `${p.month}-${p.day}`;
};
export const weekday = (at) => format("weekday", { weekday: "short" }).format(new Date(at));

// The time alone when it is today, with the day when it is not.
export function moment(at, today, seconds = false) {
  if (!at) return "";
  const time = seconds ? clock(at) : hourMinute(at);
  return day(at) === day(today) ? time : `${monthDay(at)} ${time}`;
}

export function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return t("time.s", { n: s });
  if (s < 3600) return t("time.m", { n: Math.floor(s / 60) });
  if (s < 86400) return t("time.h", { n: Math.floor(s / 3600), m: Math.floor((s % 3600) / 60) });
  return t("time.d", { n: Math.floor(s / 86400), h: Math.floor((s % 86400) / 3600) });
}

export function countdown(ms) {
  const s = Math.floor(Math.abs(ms) / 1000);
  const mm = String(Math.floor((s % 3600) / 60)).padStart(2, "0");
  const ss = String(s % 60).padStart(2, "0");
  return s >= 3600 ? `${Math.floor(s / 3600)}:${mm}:${ss}` : `${mm}:${ss}`;
}

export function number(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const digits = Number.isInteger(value) ? 0 : size >= 1000 ? 0 : size >= 100 ? 1 : 2;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits, useGrouping: size >= 10000 });
}

export const percent = (share) => `${(share * 100).toFixed(1)} %`;

export function valueText(value, unit = "", states = {}) {
  if (value === null || value === undefined) return "—";
  const named = states && states[String(value)];
  if (named) return named;
  if (typeof value === "boolean") return t(`value.${value}`);
  const text = typeof value === "number" ? number(value) : String(value);
  return unit ? `${text} ${unit}` : text;
}

// Several words in a row, as the language of the page writes them.
export const joined = (words) => words.join(tag.startsWith("zh") ? "、" : ", ");
