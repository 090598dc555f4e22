// Times of the site's clock as a date field writes them, whatever zone the browser is in.

import { zone, day, clock } from "./texts.js";

export const toField = (ms) => `${day(ms)}T${clock(ms)}`;

const shifted = (ms) => Date.parse(`${toField(ms)}Z`) - Math.floor(ms / 1000) * 1000;

// ms of a local time; of the hour that happens twice in autumn the first, of the one that never happens in spring the one after.
export function fromField(text) {
  const wanted = Date.parse(`${text}Z`);
  if (!Number.isFinite(wanted)) return null;
  const guess = wanted - shifted(wanted);
  const candidates = [guess - 3600000, guess, guess + 3600000].map((ms) => wanted - shifted(ms));
  const fits = candidates.filter((ms) => Date.parse(`${toField(ms)}Z`) === wanted);
  return fits.length ? Math.min(...fits) : guess;
}

export { zone };
