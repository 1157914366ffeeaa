/** What the verified master data say about a product, a place or a party, each with who says it. */

import { element, facts } from "./element.js";
import { photoBox } from "./photo.js";

const TEXTS = [
  "description", "brand", "type", "taxCode", "origin", "originCountry", "plantingAreaCode",
  "storage", "safetyWarning", "stampIssuer",
];
const DIGEST = /^[0-9a-f]{64}$/;

/** One box for each description that may be told. */
export function descriptionBoxes(words, results) {
  return results
    .filter(({ report }) => report.facts.record.disclosed.kind?.startsWith("masterdata."))
    .map(({ report }) => descriptionBox(words, report.facts));
}

function descriptionBox(words, { record, submission }) {
  const { body, kind } = record.disclosed;
  const who = words.organization(submission.profile);
  const [first, second] =
    words.language === "en" && body.nameEn ? [body.nameEn, body.name] : [body.name, body.nameEn];
  return element(
    "section",
    { class: "facts", "data-facts": "checked" },
    element("h2", {}, words.name("recordKind", kind)),
    element("p", { class: "product" }, String(first)),
    second === undefined ? null : element("p", { class: "muted" }, String(second)),
    ...digests(body.images).map((digest) => photoBox(words, digest)),
    facts([
      ...TEXTS.map((name) => [words.name("master", name), spell(words, name, body[name])]),
      [words.name("master", "netContent"), amount(words, body.netContent)],
      [words.name("master", "ocopStars"), stars(body.ocopStars)],
      [words.name("master", "standards"), texts(body.standards)],
      [words.name("master", "shelfLife"), days(words, body.shelfLife)],
      [words.name("master", "area"), hectares(words, body.area)],
      [words.name("master", "roles"), texts(body.roles, (role) => words.name("role", role))],
      [words.name("master", "address"), address(body.address)],
      [words.name("master", "geo"), place(words, body.geo)],
      [words.name("master", "website"), website(body.website)],
      [words.name("master", "certificates"), certificates(words, body.certificates)],
      [words.say("facts.signers"), who],
    ]),
  );
}

function spell(words, name, value) {
  if (typeof value !== "string") return undefined;
  return name === "type" ? words.name("itemType", value) : value;
}

function texts(values, spelled = String) {
  return Array.isArray(values) && values.length > 0 ? values.map((one) => spelled(one)) : undefined;
}

function amount(words, content) {
  return typeof content?.value === "number" ? words.amount(content.value, content.unit) : undefined;
}

function stars(count) {
  return Number.isInteger(count) && count > 0 && count <= 5 ? "★".repeat(count) : undefined;
}

function days(words, count) {
  return typeof count === "number" ? words.say("master.days", { count }) : undefined;
}

function hectares(words, area) {
  return typeof area === "number" ? `${words.amount(area)} ha` : undefined;
}

function address(value) {
  const parts = [value?.street, value?.commune, value?.province, value?.country];
  return parts.filter((part) => typeof part === "string").join(", ");
}

function place(words, point) {
  if (typeof point?.latitude !== "number" || typeof point.longitude !== "number") return undefined;
  return `${words.amount(point.latitude)}; ${words.amount(point.longitude)}`;
}

function website(value) {
  if (typeof value !== "string" || !/^https?:\/\//.test(value)) return undefined;
  const link = element("a", { href: value, rel: "noopener nofollow" }, value);
  return element("span", { class: "links" }, link);
}

function certificates(words, values) {
  if (!Array.isArray(values) || values.length === 0) return undefined;
  return values.map((one) => certificate(words, one));
}

function certificate(words, { standard, issuer, number, issued, expires, file }) {
  const said = [words.say("certificate.issuer", { issuer })];
  if (number !== undefined) said.push(words.say("certificate.number", { number }));
  if (issued !== undefined) said.push(words.say("certificate.issued", { date: words.date(issued) }));
  if (expires !== undefined) said.push(words.say("certificate.expires", { date: words.date(expires) }));
  const over = expires !== undefined && Date.parse(`${expires}T23:59:59Z`) < Date.now();
  return element(
    "span",
    {},
    element("strong", {}, String(standard)),
    `: ${said.join("; ")} `,
    over ? element("span", { class: "badge notice" }, words.say("certificate.over")) : null,
    DIGEST.test(file?.sha256)
      ? element(
          "span",
          { class: "links" },
          element("a", { href: `/files/${file.sha256}` }, words.say("certificate.file")),
        )
      : null,
  );
}

function digests(images) {
  return (Array.isArray(images) ? images : [])
    .map((image) => image?.sha256)
    .filter((digest) => DIGEST.test(digest));
}
