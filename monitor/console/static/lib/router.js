// Pages are paths; links stay links.

import { update } from "./store.js";

export function go(path) {
  if (path !== location.pathname + location.search) history.pushState(null, "", path);
  update({ path: location.pathname, opened: false, dialog: null });
  scrollTo(0, 0);
}

addEventListener("popstate", () => update({ path: location.pathname, opened: false, dialog: null }));

addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest("a[href^='/']");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || link.target || link.hasAttribute("download")) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});
