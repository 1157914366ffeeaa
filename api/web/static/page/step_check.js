/** One step of a story: fetch its proof, check it on this device, and see whether it is about the
 * goods at all. A step that could not be checked is neither good nor bad. */

import { Refused, Unavailable } from "../verifier/fault.js";
import { verify } from "../verifier/verifier.js";
import { download } from "./download.js";
import { isTellable } from "./record_view.js";
import { isAbout } from "./subject.js";

export const BUNDLE = "application/vnd.provenance.bundle+json";
const NOTHING = { verdict: "could not check", checks: [], notices: [], facts: {} };

/** {...step, report, verdict, reason}; `bytes` promises a bundle that was asked for already. */
export async function checkStep(words, step, { trust, chain, subject, bytes }) {
  try {
    const report = await verify(
      await (bytes ?? download(step.proof, BUNDLE)),
      trust,
      chain,
      new Date(),
    );
    const { record } = report.facts;
    if (record !== undefined && record.id !== step.recordId) {
      const reason = words.say("step.other_record");
      return { ...step, report: { ...report, facts: {} }, verdict: "does not match", reason };
    }
    const about = record === undefined || isAbout(record.disclosed, subject);
    if (!about && isTellable(report.verdict)) {
      return { ...step, report, verdict: "unrelated", reason: words.say("step.unrelated") };
    }
    return { ...step, report, verdict: report.verdict, reason: null };
  } catch (error) {
    if (error instanceof Refused) throw error;
    const key = error instanceof Unavailable ? "reason.fetch" : "reason.script";
    return unchecked(step, words.say(key, { detail: error.message }));
  }
}

/** A step about which nothing could be found out. */
export function unchecked(step, reason) {
  return { ...step, report: NOTHING, verdict: NOTHING.verdict, reason };
}

/** `work` done on every item, so many at a time; the results in the order of the items. */
export async function inTurn(items, atOnce, work) {
  const results = new Array(items.length);
  let next = 0;
  const runner = async () => {
    while (next < items.length) {
      const at = next;
      next += 1;
      results[at] = await work(items[at]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runner));
  return results;
}
