/**
 * One name for a thing, however it is spelled: the Digital Link on id.gs1.org at its finest level,
 * as the ledger files it (ledger/gs1/identifier.py). Read are Digital Links of any domain and the
 * EPC URNs of lots, items, logistic units and returnable assets; any other text names itself.
 */

export const STEM = "https://id.gs1.org";

/** What the value of each key looks like, and the qualifiers that belong to the name. */
const KEYS = {
  "00": [/^\d{18}$/, []],
  "01": [/^\d{14}$/, ["10", "21", "235"]],
  253: [/^\d{13}/, []],
  255: [/^\d{13}/, []],
  401: [/^\d{4}/, []],
  402: [/^\d{17}$/, []],
  414: [/^\d{13}$/, ["254"]],
  417: [/^\d{13}$/, []],
  8003: [/^\d{14}/, []],
  8004: [/^\d{4}/, []],
  8006: [/^\d{18}$/, ["10", "21"]],
  8010: [/^\d{4}/, ["8011"]],
  8013: [/^\d{4}/, []],
  8017: [/^\d{18}$/, ["8019"]],
  8018: [/^\d{18}$/, ["8019"]],
};
const URN = /^urn:epc:(id|class):(\w+):(\d{4,12})\.([^.]+)(?:\.([^.]+))?$/;

/**
 * {uri, gtin, lot, serial}: the name, and of goods with a GTIN its parts; null parts are not named.
 * A serial number names its item whatever lot stands before it.
 */
export function readName(text) {
  if (typeof text !== "string") return null;
  try {
    const elements = text.startsWith("urn:") ? elementsOfUrn(text) : elementsOfLink(text);
    return elements === null ? nameless(text) : name(elements);
  } catch {
    return nameless(text); // an escape that decodes to nothing: not a code
  }
}

function nameless(text) {
  return { uri: text, gtin: null, lot: null, serial: null };
}

function name([[ai, value], ...qualifiers]) {
  const found = Object.fromEntries(qualifiers);
  const wanted = KEYS[ai][1].filter((one) => one in found);
  // GTIN and serial number suffice; the lot is told apart
  const kept = found["21"] === undefined ? wanted : wanted.filter((one) => one !== "10");
  const uri = [[ai, value], ...kept.map((one) => [one, found[one]])]
    .map(([key, text]) => `/${key}/${escape(text)}`)
    .join("");
  const isTrade = ai === "01";
  return {
    uri: STEM + uri,
    gtin: isTrade ? value : null,
    lot: (isTrade && found["10"]) || null,
    serial: (isTrade && found["21"]) || null,
  };
}

function elementsOfLink(text) {
  const path = /^https?:\/\/[^/?#]+([^?#]*)/i.exec(text)?.[1] ?? "";
  const steps = path.split("/").slice(1);
  const at = steps.findIndex((step, index) => KEYS[step]?.[0].test(steps[index + 1] ?? ""));
  if (at < 0) return null;
  const elements = [];
  for (let next = at; next + 1 < steps.length; next += 2) {
    elements.push([steps[next], decodeURIComponent(steps[next + 1])]);
  }
  return elements;
}

function elementsOfUrn(text) {
  const [, family, scheme, prefix, reference, last] = URN.exec(text) ?? [];
  const value = last === undefined ? undefined : decodeURIComponent(last);
  if ((scheme === "sgtin" || scheme === "lgtin") && prefix.length + reference.length === 13) {
    const digits = reference[0] + prefix + reference.slice(1);
    return [["01", digits + checkDigit(digits)], [family === "class" ? "10" : "21", value]];
  }
  if (scheme === "sscc" && prefix.length + reference.length === 17) {
    const digits = reference[0] + prefix + reference.slice(1);
    return [["00", digits + checkDigit(digits)]];
  }
  if (scheme === "grai" && prefix.length + reference.length === 12 && value !== undefined) {
    const digits = `0${prefix}${reference}`;
    return [["8003", digits + checkDigit(digits) + value]];
  }
  if (scheme === "giai") return [["8004", prefix + decodeURIComponent(reference)]];
  return null;
}

function checkDigit(digits) {
  const sum = [...digits]
    .reverse()
    .reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 3 : 1), 0);
  return String((10 - (sum % 10)) % 10);
}

/** As the ledger escapes: everything but letters, digits and `-._~`. */
function escape(value) {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (one) => "%" + one.charCodeAt(0).toString(16).toUpperCase(),
  );
}
