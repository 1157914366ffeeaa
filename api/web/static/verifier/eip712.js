/**
 * EIP-712 typed data of this ledger: every value has a fixed size, so `encodeData` is plain
 * concatenation of 32-byte words.
 *
 * The domain is {name "Provenance Ledger", version "1", chainId, verifyingContract}: a signature
 * made for one chain or contract is worth nothing on another. One signature has one spelling: s in
 * the lower half, v 27 or 28.
 */

import { recoverPublicKey } from "../vendor/noble.js";
import { fromUint, toHex, toUint, utf8 } from "./bytes.js";
import { keccak256 } from "./digest.js";
import { Refused } from "./fault.js";

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const DOMAIN_TYPE = typeHash(
  "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
);
const NAME = keccak256(utf8("Provenance Ledger"));
const VERSION = keccak256(utf8("1"));

/** The hash of a struct's type. */
export function typeHash(text) {
  return keccak256(utf8(text));
}

/** The digest that is signed: of a struct's words (32 bytes each) for this chain and contract. */
export function typedDigest(chainId, contract, ...struct) {
  const separator = keccak256(
    DOMAIN_TYPE,
    NAME,
    VERSION,
    fromUint(chainId, 32),
    fromUint(BigInt(contract), 32),
  );
  return keccak256(Uint8Array.of(0x19, 0x01), separator, keccak256(...struct));
}

/** The lower-case address whose key made this 65-byte signature. Throws Refused `signature-…`. */
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
