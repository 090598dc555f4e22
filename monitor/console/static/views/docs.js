// The API's documentation, drawn from its own schema.

import { html, useState } from "../vendor/htm-preact.module.js";
import { t } from "../lib/texts.js";
import { call } from "../lib/api.js";
import { Waiting, useFetched } from "../lib/parts.js";

export function Docs() {
  const answer = useFetched(() => call("GET", "/api/openapi.json"), []);
  if (!answer.data) return html`<${Waiting} answer=${answer} />`;
  const schema = answer.data;
  const routes = Object.entries(schema.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, o]) => ({ path, method, ...o })));
  const tags = [...new Set(routes.map((r) => r.tags[0]))];
  return html`<div class="page docs"><h1>${t("docs.title")}</h1><p>${schema.info.description} <a href="/api/openapi.json" target="_blank">openapi.json</a></p>
    ${tags.map((tag) => html`<section key=${tag}><h2>${tag}</h2>${routes.filter((r) => r.tags[0] === tag).map((r) => html`<${Route} key=${r.method + r.path} r=${r} schema=${schema} />`)}</section>`)}</div>`;
}

function Route({ r, schema }) {
  const [tried, setTried] = useState(null);
  const parameters = r.parameters || [];
  const submit = async (event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    const query = {};
    let path = r.path;
    for (const p of parameters) {
      const value = given.get(p.name);
      if (p.in === "path") path = path.replace(`{${p.name}}`, encodeURIComponent(value));
      else if (p.in === "query" && value) query[p.name] = value;
    }
    setTried(await call("GET", path, undefined, query).then((a) => JSON.stringify(a, null, 1), (e) => `${e.status} ${JSON.stringify(e.body, null, 1)}`));
  };
  const body = r.requestBody && Object.values(r.requestBody.content)[0].schema;
  const ok = Object.entries(r.responses).find(([code]) => code.startsWith("2"));
  const shape = ok && ok[1].content && Object.values(ok[1].content)[0].schema;
  const tryable = r.method === "get" && !r.path.endsWith("/stream");
  return html`<details class="route"><summary><b class=${r.method}>${r.method.toUpperCase()}</b> <code>${r.path}</code> <span>${r.summary}</span></summary>
    <p>${r.description}</p>
    <form onSubmit=${submit}>
      ${parameters.filter((p) => p.in !== "cookie" && p.in !== "header").map((p) => html`<label key=${p.name}><code>${p.name}${p.required ? " *" : ""}</code>${tryable ? html`<input name=${p.name} required=${p.required} />` : null}<small>${p.description || ""}</small></label>`)}
      ${tryable ? html`<button class="plain">${t("docs.try")}</button>` : null}
    </form>
    ${body ? html`<h4>${t("docs.body")}</h4><pre>${sketch(body, schema)}</pre>` : null}
    ${shape ? html`<h4>${t("docs.answers")} ${ok[0]}</h4><pre>${sketch(shape, schema)}</pre>` : null}
    ${tried ? html`<pre class="tried">${tried.slice(0, 20000)}</pre>` : null}
  </details>`;
}

// A schema as a shape one can read.
function sketch(s, schema, depth = 0) {
  const pad = "  ".repeat(depth + 1);
  if (depth > 6) return "…";
  if (s.$ref) return sketch(schema.components.schemas[s.$ref.split("/").pop()], schema, depth);
  if (s.anyOf) return [...new Set(s.anyOf.map((one) => sketch(one, schema, depth)))].join(" | ");
  if (s.enum) return s.enum.map((e) => JSON.stringify(e)).join(" | ");
  if (s.type === "array") return s.items ? `[${sketch(s.items, schema, depth)}]` : "[]";
  if (s.properties) {
    const needed = new Set(s.required || []);
    const lines = Object.entries(s.properties).map(([name, one]) => `${pad}${name}${needed.has(name) ? "" : "?"}: ${sketch(one, schema, depth + 1)}`);
    return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
  }
  return s.type || "any";
}
