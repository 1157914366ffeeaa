/** A part of the screen that only the ledger can fill: says so while it comes and if it does not. */

import { element } from "../page/element.js";
import { Refusal } from "./server.js";

/** A box that `show` fills with what `load` brings. */
export function later(words, load, show) {
  const box = element(
    "div",
    { "aria-live": "polite", "aria-busy": "true" },
    element("p", { class: "muted" }, words.say("loading")),
  );
  load()
    .then((found) => box.replaceChildren(show(found)))
    .catch((error) => {
      console.warn(error);
      box.replaceChildren(element("p", { class: "muted" }, explain(words, error)));
    })
    .finally(() => box.setAttribute("aria-busy", "false"));
  return box;
}

/** Why the ledger gave no answer that helps. */
export function explain(words, error) {
  if (!(error instanceof Refusal)) return words.say("needs_network");
  const known = words.catalogue[`refusal.${error.problem.code}`];
  return known ?? words.say("refused_because", { detail: error.problem.detail });
}
