/** An EPCIS event in words, whether it comes from this device or from the ledger. */

import { spellDate, spellMoment, spellNumber } from "./spelling.js";

const LISTS = [
  ["inputQuantityList", "event.input"],
  ["outputQuantityList", "event.output"],
  ["childQuantityList", "event.child"],
  ["quantityList", "event.what"],
];
const TOLD_APART = new Set([
  "@context",
  "type",
  "eventID",
  "recordTime",
  "eventTimeZoneOffset",
  "action",
]);

/** [key, name, text] of each thing the event says. */
export function describeEvent(words, event) {
  const rows = [["eventTime", words.say("event.when"), spellMoment(Date.parse(event.eventTime))]];
  if (typeof event.bizStep === "string") {
    rows.push(["bizStep", words.say("event.step"), words.name("bizStep", event.bizStep)]);
  }
  for (const [list, name] of LISTS) {
    for (const [at, item] of (event[list] ?? []).entries()) {
      rows.push([`${list}/${at}`, words.say(name), quantity(words, item)]);
    }
  }
  if (event.parentID !== undefined)
    rows.push(["parentID", words.say("event.parent"), thing(event.parentID)]);
  if (event.readPoint?.id !== undefined) {
    rows.push(["readPoint", words.say("event.where"), thing(event.readPoint.id)]);
  }
  for (const { source } of event.sourceList ?? [])
    rows.push(["source", words.say("event.from"), thing(source)]);
  for (const { destination } of event.destinationList ?? []) {
    rows.push(["destination", words.say("event.to"), thing(destination)]);
  }
  for (const [name, value] of [...Object.entries(event.ilmd ?? {}), ...Object.entries(event)]) {
    if (name.includes(":") && !TOLD_APART.has(name)) {
      rows.push([name, words.name("attribute", name), spell(words, name, value)]);
    }
  }
  return rows;
}

function quantity(words, { epcClass, quantity: value, uom }) {
  if (value === undefined) return thing(epcClass);
  const unit = words.name("unit", uom ?? "pieces");
  return `${thing(epcClass)}: ${spellNumber(value, words.language)} ${unit}`;
}

/** The last, telling part of an identifier. */
function thing(uri) {
  const parts = uri.split("/");
  const lot = parts.lastIndexOf("10") >= 0 ? parts.lastIndexOf("10") : parts.lastIndexOf("lot");
  const shown =
    lot > 0 && lot < parts.length - 1 ? `${parts[lot - 1]} · ${parts[lot + 1]}` : parts.at(-1);
  return decodeURIComponent(shown);
}

function spell(words, name, value) {
  if (typeof value === "number") return spellNumber(value, words.language);
  return /^\d{4}-\d{2}-\d{2}$/.test(value) ? spellDate(value) : String(value);
}
