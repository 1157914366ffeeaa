/** One entry: how far it has come, what it says, and what can be done where it is stuck. */

import { element, facts } from "../page/element.js";
import { buildEvent } from "./event.js";
import { describeEvent } from "./event_view.js";
import { CONFLICT, REFUSED, WAITING } from "./queue.js";
import { hash } from "./screens.js";
import { spellMoment } from "./spelling.js";
import { stateBadge } from "./status_view.js";
import { urnUuid } from "./urn_uuid.js";

/** Every entry of this device, newest first. */
export function entriesView(portal) {
  const { words, entries } = portal;
  if (entries.length === 0) return element("p", { class: "muted" }, words.say("lots.none"));
  return element(
    "section",
    {},
    element("p", { class: "muted" }, words.say("entries.here")),
    element(
      "ul",
      { class: "rows" },
      ...entries.map((one) => element("li", {}, entryRow(words, one))),
    ),
  );
}

/** An entry in a list. */
export function entryRow(words, entry) {
  const moment = spellMoment(Date.parse(entry.event.eventTime));
  return element(
    "a",
    { class: "row", href: hash("entry", entry.eventID) },
    element("span", {}, element("strong", {}, words.say(`step.${entry.step}`)), " ", moment),
    stateBadge(words, entry.state),
  );
}

export function entryView(portal, eventID) {
  const { words, entries } = portal;
  const entry = entries.find((one) => one.eventID === eventID);
  if (entry === undefined) return element("p", { class: "notice" }, words.say("entry.unknown"));
  const stuck = { [REFUSED]: refusedBox, [CONFLICT]: conflictBox, [WAITING]: waitingBox }[
    entry.state
  ];
  return element(
    "div",
    {},
    element(
      "section",
      {},
      element("p", { class: "product" }, words.say(`step.${entry.step}`)),
      element("p", {}, stateBadge(words, entry.state)),
      element("p", { class: "muted" }, words.say(`explain.${entry.state}`)),
    ),
    stuck === undefined ? null : stuck(portal, entry),
    entry.state === CONFLICT
      ? null
      : element(
          "section",
          {},
          facts(describeEvent(words, entry.event).map(([, name, text]) => [name, text])),
        ),
    element("p", { class: "links" }, element("a", { href: "#/" }, words.say("home.back"))),
  );
}

function waitingBox(portal, entry) {
  return element("div", { class: "actions" }, editLink(portal, entry), dropButton(portal, entry));
}

function refusedBox(portal, entry) {
  const { words } = portal;
  const { code, detail } = entry.problem;
  const reason = words.catalogue[`refusal.${code}`] ?? words.say("refusal.other");
  return element(
    "section",
    { class: "alarm" },
    element("h2", {}, words.say("refused.title")),
    element("p", {}, reason),
    element("p", { lang: "en", class: "small" }, detail),
    element("div", { class: "actions" }, editLink(portal, entry), dropButton(portal, entry)),
  );
}

/** Both versions side by side; neither is changed by looking. */
function conflictBox(portal, entry) {
  const { words } = portal;
  const versions = [
    ["conflict.theirs", describeEvent(words, entry.theirs.event)],
    ["conflict.mine", describeEvent(words, entry.event)],
  ];
  const differing = differences(versions[0][1], versions[1][1]);
  const columns = versions.map(([title, rows]) =>
    element(
      "section",
      { class: "version" },
      element("h3", {}, words.say(title)),
      element(
        "dl",
        {},
        ...rows.map(([key, name, text]) =>
          element(
            "div",
            { class: differing.has(key) ? "differs" : undefined },
            element("dt", {}, name),
            element("dd", {}, differing.has(key) ? element("mark", {}, text) : text),
          ),
        ),
      ),
    ),
  );
  const keep = element("button", { type: "button" }, words.say("conflict.keep"));
  keep.addEventListener("click", () => portal.yield(entry.eventID));
  const both = element("button", { type: "button" }, words.say("conflict.both"));
  both.addEventListener("click", async () => {
    const eventID = urnUuid();
    const { step, values } = entry;
    await portal.record({
      eventID,
      step,
      values,
      event: buildEvent(step, values, { eventID, owner: portal.owner }),
    });
    await portal.yield(entry.eventID);
    location.hash = hash("entry", eventID);
  });
  return element(
    "section",
    { class: "alarm" },
    element("h2", {}, words.say("conflict.title")),
    element("p", {}, words.say("conflict.text")),
    element("div", { class: "versions" }, ...columns),
    element("div", { class: "actions" }, keep, both),
  );
}

/** Keys of the facts that only one version tells, or the two tell differently. */
function differences(one, other) {
  const spell = (rows) => new Map(rows.map(([key, , text]) => [key, text]));
  const [left, right] = [spell(one), spell(other)];
  const keys = new Set([...left.keys(), ...right.keys()]);
  return new Set([...keys].filter((key) => left.get(key) !== right.get(key)));
}

function editLink(portal, entry) {
  return element(
    "a",
    { class: "button", href: hash("record", entry.step, entry.eventID) },
    portal.words.say("entry.edit"),
  );
}

/** Only what the ledger surely does not hold can be dropped without being asked twice. */
function dropButton(portal, entry) {
  const { words } = portal;
  const button = element("button", { type: "button" }, words.say("entry.drop"));
  let asked = false;
  button.addEventListener("click", async () => {
    if (!asked) {
      asked = true;
      button.textContent = words.say(
        entry.attempts > 0 ? "entry.drop_sure_sent" : "entry.drop_sure",
      );
      return;
    }
    await portal.queue.drop(entry.eventID);
    location.hash = "#/";
  });
  return button;
}
