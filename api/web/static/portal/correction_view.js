/** Declaring a recorded entry wrong. Nothing is taken back: both versions stay for all to see. */

import { element, facts } from "../page/element.js";
import { REASONS } from "./correction.js";
import { describeEvent, titleOf } from "./event_view.js";
import { choiceField } from "./fields.js";
import { REFUSED, WAITING } from "./queue.js";
import { hash } from "./screens.js";
import { spellMoment } from "./spelling.js";
import { STEPS } from "./steps.js";

/** Why it is wrong, and whether it is recorded again as it should be. */
export function correctionView(portal, eventID) {
  const { words, entries } = portal;
  const entry = entries.find((one) => one.eventID === eventID);
  if (entry === undefined) return element("p", { class: "notice" }, words.say("entry.unknown"));
  const reason = choiceField({ words, spec: { name: "reason", choices: REASONS }, step: null });
  const again = element("button", { type: "submit", class: "main" }, words.say("correct.again"));
  const only = element("button", { type: "button" }, words.say("correct.only"));
  const canRecordAgain = entry.step !== null && entry.step in STEPS;
  const show = () => {
    again.hidden = !canRecordAgain || reason.read() !== "incorrect_data";
    only.className = again.hidden ? "main" : "";
  };
  const form = element(
    "form",
    { novalidate: true },
    element("p", { class: "product" }, titleOf(words, entry)),
    facts(describeEvent(portal, entry.event).map(([, name, text]) => [name, text])),
    reason.node,
    element("p", { class: "muted" }, words.say("correct.meaning")),
    element("div", { class: "actions" }, again, only),
  );
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = hash("again", eventID);
  });
  only.addEventListener("click", async () => {
    only.disabled = true;
    await portal.declareWrong(entry, reason.read(), []);
    location.hash = hash("entry", eventID);
  });
  show();
  return element(
    "div",
    {},
    element("section", {}, form),
    element(
      "p",
      { class: "links" },
      element("a", { href: hash("entry", eventID) }, words.say("back")),
    ),
  );
}

/** What was declared about an entry, how far that has come, and what stands instead. */
export function wrongBox({ words, entries }, { declaration }) {
  const { reason, declarationTime, correctiveEventIDs = [] } = declaration.event.errorDeclaration;
  const known = correctiveEventIDs.map((id) => entries.find(({ eventID }) => eventID === id));
  return element(
    "section",
    { class: "notice", "data-wrong": declaration.state },
    element("h2", {}, words.say("wrong_entry.title")),
    facts([
      [words.say("wrong_entry.reason"), reason && words.name("choice", reason)],
      [words.say("wrong_entry.when"), spellMoment(words, Date.parse(declarationTime))],
    ]),
    declaration.state === WAITING
      ? element("p", {}, words.say("wrong_entry.waiting"))
      : null,
    declaration.state === REFUSED
      ? element("p", { class: "alarm" }, words.say("refused_because", declaration.problem))
      : null,
    ...known
      .filter((entry) => entry !== undefined)
      .map(({ eventID }) =>
        element(
          "p",
          { class: "links" },
          element("a", { href: hash("entry", eventID) }, words.say("wrong_entry.instead")),
        ),
      ),
  );
}
