/**
 * Merkle-Patricia proofs (EIP-1186): what a contract's storage holds under a block's state root.
 *
 * The trie of all accounts leads from the state root to the contract's storage root, the trie of its
 * storage from there to a slot. Keys are hashed, so nobody chooses where a value lies; each node is
 * named by its hash in the one above, so nobody chooses what it says.
 */

import { concat, fromHex, fromUint, isEqual, toHex, toUint } from "../verifier/bytes.js";
import { keccak256 } from "../verifier/digest.js";
import { Refused } from "../verifier/fault.js";
import { decode } from "./rlp.js";

export const MOST_NODES = 64;
export const MAX_NODE_BYTES = 1_024;

const BRANCH = 17;
const LEGS = 2; // slot of the mapping in DocumentExchange, after the two of EIP712
const HEAD = 1n; // the head is the second word of a leg's struct

/** Where DocumentExchange keeps the head of a leg, as 32 bytes. */
export function legHeadSlot(leg) {
  const first = toUint(keccak256(leg, fromUint(LEGS, 32)));
  return fromUint((first + HEAD) % (1n << 256n), 32);
}

/** The 32-byte word the contract keeps there. Throws Refused `state-proof-invalid`. */
export function checkSlot(stateRoot, contract, slot, { account, storage }) {
  const fields = decoded(descend(stateRoot, fromHex(contract, 20, "0x"), account));
  if (fields.length !== 4 || Array.isArray(fields[2]) || fields[2].length !== 32) {
    invalid("what stands there is no account");
  }
  const value = descend(fields[2], slot, storage);
  let word;
  try {
    word = decode(value);
  } catch (error) {
    if (error instanceof Refused) invalid("no word stands there");
    throw error;
  }
  if (Array.isArray(word) || word.length > 32) invalid("no word stands there");
  return concat(new Uint8Array(32 - word.length), word);
}

/** The value under the key, all nodes used, each where its parent names it. */
function descend(root, key, nodes) {
  let path = toHex(keccak256(key));
  let wanted = root;
  const left = [...nodes];
  for (;;) {
    let node = wanted; // shorter than a hash, it stands in its parent
    if (!Array.isArray(wanted)) {
      const next = left.shift();
      if (wanted.length !== 32 || next === undefined || !isEqual(keccak256(next), wanted)) {
        invalid("a node is not the one its parent names");
      }
      node = decoded(next);
    }
    if (node.length === BRANCH) {
      if (path === "") invalid("the path ends within the trie");
      wanted = node[parseInt(path[0], 16)];
      path = path.slice(1);
      continue;
    }
    if (node.length !== 2 || Array.isArray(node[0]) || node[0].length === 0) {
      invalid("a node is neither branch, extension nor leaf");
    }
    const nibbles = toHex(node[0]);
    const kind = parseInt(nibbles[0], 16);
    const shared = nibbles.slice(kind % 2 === 1 ? 1 : 2);
    if (kind > 3 || !path.startsWith(shared)) invalid("the trie holds nothing under this key");
    path = path.slice(shared.length);
    if (kind < 2) {
      wanted = node[1];
      continue;
    }
    if (path !== "" || left.length > 0 || Array.isArray(node[1])) {
      invalid("the leaf is not the end of the way");
    }
    return node[1];
  }
}

function decoded(bytes) {
  let found;
  try {
    found = decode(bytes);
  } catch (error) {
    if (error instanceof Refused) invalid("a node is no RLP");
    throw error;
  }
  if (!Array.isArray(found)) invalid("a node is no list");
  return found;
}

function invalid(detail) {
  throw new Refused("state-proof-invalid", detail);
}
