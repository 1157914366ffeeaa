/** What the contract DocumentExchange holds of a leg now, asked by its one view call. */

import { call, toNumber, toSmall, toUint64, words } from "../verifier/abi.js";
import { Unavailable } from "../verifier/fault.js";
import { STATES } from "./rules.js";

/** DocumentExchange.leg(id): state, marks, number of events and head; state NONE for one that it
 * does not know. */
export const findLeg = {
  encode: (leg) => call("leg(bytes32)", leg),
  decode: (data) => {
    const [state, , , , marks, events, , , , , head] = words(data, 11);
    const name = STATES[toSmall(state, 8)];
    if (name === undefined) throw new Unavailable("chain-answer-malformed", "no state of a leg");
    return {
      state: name,
      marks: toSmall(marks, 8),
      events: toNumber(toUint64(events)),
      head,
    };
  },
};
