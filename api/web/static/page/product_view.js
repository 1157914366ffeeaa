/** What the verified records say about the goods: each value with the organization that said it. */

import { element, facts } from "./element.js";
import { placeName, stepName } from "./record_view.js";

const PHOTO = /^https?:\/\/[^/]+\/files\/([0-9a-f]{64})$/;
const NAMES = ["productName", "tenSanPham", "descriptionShort", "functionalName", "regulatedProductName"];

/** What the records call the goods, or null; `results` are the records that may be told. */
export function nameIn(results) {
  const attributes = collect(results);
  const found = NAMES.map((one) => attributes.get(one)).find((one) => one !== undefined);
  return found === undefined ? null : String(found.at(-1).value);
}

/** The box of checked facts; `results` are the records that may be told, oldest first. */
export function productBox(words, subject, results) {
  const events = results
    .filter((result) => typeof bodyOf(result).eventTime === "string")
    .sort((a, b) => Date.parse(bodyOf(a).eventTime) - Date.parse(bodyOf(b).eventTime));
  const signers = new Set(results.map((result) => signerOf(words, result)));
  const name = nameIn(results);
  const moves = ["unit", "asset"].includes(subject.kind); // from hand to hand
  return element(
    "section",
    { class: "facts", "data-facts": "checked" },
    element("h2", {}, words.say("facts.title")),
    name === null ? null : element("p", { class: "product" }, name),
    facts([
      ...codes(words, subject),
      ...[...collect(results)].map(([key, said]) => [
        words.name("attribute", key),
        spell(words, said),
      ]),
      [words.say("facts.signers"), [...signers]],
      [words.say(moves ? "facts.sender" : "facts.first"), stepLine(words, moves, events[0])],
      [words.say(moves ? "facts.holder" : "facts.last"), stepLine(words, moves, events.at(-1))],
    ]),
  );
}

function codes(words, { kind, gtin, lot, serial, uri }) {
  if (kind === "unit" || kind === "asset") {
    return [[words.say(`facts.${kind}`), decodeURIComponent(uri.split("/").slice(4).join("/"))]];
  }
  return [
    [words.say(kind === "own" ? "facts.own_code" : "facts.code"), gtin],
    [words.say("facts.lot"), lot],
    [words.say("facts.serial"), serial],
  ];
}

/** When, and of what passes from hand to hand also what was done, by whom and where. */
function stepLine(words, moves, result) {
  if (result === undefined) return undefined;
  const body = bodyOf(result);
  const when = words.localMoment(body.eventTime, body.eventTimeZoneOffset);
  if (!moves) return when;
  const place = placeName(body.bizLocation?.id ?? body.readPoint?.id);
  return [
    `${stepName(words, body, "")}: ${when}`,
    words.say("step.by", { who: signerOf(words, result) }),
    ...(place === undefined ? [] : [`${words.say("step.place")}: ${place}`]),
  ];
}

function bodyOf(result) {
  return result.report.facts.record.disclosed.body;
}

function signerOf(words, result) {
  return words.organization(result.report.facts.submission.profile);
}

/** Instance/lot master data of all records: name -> [{value, who}], oldest first, each value once. */
function collect(results) {
  const found = new Map();
  for (const { report } of results) {
    const { record, submission } = report.facts;
    const master = record.disclosed.body.ilmd;
    if (master === null || typeof master !== "object" || Array.isArray(master)) continue;
    for (const [name, value] of Object.entries(master)) {
      const bare = name.split(/[/:#]/).pop();
      const said = found.get(bare) ?? [];
      const same = said.find((one) => JSON.stringify(one.value) === JSON.stringify(value));
      if (same === undefined) said.push({ value, profile: submission.profile });
      found.set(bare, said);
    }
  }
  return found;
}

function spell(words, said) {
  return said.map(({ value, profile }) => {
    const who = words.say("facts.said_by", { who: words.organization(profile) });
    const [, digest] = PHOTO.exec(typeof value === "string" ? value : "") ?? [];
    const shown = digest === undefined ? plain(words, value) : photo(words, digest);
    return element("span", {}, shown, " ", element("small", {}, `(${who})`));
  });
}

function plain(words, value) {
  if (typeof value === "number") return words.amount(value);
  if (typeof value !== "string") return JSON.stringify(value);
  return words.date(value);
}

/** A photo, by a module that only pages with photos fetch. */
function photo(words, digest) {
  const box = element("span", {}, words.say("photo.coming"));
  import("./photo.js").then(
    ({ photoBox }) => box.replaceChildren(photoBox(words, digest)),
    () => box.replaceChildren(words.say("photo.unreachable")),
  );
  return box;
}
