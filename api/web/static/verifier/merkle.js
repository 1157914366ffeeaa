/**
 * Merkle tree hashes and inclusion proofs of RFC 9162 with SHA-256.
 *
 * leaf(d) = SHA256(0x00 ‖ d), node(l, r) = SHA256(0x01 ‖ l ‖ r): the prefixes keep a leaf from ever
 * passing for a node. The number of nodes of a proof follows from index and size alone, so a
 * missing or a surplus node is refused like a wrong one.
 */

import { isEqual } from "./bytes.js";
import { DIGEST_BYTES, sha256 } from "./digest.js";
import { Refused } from "./fault.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(entry) {
  return sha256(LEAF, entry);
}

export function nodeHash(left, right) {
  return sha256(NODE, left, right);
}

/** Section 2.1.3.2; throws Refused `inclusion-proof-invalid`. The steps are the RFC's. */
export function checkInclusion(leaf, index, size, path, root) {
  if (index >= size) refuse(`no leaf ${index} in a tree of ${size}`); // 1
  if ([leaf, ...path].some((node) => node.length !== DIGEST_BYTES)) refuse("not 32 bytes");
  let fn = BigInt(index); // 2; sizes go beyond the 32 bits of number operators
  let sn = BigInt(size) - 1n;
  let r = leaf; // 3
  for (const p of path) {
    // 4
    if (sn === 0n) refuse(`${path.length} nodes are too many`); // 4.1
    if (fn & 1n || fn === sn) {
      // 4.2
      r = nodeHash(p, r);
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      r = nodeHash(r, p);
    }
    fn >>= 1n; // 4.3
    sn >>= 1n;
  }
  if (sn !== 0n) refuse(`${path.length} nodes are too few`); // 5
  if (!isEqual(r, root)) refuse("the path leads to another root");
}

function refuse(detail) {
  throw new Refused("inclusion-proof-invalid", detail);
}
