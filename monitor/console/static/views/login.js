import { html, useState } from "../vendor/htm-preact.module.js";
import { state } from "../lib/store.js";
import { t } from "../lib/texts.js";
import { signIn } from "../lib/person.js";
import { Languages } from "./frame.js";

export function Login() {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    setBusy(true);
    setProblem("");
    try {
      await signIn(given.get("name"), given.get("password"));
    } catch (error) {
      if (error.status === 429) setProblem(t("login.tooMany", { seconds: error.retryAfter }));
      else setProblem(error.code === "wrong_credentials" ? t("login.wrong") : error.words);
    } finally {
      setBusy(false);
    }
  };
  return html`<main class="login">
    <form onSubmit=${submit}>
      <div class="mark">
        <svg viewBox="0 0 32 32" width="52" height="52" aria-hidden="true"><circle cx="16" cy="16" r="12" /><path d="M16 16V8M16 16l6 3.5" /></svg>
        <h1>${document.documentElement.dataset.site}</h1>
        <p>${t("app.name")} · ${t("login.tagline")}</p>
      </div>
      ${state.notice && !problem ? html`<p class="notice">${t(state.notice)}</p>` : null}
      <label>${t("login.name")}<input name="name" autocomplete="username" autocapitalize="none" required autofocus /></label>
      <label>${t("login.password")}<input name="password" type="password" autocomplete="current-password" required /></label>
      ${problem ? html`<p class="problem" role="alert">${problem}</p>` : null}
      <button class="primary" disabled=${busy}>${t("login.submit")}</button>
      <${Languages} />
    </form>
  </main>`;
}
