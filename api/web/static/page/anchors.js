/**
 * The trust anchors this page uses: from the server it checks, remembered at the first visit.
 *
 * Remembering cannot make the first visit honest; it makes every later change visible.
 */

import { parseTrust, fingerprintOf } from "../verifier/trust.js";
import { Refused, Unavailable } from "../verifier/fault.js";
import { Node } from "../verifier/node.js";
import { download } from "./download.js";

const REMEMBERED = "provenance.trust";
const DIRECT_SECONDS = 5;
const LOOPBACK = /^(?:(?:.*\.)?localhost|127(?:\.\d+){3}|\[::1\])$/;

/** The server's trust anchors. Throws Unavailable: anchors that cannot be read check nothing. */
export async function fetchAnchors(url) {
  const bytes = await download(url, "application/json");
  try {
    return parseTrust(bytes);
  } catch (error) {
    if (error instanceof Refused) throw new Unavailable("trust-malformed", error.message);
    throw error;
  }
}

/**
 * What this device remembers: {state: "first" | "same" | "changed" | "not_kept", fingerprint,
 * old?, since?}.
 */
export function compareAnchors(trust, now) {
  const fingerprint = fingerprintOf(trust);
  try {
    const kept = JSON.parse(localStorage.getItem(REMEMBERED));
    if (typeof kept?.fingerprint === "string") {
      const since = new Date(kept.since);
      const state = kept.fingerprint === fingerprint ? "same" : "changed";
      return { state, fingerprint, old: kept.fingerprint, since };
    }
    rememberAnchors(fingerprint, now);
    return { state: "first", fingerprint };
  } catch {
    return { state: "not_kept", fingerprint };
  }
}

/** Keep these from now on. */
export function rememberAnchors(fingerprint, now) {
  localStorage.setItem(REMEMBERED, JSON.stringify({ fingerprint, since: now.toISOString() }));
}

/** Groups that people can read to each other. */
export function spellFingerprint(fingerprint) {
  return fingerprint.replace(/(.{4})(?=.)/g, "$1 ");
}

/**
 * The nodes to ask: this server's relay, and every node of the trust anchors that this device might
 * reach. Each counts what it answered.
 */
export function chooseNodes(trust, relay, page = globalThis.location) {
  const own = { node: new Node(new URL(relay, page.href).href), direct: false };
  const direct = trust.nodes
    .filter((url) => isReachable(new URL(url), page))
    .map((url) => ({ node: new Node(url, { seconds: DIRECT_SECONDS }), direct: true }));
  return [own, ...direct];
}

function isReachable(url, page) {
  if (page.protocol === "https:" && url.protocol !== "https:") return false;
  return !LOOPBACK.test(url.hostname); // the server's loopback; on this device somebody else
}
