/**
 * The one verdict that follows from eleven checks (docs/formats/verdicts.md).
 *
 * A refused proof outranks everything, even what could not be asked; a known recall or withdrawal
 * outranks what is not known; what is not known outranks every good news.
 */

export const CHECK_NAMES = {
  1: "format",
  2: "members",
  3: "submission-path",
  4: "submission-signature",
  5: "signer-authority",
  6: "log-inclusion",
  7: "checkpoint",
  8: "anchor",
  9: "chain-identity",
  10: "status",
  11: "freshness",
};

/** Worst first: what a story as a whole is, if one of its records is this. */
export const SEVERITY = [
  "does not match",
  "recalled",
  "withdrawn",
  "unknown",
  "could not check",
  "pending",
  "intact, with notice",
  "intact",
];

/** `checks`: eleven of {number, outcome, detail, code}, in order. */
export function deriveVerdict(checks, notices) {
  const found = (number) => checks[number - 1];
  if (checks.some((check) => check.outcome === "fail" && check.number !== 10)) {
    return "does not match";
  }
  if (found(10).outcome === "fail") {
    return found(10).code === "record-recalled" ? "recalled" : "withdrawn";
  }
  if (found(9).code === "ledger-foreign") return "unknown";
  if (checks.some((check) => check.outcome === "unknown")) return "could not check";
  if (found(8).outcome === "skipped") return "pending";
  return notices.length > 0 ? "intact, with notice" : "intact";
}

/** The worst of some verdicts. */
export function worstVerdict(verdicts) {
  return SEVERITY.find((verdict) => verdicts.includes(verdict));
}
