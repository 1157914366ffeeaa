/**
 * What the organizations of a lot's story say about the product in their master data: photo, brand,
 * certificates. Each is a signed record of its own and told only once it was checked here; whether
 * it could be changes nothing about the goods' own records, and so nothing about the verdict.
 */

import { descriptionBoxes } from "./description_view.js";
import { element } from "./element.js";
import { isTellable } from "./record_view.js";
import { checkStep } from "./step_check.js";

/** Tell in `page` what the records named by `steps`, {recordId, proof}, say; `orgs` are those whose
    steps were checked. */
export async function showDescriptions(words, page, steps, { trust, chain, subject, orgs }) {
  const about = { ...subject, kind: "product", uri: subject.gtin };
  const results = await Promise.all(
    steps.map((step) => checkStep(words, step, { trust, chain, subject: about })),
  );
  const told = results.filter(
    ({ verdict, report }) => isTellable(verdict) && orgs.has(report.facts.record.disclosed.org),
  );
  const rest = told.length < results.length ? words.say("described.unchecked") : null;
  page.replaceChildren(
    ...descriptionBoxes(words, told),
    ...(rest === null ? [] : [element("p", { class: "muted" }, rest)]),
  );
}
