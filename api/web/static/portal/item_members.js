/**
 * What the portal asks about a product, a place and the producer: one list a page, at most five
 * each. `path` is where in the item a member stands; what no page asks stays as it is.
 */

const COMMUNE = { name: "commune", kind: "text", path: ["address", "commune"] };
const PROVINCE = { name: "province", kind: "text", path: ["address", "province"] };
const AREA_CODE = { name: "plantingAreaCode", kind: "areaCode" };

export const PRODUCT = [
  { name: "name", kind: "text", required: true },
  { name: "brand", kind: "text" },
  { name: "origin", kind: "text" },
  { name: "standards", kind: "list" },
  { name: "shelfLife", kind: "days" },
];

export const QUALITY = [
  { name: "ocopStars", kind: "stars" },
  { name: "place", kind: "place" },
  AREA_CODE,
  { name: "stampIssuer", kind: "text" },
  { name: "safetyWarning", kind: "text" },
];

export const PLACE = [
  { name: "name", kind: "text", required: true },
  { name: "street", kind: "text", path: ["address", "street"] },
  COMMUNE,
  PROVINCE,
  AREA_CODE,
];

export const PRODUCER = [
  { name: "name", kind: "text", required: true },
  { name: "type", kind: "choice", choices: ["household", "cooperative", "company"] },
  { name: "taxCode", kind: "taxCode" },
  COMMUNE,
  PROVINCE,
];

export const CERTIFICATE = [
  { name: "standard", kind: "text", required: true },
  { name: "issuer", kind: "text", required: true },
  { name: "number", kind: "text" },
  { name: "issued", kind: "date" },
  { name: "expires", kind: "date" },
];

/** The item with the values of these members, every other member as it stood. */
export function withMembers(item, members, values) {
  const changed = structuredClone(item);
  for (const { name, path = [name] } of members) {
    const [last, ...above] = [...path].reverse();
    let holder = changed;
    for (const step of above.reverse()) holder = holder[step] ??= {};
    if (values[name] === undefined) delete holder[last];
    else holder[last] = values[name];
  }
  const isBare = Object.keys(changed.address ?? {}).every((name) => name === "country");
  if (isBare) delete changed.address;
  return changed;
}

/** Which member goes by a JSON pointer of the ledger's answer, or undefined. */
export function memberAt(members, pointer = "") {
  return members.find(({ name, path = [name] }) => pointer.startsWith(`/${path.join("/")}`));
}

/** What an item says under a member, or undefined. */
export function valueOf(item, { name, path = [name] }) {
  return path.reduce((holder, step) => holder?.[step], item);
}
