/**
 * The two ways in which a check can end badly; they must never be taken for each other.
 *
 * `code` is the stable name of ledger/errors.py.
 */

/** Something was looked at and is wrong: the evidence does not hold. */
export class Refused extends Error {
  constructor(code, detail) {
    super(detail);
    this.name = "Refused";
    this.code = code;
  }
}

/** Somebody could not be asked or did not make sense: neither good nor bad news. */
export class Unavailable extends Error {
  constructor(code, detail) {
    super(detail);
    this.name = "Unavailable";
    this.code = code;
  }
}
