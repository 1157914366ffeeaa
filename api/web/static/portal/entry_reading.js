/**
 * An event the ledger holds -> what a form of this portal would have held. Pure.
 *
 * The inverse of `event.js` for what this portal records; of other systems' events only lots, time
 * and place are read, which lists and labels need. `step` is null for what no form records.
 */

import { readLotLink } from "./identifier.js";

const STEP_OF = {
  suDungVatTu: "input",
  packing: "pack",
  shipping: "ship",
  receiving: "receive",
  retail_selling: "sell",
};
const CREATING = new Set(["creating_class_instance", "commissioning"]);
const CHOICES = { Giống: "seed", "Phân bón": "fertilizer", "Thuốc bảo vệ thực vật": "pesticide" };
const UNITS = { kg: "KGM", g: "GRM", tấn: "TNE", lít: "LTR", ml: "MLT", cái: "" };
const OUTPUTS = ["outputQuantityList", "quantityList", "childQuantityList"];

/** {step, values, lots}; `owner` is the organization's {base, org}, the others are what it calls its
    places and products, {id, name}. */
export function readEntry(event, owner, { places, products }) {
  const made = listed(event, OUTPUTS, owner);
  const used = listed(event, ["inputQuantityList"], owner);
  const named = [...made, ...used].map(({ lot }) => lot);
  const called = products.find(({ id }) => id === made[0]?.lot.code)?.name;
  const name = event.ilmd?.["vn:tenSanPham"] ?? called ?? null;
  const step = stepOf(event);
  const values = present({
    lot: made[0] && { ...made[0].lot, name },
    amount: made[0]?.amount,
    source: used[0]?.lot,
    used: used[0]?.amount,
    when: Date.parse(event.eventTime),
    place: placeOf(event, places),
    party: partyOf(event),
    kind: CHOICES[event["vn:loaiVatTu"]],
    material: event["vn:tenVatTu"],
    dose: doseOf(event),
    isolation: event["vn:soNgayCachLy"],
    expiry: event.ilmd?.["vn:hanSuDung"],
    sscc: /\/00\/(\d{18})$/.exec(event.parentID ?? "")?.[1],
  });
  return { step: made.length === 0 ? null : step, values, lots: named };
}

function stepOf(event) {
  const word = String(event.bizStep ?? "").split(/[/:#]/).pop().replace(/^BizStep-/, "");
  if (!CREATING.has(word)) return STEP_OF[word] ?? null;
  return event.type === "TransformationEvent" ? "process" : "harvest";
}

/** [{lot, amount}] of the lots in these lists. */
function listed(event, lists, owner) {
  const found = [];
  for (const { epcClass, quantity, uom } of lists.flatMap((list) => event[list] ?? [])) {
    const lot = readLotLink(epcClass ?? "");
    if (lot === null) continue;
    const isOwn = lot.owner !== undefined && owner.org.endsWith(lot.owner.org);
    const amount = quantity === undefined ? undefined : { value: quantity, uom: uom ?? "" };
    found.push({ lot: present({ ...lot, owner: isOwn ? undefined : lot.owner }), amount });
  }
  return found;
}

function placeOf(event, places) {
  const id = event.readPoint?.id ?? event.bizLocation?.id;
  if (id === undefined) return undefined;
  const code = decodeURIComponent(id.split("/").at(-1));
  return { code, name: places.find((place) => place.id === code)?.name ?? code };
}

function partyOf(event) {
  const name = event["vn:benNhan"] ?? event["vn:benGiao"];
  if (name !== undefined) return { name };
  const uri = event.destinationList?.[0]?.destination ?? event.sourceList?.[0]?.source ?? "";
  const gln = /\/417\/(\d{13})$/.exec(uri)?.[1];
  return gln === undefined ? undefined : { gln };
}

function doseOf(event) {
  const value = event["vn:lieuLuong"];
  if (typeof value !== "number") return undefined;
  const unit = event["vn:donViLieu"] ?? "";
  return { value, uom: UNITS[unit] ?? unit };
}

function present(members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
