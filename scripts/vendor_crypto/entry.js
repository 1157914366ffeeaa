// What the pages need of @noble, and no more. Bundled into api/web/static/vendor/noble.js.
import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

export { sha256, keccak_256 };

/** The uncompressed public key (65 bytes) behind a compact signature (64 bytes r ‖ s); throws. */
export function recoverPublicKey(digest, compact, recovery) {
  return secp256k1.Signature.fromBytes(compact, "compact")
    .addRecoveryBit(recovery)
    .recoverPublicKey(digest)
    .toBytes(false);
}

/** RFC 8032 verification, without the leniency of ZIP 215. False for anything malformed. */
export function isEd25519Signature(signature, message, publicKey) {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
