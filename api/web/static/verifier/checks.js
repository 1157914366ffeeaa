/** Checks 2, 3, 4, 6, 7, 8, 9 and 10; 5 is in authority.js. Each returns a finding or throws. */

import { isEqual } from "./bytes.js";
import { checkCheckpoint, logId } from "./checkpoint.js";
import { Refused, Unavailable } from "./fault.js";
import { shownMembers } from "./members.js";
import { checkInclusion, leafHash } from "./merkle.js";
import { checkSignature, entryOf } from "./submission.js";

const ENVELOPE = ["/v", "/kind", "/id", "/org", "/capturedAt"];
const [WITHDRAWN, RECALLED, SUPERSEDED, RECALL_LIFTED] = [1, 2, 3, 4];

/** A check that did not throw: what it found, and the notices it gives. */
export function passed(detail, ...notices) {
  return { outcome: "pass", detail, notices };
}

/** Check 2: the members shown are those of one record, of this id and organization. */
export function checkMembers(bundle) {
  const shown = shownMembers(bundle.items);
  for (const pointer of ENVELOPE) {
    if (!shown.has(pointer)) {
      throw new Refused("record-member-missing", `${pointer} is not disclosed`);
    }
  }
  for (const pointer of shown.keys()) {
    if (!ENVELOPE.includes(pointer) && pointer !== "/body" && !pointer.startsWith("/body/")) {
      throw new Refused("record-member-false", `no record has ${pointer}`);
    }
  }
  const claims = { "/v": 1, "/id": bundle.recordId, "/org": bundle.submission.org };
  for (const [pointer, expected] of Object.entries(claims)) {
    if (shown.get(pointer) !== expected) {
      throw new Refused("record-member-false", `${pointer} is not ${expected}`);
    }
  }
  const hidden = bundle.items.length - shown.size;
  return passed(`${shown.size} members disclosed, ${hidden} withheld`);
}

/** Check 3: the commitment stands in the signed batch. */
export function checkSubmissionPath(bundle, commitment) {
  const { submission, submissionIndex: index, submissionPath: path } = bundle;
  checkInclusion(leafHash(commitment), index, submission.count, path, submission.root);
  return passed(`record ${index + 1} of ${submission.count} in its submission`);
}

/** Check 4: the named key signed the batch, for this chain and this registry. */
export function checkSubmissionSignature(bundle, trust) {
  checkSignature(bundle.submission, trust.chainId, trust.registry);
  return passed(`signed by ${bundle.submission.signer}`);
}

/** Check 7: the trusted log's key signed this head, and it is the head the path claims. */
export function openCheckpoint(log, trust) {
  const checkpoint = checkCheckpoint(log.checkpoint, trust.key, trust.origin);
  if (checkpoint.size !== BigInt(log.size)) {
    throw new Refused(
      "checkpoint-size-differs",
      `the path is for size ${log.size}, the checkpoint for ${checkpoint.size}`,
    );
  }
  return checkpoint;
}

/** Check 6: the entry stands in the log under the signed root. */
export function checkLogInclusion(log, commitment, submission, checkpoint) {
  const leaf = leafHash(entryOf(commitment, submission));
  checkInclusion(leaf, log.index, log.size, log.path, checkpoint.root);
  return passed(`leaf ${log.index} of ${log.size}`);
}

/** Check 9: bundle and nodes mean the chain and the contracts we trust. `chain` may be null. */
export async function checkIdentity(anchor, trust, chain) {
  if (anchor !== null) {
    if (anchor.chainId !== trust.chainId || !isEqual(anchor.genesis, trust.genesis)) {
      throw new Refused("anchor-other-chain", "the bundle names another chain");
    }
    if (["registry", "checkpointLog", "recordStatus"].some((name) => anchor[name] !== trust[name])) {
      throw new Refused("anchor-other-contract", "the bundle names other contracts");
    }
  }
  if (chain === null) return passed("as in the trust file; no node was asked");
  const found = await chain.identity();
  // Nodes of another chain can say nothing about the record, neither good nor bad.
  if (found.chainId !== trust.chainId || !isEqual(found.genesis, trust.genesis)) {
    throw new Unavailable("chain-other-genesis", `the nodes are on another chain`);
  }
  return passed(`chain ${found.chainId}`);
}

/** Check 8, first half: the head is on the chain with exactly this root. */
export async function findAnchor(checkpoint, trust, evidence) {
  const head = await evidence.findHead(logId(trust.origin), checkpoint.size);
  if (head === null) {
    throw new Refused("anchor-missing", `no head of size ${checkpoint.size} is on the chain`);
  }
  if (!isEqual(head.root, checkpoint.root)) {
    throw new Refused("anchor-root-differs", `another root at size ${checkpoint.size}`);
  }
  return head;
}

/** Check 8, second half: where the head stands now, against where the bundle saw it. */
export async function compareBlock(anchor, head, evidence) {
  const where = `size ${head.size} anchored in block ${head.block}`;
  if (anchor === null) return passed(`${where} since the bundle was made`);
  if (anchor.block !== head.block || anchor.blockTime !== head.time) {
    return passed(where, "anchor-moved");
  }
  const hash = await evidence.blockHash(head.block);
  const unmoved = hash !== null && isEqual(hash, anchor.blockHash);
  return unmoved ? passed(where) : passed(where, "anchor-moved");
}

/** Check 10: neither withdrawn nor recalled by the record's own organization or an authority. */
export async function checkStatus(chain, commitment, org) {
  const entries = (await chain.statuses(commitment)).filter((entry) => isCounted(entry, org));
  const recalled = new Map();
  const notices = new Set();
  for (const entry of entries) {
    if (entry.kind === RECALLED) recalled.set(entry.org, entry);
    if (entry.kind === RECALL_LIFTED && recalled.delete(entry.org)) notices.add("recall-lifted");
    if (entry.kind === SUPERSEDED) notices.add("superseded");
  }
  for (const entry of recalled.values()) {
    throw new Refused("record-recalled", `recalled by ${speaker(entry, org)}`);
  }
  for (const entry of entries) {
    if (entry.kind === WITHDRAWN) {
      throw new Refused("record-withdrawn", `withdrawn by ${speaker(entry, org)}`);
    }
    if (entry.kind < WITHDRAWN || entry.kind > RECALL_LIFTED) {
      throw new Unavailable("status-kind-unknown", `a declaration of kind ${entry.kind}`);
    }
  }
  return passed("neither withdrawn nor recalled", ...notices);
}

/** Whether the declaration is by the record's own organization or by an authority. */
export function isCounted(entry, org) {
  return entry.org === org || entry.authority;
}

function speaker(entry, org) {
  return entry.org === org ? "its own organization" : `the authority ${entry.org}`;
}
