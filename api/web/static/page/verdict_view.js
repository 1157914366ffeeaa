/** Verdicts as people see them: always icon, word and colour together. */

import { element } from "./element.js";

const LOOKS = {
  intact: ["intact", "✓"],
  "intact, with notice": ["notice", "!"],
  pending: ["pending", "…"],
  "does not match": ["mismatch", "✕"],
  withdrawn: ["withdrawn", "⊘"],
  recalled: ["recalled", "⊘"],
  "could not check": ["unchecked", "?"],
  unknown: ["unknown", "–"],
  unrelated: ["unrelated", "≠"],
};

/** The name of a verdict in catalogues and style sheets. */
export function lookOf(verdict) {
  return LOOKS[verdict][0];
}

/** A badge for one record. */
export function verdictBadge(words, verdict) {
  const [look, icon] = LOOKS[verdict];
  return element(
    "span",
    { class: `badge ${look}` },
    element("span", { class: "icon", "aria-hidden": "true" }, icon),
    words.say(`verdict.short.${look}`),
  );
}

/** Fill the page's `role=status` box with a verdict and the sentences below its headline. */
export function showVerdict(box, words, verdict, sentences, actions = [], headline = null) {
  const [look, icon] = LOOKS[verdict];
  box.className = `verdict ${look}`;
  box.dataset.verdict = verdict;
  box.setAttribute("aria-busy", "false");
  box.replaceChildren(
    element("span", { class: "icon", "aria-hidden": "true" }, icon),
    element(
      "div",
      {},
      element("p", { class: "headline" }, headline ?? words.say(`verdict.${look}.title`)),
      ...sentences.map((sentence) => element("p", {}, sentence)),
      ...actions,
    ),
  );
}

/** Say that the check is under way, and how far. */
export function showProgress(box, words, done, total) {
  box.className = "verdict checking";
  delete box.dataset.verdict;
  box.setAttribute("aria-busy", "true");
  box.replaceChildren(
    element("span", { class: "icon", "aria-hidden": "true" }, "⋯"),
    element(
      "div",
      {},
      element("p", { class: "headline" }, words.say("checking.title")),
      element("p", {}, words.say("checking.text", { done, total })),
    ),
  );
}
