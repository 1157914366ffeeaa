/** Declaring an entry wrong: the event again, with the reason and what stands instead. Pure. */

import { localTime } from "./event.js";

/** The reasons of the Core Business Vocabulary (CBV 2.0, 7.5). */
export const REASONS = ["incorrect_data", "did_not_occur"];

/** The event as it was recorded, declared in error (EPCIS 2.0, 7.4.1.2). */
export function declareWrong(event, reason, correctives, now) {
  return {
    ...event,
    errorDeclaration: {
      declarationTime: localTime(now),
      reason,
      ...(correctives.length > 0 ? { correctiveEventIDs: correctives } : {}),
    },
  };
}

/** Whether an entry was declared wrong, here or elsewhere, and not refused as such. */
export function isWrong({ declaration }) {
  return declaration !== undefined && declaration.state !== "refused";
}
