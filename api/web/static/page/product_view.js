/** What the verified records say about the goods: each value with the organization that said it. */

import { element, facts } from "./element.js";
import { fileDigest, photoBox } from "./photo.js";

const NAMES = ["productName", "tenSanPham", "descriptionShort", "functionalName", "regulatedProductName"];

/** The box of checked facts; `results` are the records that may be told, oldest first. */
export function productBox(words, subject, results) {
  const attributes = collect(results);
  const bodies = results.map((result) => result.report.facts.record.disclosed.body);
  const times = bodies
    .filter((body) => typeof body.eventTime === "string")
    .sort((a, b) => Date.parse(a.eventTime) - Date.parse(b.eventTime))
    .map((body) => words.localMoment(body.eventTime, body.eventTimeZoneOffset));
  const signers = new Set(
    results.map((result) => words.organization(result.report.facts.submission.profile)),
  );
  const name = NAMES.map((one) => attributes.get(one)).find((one) => one !== undefined);
  return element(
    "section",
    { class: "facts", "data-facts": "checked" },
    element("h2", {}, words.say("facts.title")),
    name === undefined ? null : element("p", { class: "product" }, String(name.at(-1).value)),
    facts([
      [words.say(subject.uri === null ? "facts.code" : "facts.own_code"), subject.gtin],
      [words.say("facts.lot"), subject.lot],
      [words.say("facts.serial"), subject.serial],
      ...[...attributes].map(([key, said]) => [words.name("attribute", key), spell(words, said)]),
      [words.say("facts.signers"), [...signers]],
      [words.say("facts.first"), times[0]],
      [words.say("facts.last"), times.at(-1)],
    ]),
  );
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
    const digest = fileDigest(value);
    const shown = digest === null ? plain(words, value) : photoBox(words, digest);
    return element("span", {}, shown, " ", element("small", {}, `(${who})`));
  });
}

function plain(words, value) {
  if (typeof value === "number") return words.amount(value);
  if (typeof value !== "string") return JSON.stringify(value);
  return words.date(value);
}
