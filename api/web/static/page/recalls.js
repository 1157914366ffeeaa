/**
 * Recalls of the scanned goods themselves, read from the chain.
 *
 * The subject is made from the code on the pack, so a server that keeps a recall to itself, or the
 * records of whoever declared it, hides nothing. Every recall that an authority or an organization
 * in good standing has declared and not lifted counts: a false one can be held against whoever
 * signed it, a missed one against nobody. Format: docs/formats/recall.md.
 */

import { isEqual, utf8 } from "../verifier/bytes.js";
import { sha256 } from "../verifier/digest.js";
import { Unavailable } from "../verifier/fault.js";

const STEM = "https://id.gs1.org";
const DOMAIN = utf8("provenance/goods/v1\n");
const RECALLED = 2;
const RECALL_LIFTED = 4;
const ACTIVE = 1;

/**
 * {inForce: [{org, authority, time}], lifted: whether there was one that is over}. Throws
 * Unavailable. `subject`: {gtin, lot, serial, uri}.
 */
export async function findRecalls(chain, subject) {
  const { chainId, genesis } = await chain.identity();
  if (chainId !== chain.trust.chainId || !isEqual(genesis, chain.trust.genesis)) {
    throw new Unavailable("chain-other-genesis", "the nodes are on another chain");
  }
  const found = new Map();
  let lifted = false;
  for (const name of namesOf(subject)) {
    const entries = await chain.statuses(sha256(DOMAIN, utf8(name)));
    const recalled = new Map();
    for (const entry of entries) {
      if (entry.kind === RECALLED) recalled.set(entry.org, entry);
      if (entry.kind === RECALL_LIFTED && recalled.delete(entry.org)) lifted = true;
    }
    for (const [org, entry] of recalled) {
      if (entry.authority || (await isInStanding(chain, org))) found.set(org, entry);
    }
  }
  return { inForce: [...found.values()], lifted };
}

/** One sentence for each recall: who declared it, and when. */
export function recallSentences(words, recalls, results) {
  const names = new Map();
  for (const { report } of results) {
    const { submission } = report.facts;
    if (submission?.profile) names.set(submission.org, words.organization(submission.profile));
  }
  return recalls.map(({ org, authority, time }) => {
    const date = words.day(new Date(time * 1000));
    if (authority) return words.say("recall.by_authority", { date });
    const who = names.get(org);
    return who === undefined
      ? words.say("recall.by_other", { date })
      : words.say("recall.by_named", { date, who });
  });
}

/**
 * The names under which a recall may stand: the canonical Digital Links of the lot and of the item,
 * or the URI of a lot under a code of somebody's own.
 */
function namesOf({ gtin, lot, serial, uri }) {
  if (uri) return [uri];
  const names = [];
  if (lot) names.push(`${STEM}/01/${gtin}/10/${escape(lot)}`);
  if (serial) names.push(`${STEM}/01/${gtin}/21/${escape(serial)}`);
  return names;
}

/** As the ledger escapes: everything but letters, digits and `-._~`. */
function escape(value) {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (one) => "%" + one.charCodeAt(0).toString(16).toUpperCase(),
  );
}

async function isInStanding(chain, org) {
  const organization = await chain.findOrganization(org);
  return organization !== null && organization.status === ACTIVE;
}
