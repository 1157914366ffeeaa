/**
 * Codes as people type them, and the URIs that events carry.
 *
 * A GS1 key becomes its canonical Digital Link (GS1 Digital Link: URI Syntax 1.6.0). A
 * code of one's own becomes `{base}/o/{organization}/{p|b|w}/{code}`, a URI on the ledger's own domain.
 */

const STEM = "https://id.gs1.org";
const LOCAL = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,58}[A-Za-z0-9])?$/;
const LOT = /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}$/; // GS1 character set 82, AI (10)

/** The product code in its one spelling, GTIN-14 or a code of one's own; null if it is neither. */
export function readProductCode(text) {
  return readCode(text, [8, 12, 13, 14], 14);
}

/** The code of a place or a party in its one spelling, GLN or one's own; null if it is neither. */
export function readPlaceCode(text) {
  return readCode(text, [13], 13);
}

/** An SSCC; null if it is none. */
export function readSscc(text) {
  const digits = bareDigits(text).replace(/^\(?00\)?(?=\d{18}$)/, "");
  return digits.length === 18 && hasCheckDigit(digits) ? digits : null;
}

/** Whether a lot number may be printed and scanned: no spaces, no letters with marks. */
export function isLot(text) {
  return LOT.test(text);
}

/** Whether a product code is a GTIN, not a code of one's own. */
export function isGtin(code) {
  return /^\d{14}$/.test(code);
}

/** A code of one's own made of a name: "Mật ong Pù Luông" -> "mat-ong-pu-luong". */
export function codeOfName(name) {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d");
  const code = plain
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40);
  const trimmed = code.replace(/^-+|-+$/g, "");
  return /[a-z]/.test(trimmed) ? trimmed : `ma-${trimmed || "1"}`;
}

/** What events name a lot by. `owner` is {base, org}, the ledger's address and the organization that
    codes of one's own are of, unless the lot itself names another. */
export function lotUri(owner, { code, lot, owner: other }) {
  if (isGtin(code)) return STEM + gtinPath(code, lot);
  return `${ownUri(other ?? owner, "p", code)}/lot/${escape(lot)}`;
}

/** Path of the page that the code of a lot {code, lot} opens. */
export function lotPath(owner, lot) {
  return isGtin(lot.code) ? gtinPath(lot.code, lot.lot) : new URL(lotUri(owner, lot)).pathname;
}

export function placeUri(owner, code) {
  return /^\d{13}$/.test(code) ? `${STEM}/414/${code}` : ownUri(owner, "w", code);
}

export function partyUri(gln) {
  return `${STEM}/417/${gln}`;
}

export function ssccUri(sscc) {
  return `${STEM}/00/${sscc}`;
}

/**
 * {code, lot} of a lot's link on whatever domain, or of the text below its code on the label,
 * (01)…(10)…; with `owner` where the code is somebody's own. Null if it is none of these.
 */
export function readLotLink(text) {
  const printed = /^\(01\)\s*(\d{14})\s*\(10\)\s*(\S+)$/.exec(text);
  const linked = /\/01\/(\d{14})\/10\/([^/?#\s]+)/.exec(text);
  const own = /^(https?:\/\/[^/]+)\/o\/([0-9a-f]{64})\/p\/([^/]+)\/lot\/([^/?#\s]+)/i.exec(text);
  try {
    if (own !== null) return ownLot(own);
    const [, code, rest] = printed ?? linked ?? [];
    if (code === undefined || !hasCheckDigit(code)) return null;
    const lot = printed === null ? decodeURIComponent(rest) : rest;
    return isLot(lot) ? { code, lot } : null;
  } catch {
    return null; // an escape that decodes to nothing
  }
}

function ownLot([, base, org, code, rest]) {
  const lot = decodeURIComponent(rest);
  // Codes print scheme and domain in capitals; events name them as the ledger does.
  return isLot(lot) ? { code, lot, owner: { base: base.toLowerCase(), org } } : null;
}

function readCode(text, lengths, full) {
  const digits = bareDigits(text);
  if (/^\d+$/.test(digits) && lengths.includes(digits.length)) {
    return hasCheckDigit(digits) ? digits.padStart(full, "0") : null;
  }
  const code = text.trim();
  const hasLetter = /[A-Za-z]/.test(code); // digits alone are a GS1 key mistyped
  return LOCAL.test(code) && hasLetter ? code : null;
}

/** Digits without the blanks and hyphens people put between them. */
function bareDigits(text) {
  return text.replace(/[\s-]/g, "");
}

function hasCheckDigit(digits) {
  if (!/^\d+$/.test(digits)) return false;
  const sum = [...digits.slice(0, -1)]
    .reverse()
    .reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 3 : 1), 0);
  return (10 - (sum % 10)) % 10 === Number(digits.at(-1));
}

function gtinPath(gtin, lot) {
  return `/01/${gtin}/10/${escape(lot)}`;
}

function ownUri({ base, org }, letter, code) {
  return `${base}/o/${org.replace(/^0x/, "")}/${letter}/${escape(code)}`;
}

/** Percent-encoded as Python's `quote(…, safe="")` does, so that links compare as text. */
function escape(text) {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => "%" + char.charCodeAt(0).toString(16).toUpperCase(),
  );
}
