// What the pages need of @noble, and no more. Bundled into api/web/static/vendor/noble.js.
import * as ed25519 from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { keccak_256, shake256 } from "@noble/hashes/sha3.js";
import * as secp256k1 from "@noble/secp256k1";

ed25519.hashes.sha512 = sha512;

export { sha256, keccak_256, shake256 };

/** The uncompressed public key (65 bytes) behind a compact signature (64 bytes r ‖ s); throws. */
export function recoverPublicKey(digest, compact, recovery) {
  const recovered = Uint8Array.of(recovery, ...compact);
  const key = secp256k1.recoverPublicKey(recovered, digest, { prehash: false });
  return secp256k1.Point.fromBytes(key).toBytes(false);
}

/** RFC 8032 verification, without the leniency of ZIP 215. False for anything malformed. */
export function isEd25519Signature(signature, message, publicKey) {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
