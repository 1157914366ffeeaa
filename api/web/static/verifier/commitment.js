/** commitment = SHA256("provenance/record/v1\n" ‖ u32be(n) ‖ d_1 ‖ … ‖ d_n), always recomputed. */

import { concat, fromUint, utf8 } from "./bytes.js";
import { sha256 } from "./digest.js";
import { memberDigest } from "./members.js";

const RECORD_DOMAIN = utf8("provenance/record/v1\n");

/** The commitment of the only record this can be a view of. */
export function commitmentOf(items) {
  return sha256(RECORD_DOMAIN, fromUint(items.length, 4), concat(...items.map(memberDigest)));
}
