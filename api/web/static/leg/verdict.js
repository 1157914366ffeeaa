/**
 * The one verdict that follows from fourteen checks of a leg's bundle (docs/formats/leg-bundle.md):
 * the same outcomes and verdicts as for records, other checks.
 */

export const LEG_CHECK_NAMES = {
  1: "format",
  2: "message",
  3: "documents",
  4: "signatures",
  5: "evidence",
  6: "history",
  7: "head",
  8: "block",
  9: "chain-identity",
  10: "signer-authority",
  11: "time-stamps",
  12: "standing",
  13: "cover",
  14: "freshness",
};

const ENDED = { "leg-recalled": "recalled", "leg-withdrawn": "withdrawn" };

/** `checks`: fourteen of {number, outcome, detail, code}, in order. */
export function deriveLegVerdict(checks, notices) {
  const failed = checks.filter((check) => check.outcome === "fail").map((check) => check.code);
  if (failed.some((code) => !(code in ENDED))) return "does not match";
  if (failed.length > 0) return ENDED[failed[0]];
  if (checks.some((check) => check.code === "ledger-foreign")) return "unknown";
  if (checks.some((check) => check.outcome === "unknown")) return "could not check";
  return notices.length > 0 ? "intact, with notice" : "intact";
}
