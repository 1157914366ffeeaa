/**
 * What was filled in -> one EPCIS 2.0 event, the same an ERP would send. Pure.
 *
 * `values` are read values: {lot: {code, lot, name}, amount: {value, uom}, when: ms, place: {code,
 * name}, …}; `about` is {eventID, owner: {base, org}}. What has no place in the standard is in the
 * vocabulary the spreadsheets use as well; outside `ilmd` the public is not shown it.
 */

import { lotUri, partyUri, placeUri, ssccUri } from "./identifier.js";

const CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";
const VN = "https://ns.thanhhoa.example/epcis/";
const KINDS = { seed: "Giống", fertilizer: "Phân bón", pesticide: "Thuốc bảo vệ thực vật" };
const UNIT_NAMES = { KGM: "kg", GRM: "g", TNE: "tấn", LTR: "lít", MLT: "ml", "": "cái" };
/** What is recorded is in Vietnamese, whatever the language of the page it was recorded on. */

const BUILDERS = {
  harvest: (values, about) => ({
    ...object("ADD", "creating_class_instance", "active"),
    quantityList: [quantity(about, values.lot, values.amount)],
    ilmd: present({
      "vn:tenSanPham": values.lot.name,
      "vn:ngayThuHoach": day(values.when),
      "vn:noiSanXuat": values.place.name,
    }),
  }),
  input: (values, about) => ({
    ...object("OBSERVE", `${VN}suDungVatTu`),
    quantityList: [quantity(about, values.lot)],
    ...present({
      "vn:loaiVatTu": KINDS[values.kind],
      "vn:tenVatTu": values.material,
      "vn:lieuLuong": values.dose?.value,
      "vn:donViLieu": values.dose && (UNIT_NAMES[values.dose.uom] ?? values.dose.uom),
      "vn:soNgayCachLy": values.isolation,
    }),
  }),
  process: (values, about) => ({
    type: "TransformationEvent",
    bizStep: "creating_class_instance",
    disposition: "in_progress",
    inputQuantityList: [quantity(about, values.source, values.used)],
    outputQuantityList: [quantity(about, values.lot, values.amount)],
    ilmd: present({
      "vn:tenSanPham": values.lot.name,
      "vn:ngaySanXuat": day(values.when),
      "vn:hanSuDung": values.expiry,
    }),
  }),
  pack: (values, about) => {
    const packed = quantity(about, values.lot, values.amount);
    if (values.sscc === undefined) {
      return { ...object("OBSERVE", "packing", "in_progress"), quantityList: [packed] };
    }
    return {
      ...object("ADD", "packing", "in_progress"),
      type: "AggregationEvent",
      parentID: ssccUri(values.sscc),
      childQuantityList: [packed],
    };
  },
  ship: (values, about) => ({ ...moved("shipping", "in_transit", values, about), ...to(values) }),
  receive: (values, about) => ({
    ...moved("receiving", "in_progress", values, about),
    ...from(values),
  }),
  sell: (values, about) => ({
    ...moved("retail_selling", "retail_sold", values, about),
    ...to(values),
  }),
};

/** The event of a step. */
export function buildEvent(step, values, about) {
  return {
    "@context": [CONTEXT, { vn: VN }],
    eventID: about.eventID,
    eventTime: localTime(values.when),
    eventTimeZoneOffset: offset(values.when),
    ...BUILDERS[step](values, about),
    ...where(step, values.place, about),
  };
}

/** The event with a photo that the ledger keeps under `url`. Where the event says what the goods are,
    the photo is part of that, and public; elsewhere only the organization is shown it. */
export function withPhoto(event, url) {
  if (event.ilmd === undefined) return { ...event, "vn:hinhAnh": url };
  return { ...event, ilmd: { ...event.ilmd, "vn:hinhAnh": url } };
}

/** A moment as the clock on the spot shows it, with its offset (RFC 3339). */
export function localTime(ms) {
  const shifted = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return shifted.toISOString().replace("Z", offset(ms));
}

function offset(ms) {
  const minutes = -new Date(ms).getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "-" : "+"}${two(hours)}:${two(rest)}`;
}

function day(ms) {
  return localTime(ms).slice(0, 10);
}

function two(number) {
  return String(number).padStart(2, "0");
}

function object(action, bizStep, disposition) {
  return { type: "ObjectEvent", action, bizStep, ...present({ disposition }) };
}

function moved(bizStep, disposition, values, about) {
  return {
    ...object("OBSERVE", bizStep, disposition),
    quantityList: [quantity(about, values.lot, values.amount)],
  };
}

function quantity({ owner }, lot, amount) {
  const named = { epcClass: lotUri(owner, lot) };
  if (amount === undefined) return named;
  // EPCIS counts in pieces where no unit stands.
  return { ...named, quantity: amount.value, ...present({ uom: amount.uom || undefined }) };
}

function to({ party }) {
  if (party?.gln === undefined) return present({ "vn:benNhan": party?.name });
  return { destinationList: [{ type: "owning_party", destination: partyUri(party.gln) }] };
}

function from({ party }) {
  if (party?.gln === undefined) return present({ "vn:benGiao": party?.name });
  return { sourceList: [{ type: "owning_party", source: partyUri(party.gln) }] };
}

/** Goods on their way are at no business location (EPCIS 2.0, 7.3.5.2). */
function where(step, place, { owner }) {
  const id = placeUri(owner, place.code);
  return step === "ship" ? { readPoint: { id } } : { readPoint: { id }, bizLocation: { id } };
}

function present(members) {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== ""),
  );
}
