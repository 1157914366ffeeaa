/**
 * Submissions: an organization's EIP-712 signature over a batch of commitments.
 *
 * The domain is {name "Provenance Ledger", version "1", chainId, verifyingContract = registry}: a
 * signature made for one chain or registry is worth nothing on another. One signature has one
 * spelling: s in the lower half, v 27 or 28.
 */

import { recoverPublicKey } from "../vendor/noble.js";
import { concat, findHex, fromUint, toHex, toUint, utf8 } from "./bytes.js";
import { MAX_SAFE_INTEGER, encode, isObject } from "./canonical.js";
import { keccak256, sha256 } from "./digest.js";
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

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const DOMAIN_TYPE = keccak256(
  utf8("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
);
const SUBMISSION_TYPE = keccak256(
  utf8("Submission(bytes32 org,bytes32 root,uint64 count,uint64 signedAt,bytes32 nonce)"),
);
const NAME = keccak256(utf8("Provenance Ledger"));
const VERSION = keccak256(utf8("1"));

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
  const separator = keccak256(
    DOMAIN_TYPE,
    NAME,
    VERSION,
    fromUint(chainId, 32),
    fromUint(BigInt(registry), 32),
  );
  const struct = keccak256(
    SUBMISSION_TYPE,
    submission.orgBytes,
    submission.root,
    fromUint(submission.count, 32),
    fromUint(submission.signedAt, 32),
    submission.nonce,
  );
  return keccak256(Uint8Array.of(0x19, 0x01), separator, struct);
}

/** The lower-case address whose key made this 65-byte signature. */
export function recover(digest, signature) {
  const v = signature[64];
  if (v !== 27 && v !== 28) throw new Refused("signature-malformed", `v is ${v}, not 27 or 28`);
  if (toUint(signature.slice(32, 64)) > CURVE_ORDER / 2n) {
    throw new Refused("signature-malformed", "s is in the upper half");
  }
  let publicKey;
  try {
    publicKey = recoverPublicKey(digest, signature.slice(0, 64), v - 27);
  } catch {
    throw new Refused("signature-invalid", "no key can have made this");
  }
  return "0x" + toHex(keccak256(publicKey.slice(1)).slice(12));
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
