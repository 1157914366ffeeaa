/** The seven things a producer records, and what each asks: at most five fields on one page. */

import { isWrong } from "./correction.js";

const WHEN = { name: "when", kind: "when" };
const PLACE = { name: "place", kind: "place" };
const LOT = { name: "lot", kind: "lot" };
const AMOUNT = { name: "amount", kind: "amount" };

export const STEPS = {
  harvest: [[{ name: "lot", kind: "newLot" }, AMOUNT, WHEN, PLACE]],
  input: [
    [
      { name: "kind", kind: "choice", choices: ["seed", "fertilizer", "pesticide"] },
      { ...LOT, open: true },
    ],
    [
      { name: "material", kind: "text" },
      { name: "dose", kind: "amount", optional: true },
      { name: "isolation", kind: "days", only: { kind: "pesticide" } },
      WHEN,
      PLACE,
    ],
  ],
  process: [
    [
      { name: "source", kind: "lot" },
      { name: "used", kind: "amount", optional: true },
      WHEN,
      PLACE,
    ],
    [{ name: "lot", kind: "newLot" }, AMOUNT, { name: "expiry", kind: "date", optional: true }],
  ],
  pack: [[LOT, AMOUNT, { name: "sscc", kind: "sscc", optional: true }, WHEN, PLACE]],
  ship: [[LOT, AMOUNT, { name: "party", kind: "party" }, WHEN, PLACE]],
  receive: [
    [{ name: "lot", kind: "foreignLot" }, AMOUNT, { name: "party", kind: "party" }, WHEN, PLACE],
  ],
  sell: [[LOT, AMOUNT, { name: "party", kind: "party", optional: true }, WHEN, PLACE]],
};

/** Any entry may have a photo, on its last page. */
for (const pages of Object.values(STEPS)) pages.at(-1).push({ name: "photo", kind: "photo" });

/** The lot an entry is about, {code, lot, name}; null where the form's values are gone. */
export function lotOf(entry) {
  return entry.values?.lot ?? null;
}

/** The lots an entry names; of one fetched from the ledger all that its event lists. */
function lotsNamed({ values, lots = [] }) {
  const named = [values?.lot, values?.source, ...lots].filter((lot) => lot !== undefined);
  return new Map(named.reverse().map((lot) => [`${lot.code} ${lot.lot}`, lot])).values();
}

/** Every lot this device knows of, newest first, each with its entries. */
export function lotsOf(entries) {
  const lots = new Map();
  for (const entry of entries) {
    for (const lot of lotsNamed(entry)) {
      const key = `${lot.code} ${lot.lot}`;
      const known = lots.get(key) ?? { ...lot, entries: [] };
      known.name ??= lot.name;
      known.entries.push(entry);
      lots.set(key, known);
    }
  }
  return [...lots.values()];
}

/**
 * Until when a pesticide keeps a lot from being harvested at `when`: {material, until (ms)} of the
 * longest that does, or null. What was declared wrong keeps from nothing.
 */
export function isolationOf(entries, lot, when) {
  let found = null;
  for (const { step, values } of entries.filter((entry) => !isWrong(entry))) {
    if (step !== "input" || values?.isolation === undefined) continue;
    if (values.lot.code !== lot.code || values.lot.lot !== lot.lot || values.when > when) continue;
    const until = values.when + values.isolation * 86_400_000;
    if (until > when && (found === null || until > found.until)) {
      found = { material: values.material, until };
    }
  }
  return found;
}

/** A lot number for today that no known lot of the product has: 251126-1. */
export function suggestLot(entries, code, now) {
  const date = new Date(now);
  const day = [date.getFullYear() % 100, date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("");
  const taken = new Set(
    lotsOf(entries)
      .filter((lot) => lot.code === code)
      .map((lot) => lot.lot),
  );
  for (let at = 1; ; at += 1) {
    if (!taken.has(`${day}-${at}`)) return `${day}-${at}`;
  }
}
