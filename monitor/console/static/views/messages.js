// What was sent to people and what they answered; simulated phones side by side.

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.module.js";
import { state, now, toast } from "../lib/store.js";
import { t, word, has, hourMinute, moment, joined } from "../lib/texts.js";
import { get, post } from "../lib/api.js";
import { Glyph, Waiting, may, useFetched } from "../lib/parts.js";

export function Messages() {
  const keys = [state.changed.notification, state.changed.inbound, document.documentElement.lang];
  const out = useFetched(() => get("/api/v1/messages", { limit: 200 }), keys);
  const came = useFetched(() => get("/api/v1/messages", { direction: "in", limit: 200 }), keys);
  const phones = useFetched(() => get("/api/v1/phones"), []);
  const roster = useFetched(() => get("/api/v1/roster", { days: 1 }), [Math.floor(now() / 60000)]);
  if (!out.data || !came.data || !phones.data) return html`<${Waiting} answer=${out} />`;
  const onDuty = new Set(((roster.data && roster.data.now) || []).flatMap((r) => r.people.map((p) => p.id)));
  const newest = (p) => Math.max(0, ...threadOf(p, out.data.items, came.data.items).map((m) => m.at));
  const people = [...phones.data.items].sort((a, b) => onDuty.has(b.person) - onDuty.has(a.person) || newest(b) - newest(a));
  return html`<div class="page messagespage">
    ${people.length
      ? html`<h1>${t("messages.phones")}</h1><div class="phones">${people.map((p) => html`<${Phone} key=${p.person} p=${p} onDuty=${onDuty.has(p.person)} thread=${threadOf(p, out.data.items, came.data.items)} />`)}</div>`
      : html`<p class="muted">${t("messages.noPhones")}</p>`}
    <h2>${t("messages.log")}</h2>
    <${Log} out=${out.data.items} came=${came.data.items} />
  </div>`;
}

function threadOf(p, out, came) {
  const sent = out.filter((m) => m.address === p.address && m.text).map((m) => ({ ...m, mine: true, at: Date.parse(m.sent_at || m.created_at) }));
  const heard = came.filter((m) => m.address === p.address).map((m) => ({ ...m, mine: false, at: Date.parse(m.at) }));
  return [...sent, ...heard].sort((a, b) => a.at - b.at);
}

function Phone({ p, onDuty, thread }) {
  const end = useRef(null);
  const [text, setText] = useState("");
  useEffect(() => {
    end.current.scrollTop = end.current.scrollHeight;
  }, [thread.length]);
  const send = async (event) => {
    event.preventDefault();
    if (!text.trim()) return;
    try {
      await post(`/api/v1/phones/${p.person}/replies`, { text: text.trim() });
      setText("");
    } catch (problem) {
      toast(problem.words || String(problem), "bad");
    }
  };
  return html`<section class=${`phone ${onDuty ? "duty" : ""}`} data-person=${p.person}>
    <header><b>${p.name}</b><small>${joined(p.roles.map((r) => word("duty", r)))} · ${p.address}</small>${onDuty ? html`<i>${t("messages.onDuty")}</i>` : null}</header>
    <div class="thread" ref=${end}>
      ${thread.length ? null : html`<p class="muted">${t("messages.none")}</p>`}
      ${thread.map((m) => (m.mine ? html`<${Sent} key=${m.id} m=${m} use=${may("operator") ? setText : null} />` : html`<${Heard} key=${m.id} m=${m} />`))}
    </div>
    ${may("operator") ? html`<form onSubmit=${send}><input name="text" value=${text} placeholder=${t("messages.reply", { name: p.name })} aria-label=${t("messages.reply", { name: p.name })} maxlength="500" onInput=${(e) => setText(e.target.value)} autocomplete="off" /><button class="primary">${t("messages.send")}</button></form>` : null}
  </section>`;
}

function Sent({ m, use }) {
  const glyph = m.state === "delivered" ? "double" : m.state === "sent" ? "check" : m.state === "failed" ? "cross" : "clock";
  return html`<div class=${`bubble in ${m.state}`}>
    <p>${m.text}</p>
    <small><time>${moment(m.at, now())}</time>${m.over ? html`<b>${t("messages.over")}</b>` : null}<span><${Glyph} name=${glyph} size=${15} />${t(`delivery.${m.state}`)}</span>${m.code && use ? html`<button class="code" onClick=${() => use(m.code)}>${t("messages.code", { code: m.code })}</button>` : null}</small>
  </div>`;
}

// A message may name several codes; what the alarm refused is said in the words of the refusal.
function outcome(m) {
  const said = (one) => [`messages.outcome.${one}`, `problem.${one}`].find(has);
  return joined(m.outcome.split(" ").filter(Boolean).map((one) => (said(one) ? t(said(one)) : one)));
}

function Heard({ m }) {
  return html`<div class="bubble out"><p>${m.text}</p><small><time>${moment(m.at, now())}</time>${m.outcome ? html`<span>${outcome(m)}</span>` : null}</small></div>`;
}

function Log({ out, came }) {
  const rows = [
    ...out.map((m) => ({ key: m.id, at: m.sent_at || m.due_at || m.created_at, who: m.name || word("duty", m.role), text: m.text || "…", state: t(`delivery.${m.state}`), kind: m.state, arrow: "→" })),
    ...came.map((m) => ({ key: m.id, at: m.at, who: m.name || m.address, text: m.text, state: outcome(m), kind: "heard", arrow: "←" })),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return html`<table class="log"><tbody>${rows.slice(0, 60).map((r) => html`<tr key=${r.key} class=${r.kind}><td><time>${moment(r.at, now())}</time></td><td>${r.arrow} ${r.who}</td><td>${r.text}</td><td><b>${r.state}</b></td></tr>`)}</tbody></table>`;
}
