/**
 * Submissions: an organization's EIP-712 signature over a batch of commitments. The contract of the
 * domain is the registry.
 */

import { concat, findHex, fromUint } from "./bytes.js";
import { MAX_SAFE_INTEGER, encode, isObject } from "./canonical.js";
import { sha256 } from "./digest.js";
import { recover, typeHash, typedDigest } from "./eip712.js";
import { Refused } from "./fault.js";

const MEMBERS = [
  "v",
  "org",
  "root",
  "count",
  "signedAt",
  "nonce",
  "custody",
  "signer",
  "signature",
];
export const SUBMISSION_MEMBERS = MEMBERS;

const SUBMISSION_TYPE = typeHash(
  "Submission(bytes32 org,bytes32 root,uint64 count,uint64 signedAt,bytes32 nonce)",
);

/** Read exactly the members of a submission. Throws Refused `submission-malformed`. */
export function readSubmission(value) {
  if (!isObject(value) || Object.keys(value).length !== MEMBERS.length) {
    refuse("not the members of a submission");
  }
  if (value.v !== 1) refuse("only version 1 is known");
  const submission = {
    json: value,
    org: value.org,
    orgBytes: read(value.org, 32, "0x"),
    root: read(value.root, 32),
    count: value.count,
    signedAt: value.signedAt,
    nonce: read(value.nonce, 32),
    custody: value.custody,
    signer: value.signer,
    signature: read(value.signature, 65, "0x"),
  };
  read(value.signer, 20, "0x");
  if (!isCount(value.count) || value.count === 0) refuse("a submission has at least one record");
  if (!isCount(value.signedAt)) refuse("signedAt is not a time in unix seconds");
  if (!["organization", "platform"].includes(value.custody)) refuse("no such custody");
  return submission;
}

/** SHA256(JCS(submission with signature)), the second half of every log entry. */
export function submissionDigest(submission) {
  return sha256(encode(submission.json));
}

/** Log entry: commitment ‖ submission digest, 64 bytes. */
export function entryOf(commitment, submission) {
  return concat(commitment, submissionDigest(submission));
}

/** Throws Refused `signature-malformed` or `signature-invalid`. */
export function checkSignature(submission, chainId, registry) {
  const digest = signedDigest(submission, chainId, registry);
  if (recover(digest, submission.signature) !== submission.signer) {
    throw new Refused("signature-invalid", `the signature is not one of ${submission.signer}`);
  }
}

/** The EIP-712 digest of a submission. */
export function signedDigest(submission, chainId, registry) {
  return typedDigest(
    chainId,
    registry,
    SUBMISSION_TYPE,
    submission.orgBytes,
    submission.root,
    fromUint(submission.count, 32),
    fromUint(submission.signedAt, 32),
    submission.nonce,
  );
}

function isCount(value) {
  return Number.isInteger(value) && value >= 0 && value <= MAX_SAFE_INTEGER;
}

function read(text, length, prefix = "") {
  return findHex(text, length, prefix) ?? refuse("not lower-case hexadecimal of the right length");
}

function refuse(detail) {
  throw new Refused("submission-malformed", detail);
}
