/** The hash functions: SHA-256 makes commitments and the log, keccak-256 is the EVM's, SHAKE256
 * makes the salts of a record. */

import { keccak_256, sha256 as sha256_of, shake256 as shake256_of } from "../vendor/noble.js";
import { concat } from "./bytes.js";

export const DIGEST_BYTES = 32;

/** SHA-256 of the concatenation of the parts. */
export function sha256(...parts) {
  return sha256_of(concat(...parts));
}

/** The EVM's hash: original Keccak padding, not NIST SHA-3. */
export function keccak256(...parts) {
  return keccak_256(concat(...parts));
}

/** SHAKE256 of the concatenation of the parts, `length` bytes of it. */
export function shake256(length, ...parts) {
  return shake256_of(concat(...parts), { dkLen: length });
}
