/** One line above every screen: what waits on this device, and what keeps it there. */

import { element } from "../page/element.js";
import { CONFLICT, REFUSED, WAITING } from "./queue.js";

export function statusOf(portal) {
  const { words, sync, entries } = portal;
  if (portal.session === null)
    return line("quiet", portal.isOnline ? "" : words.say("status.offline"));
  const waiting = entries.filter(({ state }) => state === WAITING).length;
  const stuck = entries.filter(({ state }) => state === REFUSED || state === CONFLICT).length;
  const said = [];
  if (sync.trouble?.kind === "barred") said.push(words.say("status.barred"));
  else if (sync.trouble?.kind === "broken") said.push(words.say("failed"));
  else if (!portal.isOnline) said.push(words.say("status.offline"));
  else if (sync.trouble?.kind === "away") said.push(words.say("status.away"));
  if (waiting > 0) {
    said.push(words.say(sync.sending ? "status.sending" : "status.waiting", { count: waiting }));
  } else if (said.length === 0 && stuck === 0) {
    said.push(words.say("status.done"));
  }
  if (stuck > 0) said.push(words.say("status.stuck", { count: stuck }));
  const isCalm = waiting === 0 && stuck === 0 && sync.trouble === null && portal.isOnline;
  return line(isCalm ? "calm" : "busy", said.join(" "));
}

function line(look, text) {
  return element("p", { class: `status ${look}` }, text);
}

/** The state of an entry as a badge; it differs by word and mark, not by colour alone. */
export function stateBadge(words, state) {
  return element(
    "span",
    { class: `badge state ${state}`, "data-state": state },
    element("span", { "aria-hidden": "true" }, MARKS[state]),
    words.say(`state.${state}`),
  );
}

/** An entry that was declared wrong. */
export function wrongBadge(words) {
  return element(
    "span",
    { class: "badge state refused", "data-state": "wrong" },
    element("span", { "aria-hidden": "true" }, "✎"),
    words.say("state.wrong"),
  );
}

const MARKS = { waiting: "…", recorded: "✓", anchored: "✓✓", refused: "✕", conflict: "≠" };
