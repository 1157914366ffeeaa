/** An EPCIS event in words, whether it comes from this device or from the ledger. */

import { readLotLink } from "./identifier.js";
import { spellNumber } from "./spelling.js";

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

/** What was done, whoever recorded it. */
export function titleOf(words, { step, event }) {
  if (step !== null) return words.say(`step.${step}`);
  if (typeof event.bizStep === "string") return words.name("bizStep", event.bizStep);
  return words.name("eventType", String(event.type));
}

/** [key, name, text] of each thing the event says; products and places are called as the organization
    calls them. */
export function describeEvent({ words, products, places }, event) {
  const quantity = (item) => spellQuantity(words, products, item);
  const place = (uri) => nameIn(places, codeOf(uri)) ?? thing(uri);
  const when = words.localMoment(event.eventTime, event.eventTimeZoneOffset);
  const rows = [["eventTime", words.say("event.when"), when]];
  if (typeof event.bizStep === "string") {
    rows.push(["bizStep", words.say("event.step"), words.name("bizStep", event.bizStep)]);
  }
  for (const [list, name] of LISTS) {
    for (const [at, item] of (event[list] ?? []).entries()) {
      rows.push([`${list}/${at}`, words.say(name), quantity(item)]);
    }
  }
  if (event.parentID !== undefined)
    rows.push(["parentID", words.say("event.parent"), thing(event.parentID)]);
  if (event.readPoint?.id !== undefined) {
    rows.push(["readPoint", words.say("event.where"), place(event.readPoint.id)]);
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

function spellQuantity(words, products, { epcClass, quantity: value, uom }) {
  const lot = readLotLink(epcClass);
  const name = lot === null ? undefined : nameIn(products, lot.code);
  const shown = name === undefined ? thing(epcClass) : words.say("lot.named", { name, ...lot });
  if (value === undefined) return shown;
  const unit = words.name("unit", uom ?? "pieces");
  return `${shown}: ${spellNumber(value, words.language)} ${unit}`;
}

function nameIn(items, code) {
  return items.find(({ id }) => id === code)?.name;
}

function codeOf(uri) {
  return decodeURIComponent(uri.split("/").at(-1));
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
  return /^\d{4}-\d{2}-\d{2}$/.test(value) ? words.date(value) : String(value);
}
