/** From the name of goods to their page, and to what people read. */

import { readName, STEM } from "./goods_name.js";

const OWN = /^https?:\/\/[^/?#]+\/o\/[0-9a-f]{64}\/p\/([^/?#]+)\/lot\/([^/?#]+)$/;

/** The subject a page about this name would have; see story.js. */
export function subjectOf(text) {
  const { uri, gtin, lot, serial } = readName(text);
  if (gtin !== null && (lot !== null || serial !== null)) {
    return { kind: "goods", gtin, lot: lot ?? "", serial, uri: null };
  }
  return { kind: uri.startsWith(`${STEM}/00/`) ? "unit" : "asset", gtin: "", lot: "", serial: null, uri };
}

/** The path of its page on this server. */
export function pathOf(text) {
  const { uri } = readName(text);
  if (uri.startsWith(`${STEM}/`)) return `/about${uri.slice(STEM.length)}`;
  return OWN.test(uri) ? new URL(uri).pathname : null;
}

/** What people read, with the page's words. */
export function spellName(words, text) {
  const { uri, gtin, lot, serial } = readName(text);
  const own = OWN.exec(uri);
  if (own !== null) return words.say("local.code", { code: own[1], lot: decodeURIComponent(own[2]) });
  if (gtin !== null) {
    const parts = [["01", gtin], ["10", lot], ["21", serial]].filter(([, value]) => value !== null);
    return parts.map(([ai, value]) => `(${ai})${value}`).join(" ");
  }
  const [, ai, value] = /^https:\/\/id\.gs1\.org\/(\d+)\/([^/]+)/.exec(uri) ?? [];
  return ai === undefined ? uri : `(${ai}) ${decodeURIComponent(value)}`;
}
