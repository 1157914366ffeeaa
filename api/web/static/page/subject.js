/**
 * Does a record speak of the code that was scanned?
 *
 * A genuine record about other goods proves nothing about these. Names are compared as
 * goods_name.js reads them, in every member of an EPCIS event that names things; a description
 * speaks of the key it stands under.
 */

import { readName } from "./goods_name.js";

const LISTS = ["epcList", "childEPCs", "inputEPCList", "outputEPCList"];
const QUANTITY_LISTS = [
  "quantityList",
  "childQuantityList",
  "inputQuantityList",
  "outputQuantityList",
];
const DESCRIBED = { product: "gtin", place: "gln", party: "gln" };

/**
 * Whether the disclosed record is about `subject`: {kind, gtin, lot, serial, uri}. Goods with a GTIN
 * have no uri; everything else is compared by it, and a product also by any lot of its own.
 */
export function isAbout({ kind, body }, subject) {
  const member = DESCRIBED[subject.kind];
  if (kind === `masterdata.${subject.kind}`) {
    const key = subject.uri.split("/").pop();
    return [body?.code, body?.[member]].includes(key);
  }
  if (subject.kind === "place" || subject.kind === "party") return false;
  return thingsOf(body ?? {}).some((thing) => isNamed(thing, subject));
}

/** {quantity, unit} of the subject's lot as the event names it, or null. */
export function quantityOf(body, subject) {
  if (subject.kind === "product") return null;
  const elements = QUANTITY_LISTS.flatMap((name) => asArray(body[name]));
  const found = elements.find((one) => {
    const thing = readName(one?.epcClass);
    if (thing === null) return false;
    if (subject.uri !== null) return thing.uri === subject.uri;
    return thing.gtin === subject.gtin && thing.lot === subject.lot;
  });
  return typeof found?.quantity === "number" ? { value: found.quantity, unit: found.uom } : null;
}

/** Everything an event names, as `readName` reads it. */
export function thingsOf(body) {
  return [
    ...LISTS.flatMap((name) => asArray(body[name])),
    ...QUANTITY_LISTS.flatMap((name) => asArray(body[name])).map((one) => one?.epcClass),
    body.parentID,
  ]
    .map(readName)
    .filter((thing) => thing !== null);
}

function isNamed(thing, { kind, gtin, lot, serial, uri }) {
  if (kind === "product") return thing.gtin === gtin;
  if (uri !== null) return thing.uri === uri;
  if (thing.gtin !== gtin) return false;
  return (thing.lot !== null && thing.lot === lot) || (serial !== null && thing.serial === serial);
}

function asArray(value) {
  return Array.isArray(value) ? value : [];
}
