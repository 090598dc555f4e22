// Taking history away: what is wanted, how far each file is, and the files that wait. The server makes them, so closing the page
// loses nothing and a download that broke off goes on.

import { html, useEffect, useState } from "../vendor/htm-preact.module.js";
import { now } from "../lib/store.js";
import { t, number } from "../lib/texts.js";
import { call, get, post } from "../lib/api.js";
import { fromField, toField } from "../lib/localtime.js";
import { Glyph } from "../lib/parts.js";

const STEPS = { minute: 60, quarter: 900, hour: 3600, day: 86400 };
const MOST = 2000;
const FORMATS = ["csv", "xlsx", "parquet"];
const under = (e) => e.state === "running" || e.state === "waiting";

export function ExportPanel({ points, from, to }) {
  const [list, setList] = useState([]);
  const [problem, setProblem] = useState("");
  const [rows, setRows] = useState("every");
  const [format, setFormat] = useState("csv");
  const [begun] = useState({ from, to });
  const load = () => get("/api/v1/exports").then((a) => setList(a.items), () => {});
  const busy = list.some(under);
  useEffect(() => void load(), []);
  useEffect(() => {
    if (!busy) return undefined;
    const beat = setInterval(load, 1000);
    return () => clearInterval(beat);
  }, [busy]);
  const make = async (event) => {
    event.preventDefault();
    setProblem("");
    const form = new FormData(event.target);
    const [since, until] = [fromField(form.get("from")), fromField(form.get("to"))];
    const step = STEPS[rows];
    const buckets = step ? Math.max(1, Math.ceil((until - since) / 1000 / step)) : undefined;
    if (buckets > MOST) return setProblem(t("export.tooMany", { n: number(MOST) }));
    const end = step ? since + buckets * step * 1000 : until;
    const order = { points: form.getAll("point"), from: new Date(since).toISOString(), to: new Date(end).toISOString(), format, bom: form.has("bom") };
    if (step) Object.assign(order, { buckets, compare: form.has("week") ? ["7d"] : [] });
    try {
      await post("/api/v1/exports", order);
      await load();
    } catch (fault) {
      setProblem(fault.words || String(fault));
    }
    return undefined;
  };
  const drop = (e) => call("DELETE", `/api/v1/exports/${e.id}`).then(load, load);
  const ticks = points.length > 1;
  return html`<section class="export">
    <form onSubmit=${make}>
      <label>${t("export.from")}<input name="from" type="datetime-local" step="1" required defaultValue=${toField(begun.from)} max=${toField(now())} /></label>
      <label>${t("export.to")}<input name="to" type="datetime-local" step="1" required defaultValue=${toField(begun.to)} /></label>
      <label>${t("export.rows")}<select value=${rows} onChange=${(e) => setRows(e.target.value)}>${["every", ...Object.keys(STEPS)].map((r) => html`<option value=${r}>${t(`export.${r}`)}</option>`)}</select></label>
      <fieldset class="formats"><legend>${t("export.format")}</legend>${FORMATS.map((f) => html`<label class=${f === format ? "here" : ""}><input type="radio" name="format" value=${f} checked=${f === format} onChange=${() => setFormat(f)} /> ${f === "parquet" ? "Parquet" : f.toUpperCase()}</label>`)}</fieldset>
      <div class="ticks">
        ${points.map((p) => html`<label key=${p.id} hidden=${!ticks}><input type="checkbox" name="point" value=${p.id} defaultChecked /> ${p.label}</label>`)}
        ${rows === "every" ? null : html`<label><input type="checkbox" name="week" /> ${t("export.week")}</label>`}
        ${format === "csv" ? html`<label><input type="checkbox" name="bom" defaultChecked /> ${t("export.bom")}</label>` : null}
      </div>
      <button type="submit" class="primary">${t("export.make")}</button>
    </form>
    ${problem ? html`<p class="problem" role="alert">${problem}</p>` : null}
    ${list.length ? html`<ul class="files">${list.map((e) => html`<li key=${e.id} class=${e.state}>
      <b>${e.name}</b>
      ${under(e) ? html`<progress max="1" value=${e.share} aria-label=${e.name}></progress>` : null}
      <span>${said(e)}</span>
      <span class="does">${e.file ? html`<a class="button" download href=${e.file}><${Glyph} name="down" size=${18} /> ${t("export.download")}</a>` : null}
        <button class="plain" onClick=${() => drop(e)} aria-label=${`${t(under(e) ? "export.stop" : "export.drop")} ${e.name}`}>${t(under(e) ? "export.stop" : "export.drop")}</button></span>
    </li>`)}</ul>` : null}
    <p class="muted">${t("export.how")}</p>
  </section>`;
}

const size = (bytes) => (bytes < 1e6 ? `${number(Math.ceil(bytes / 1e3))} kB` : `${number(bytes / 1e6)} MB`);

function said(e) {
  const parts = { percent: `${Math.floor(e.share * 100)} %`, rows: number(e.rows), size: size(e.bytes), reason: e.reason };
  return t(`export.${e.state}`, parts);
}
