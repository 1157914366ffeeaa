/**
 * Does a record name the code that was scanned?
 *
 * A genuine record about other goods proves nothing about these. Read are GS1 Digital Links of any
 * domain and the EPC URNs of lots and items, in every member of an EPCIS event that names things.
 */

const LISTS = ["epcList", "childEPCs", "inputEPCList", "outputEPCList"];
const QUANTITY_LISTS = [
  "quantityList",
  "childQuantityList",
  "inputQuantityList",
  "outputQuantityList",
];
const URN = /^urn:epc:(?:class:lgtin|id:sgtin):(\d{4,12})\.(\d+)\.([^.]+)$/;

/** Whether the event's body names `subject`: {gtin, lot, serial or null, uri}; a `uri` that is not
    null is the whole name of goods without a GS1 key, and is compared as it stands. */
export function isAbout(body, subject) {
  if (subject.uri !== null) return thingsOf(body).includes(subject.uri);
  return thingsOf(body)
    .map(findThing)
    .some(
      (thing) =>
        thing !== null &&
        thing.gtin === subject.gtin &&
        (thing.lot === subject.lot || (subject.serial !== null && thing.serial === subject.serial)),
    );
}

/** {quantity, unit} of the subject's lot as the event names it, or null. */
export function quantityOf(body, subject) {
  const elements = QUANTITY_LISTS.flatMap((name) => asArray(body[name]));
  const found = elements.find((one) => {
    if (subject.uri !== null) return one?.epcClass === subject.uri;
    const thing = findThing(one?.epcClass);
    return thing !== null && thing.gtin === subject.gtin && thing.lot === subject.lot;
  });
  return typeof found?.quantity === "number" ? { value: found.quantity, unit: found.uom } : null;
}

function thingsOf(body) {
  return [
    ...LISTS.flatMap((name) => asArray(body[name])),
    ...QUANTITY_LISTS.flatMap((name) => asArray(body[name])).map((one) => one?.epcClass),
    body.parentID,
  ];
}

function asArray(value) {
  return Array.isArray(value) ? value : [];
}

function findThing(text) {
  if (typeof text !== "string") return null;
  try {
    return text.startsWith("urn:") ? findUrn(text) : findLink(text);
  } catch {
    return null; // an escape that decodes to nothing: not a code
  }
}

function findLink(text) {
  const path = /^https?:\/\/[^/?#]+([^?#]*)/i.exec(text)?.[1] ?? "";
  const steps = path.split("/").slice(1);
  const at = steps.lastIndexOf("01");
  if (at < 0 || !/^\d{14}$/.test(steps[at + 1] ?? "")) return null;
  const thing = { gtin: steps[at + 1], lot: null, serial: null };
  for (let next = at + 2; next + 1 < steps.length; next += 2) {
    if (steps[next] === "10") thing.lot = decodeURIComponent(steps[next + 1]);
    if (steps[next] === "21") thing.serial = decodeURIComponent(steps[next + 1]);
  }
  return thing;
}

function findUrn(text) {
  const [, prefix, reference, last] = URN.exec(text) ?? [];
  if (prefix === undefined || prefix.length + reference.length !== 13) return null;
  const digits = reference[0] + prefix + reference.slice(1);
  const gtin = digits + checkDigit(digits);
  const value = decodeURIComponent(last);
  return text.startsWith("urn:epc:class:")
    ? { gtin, lot: value, serial: null }
    : { gtin, lot: null, serial: value };
}

function checkDigit(digits) {
  const sum = [...digits].reduce(
    (total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 3 : 1),
    0,
  );
  return String((10 - (sum % 10)) % 10);
}
