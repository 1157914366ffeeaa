/** One entry: how far it has come, what it says, and what can be done where it is stuck. */

import { element, facts } from "../page/element.js";
import { buildEvent } from "./event.js";
import { isWrong } from "./correction.js";
import { describeEvent, titleOf } from "./event_view.js";
import { wrongBox } from "./correction_view.js";
import { ANCHORED, CONFLICT, RECORDED, REFUSED, WAITING } from "./queue.js";
import { hash } from "./screens.js";
import { spellMoment } from "./spelling.js";
import { stateBadge, wrongBadge } from "./status_view.js";
import { urnUuid } from "./urn_uuid.js";

const MOST_ROWS = 100;

/** Every entry this device knows of, newest first. */
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
      ...entries.slice(0, MOST_ROWS).map((one) => element("li", {}, entryRow(words, one))),
    ),
    entries.length > MOST_ROWS
      ? element("p", { class: "muted" }, words.say("entries.more", { count: MOST_ROWS }))
      : null,
    element("p", { class: "links" }, element("a", { href: "#/" }, words.say("home.back"))),
  );
}

/** An entry in a list. */
export function entryRow(words, entry) {
  const moment = spellMoment(words, Date.parse(entry.event.eventTime));
  return element(
    "a",
    { class: "row", href: hash("entry", entry.eventID) },
    element("span", {}, element("strong", {}, titleOf(words, entry)), " ", moment),
    isWrong(entry) ? wrongBadge(words) : stateBadge(words, entry.state),
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
      element("p", { class: "product" }, titleOf(words, entry)),
      element("p", {}, stateBadge(words, entry.state)),
      element("p", { class: "muted" }, words.say(`explain.${entry.state}`)),
    ),
    stuck === undefined ? null : stuck(portal, entry),
    entry.declaration === undefined ? null : wrongBox(portal, entry),
    entry.state === CONFLICT
      ? null
      : element(
          "section",
          {},
          facts(describeEvent(portal, entry.event).map(([, name, text]) => [name, text])),
        ),
    element(
      "p",
      { class: "links" },
      isCorrectable(entry)
        ? element("a", { href: hash("correct", entry.eventID) }, words.say("correct.title"))
        : null,
      lotLink(words, entry),
      element("a", { href: "#/" }, words.say("home.back")),
    ),
  );
}

function isCorrectable(entry) {
  return (entry.state === RECORDED || entry.state === ANCHORED) && !isWrong(entry);
}

function lotLink(words, { values }) {
  if (values?.lot === undefined) return null;
  const { code, lot } = values.lot;
  return element("a", { href: hash("lot", code, lot) }, words.say("lot.title", { lot }));
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
    ["conflict.theirs", describeEvent(portal, entry.theirs.event)],
    ["conflict.mine", describeEvent(portal, entry.event)],
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
