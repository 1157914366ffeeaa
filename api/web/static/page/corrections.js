/**
 * Which steps of a story were declared in error. Only what was verified on this device counts, and
 * only what the organization that recorded the step declares itself.
 */

/** Declaration by record id, for every version of an event that is declared in error. */
export function correctionsOf(results) {
  const known = results.filter((result) => result.report.facts.record !== undefined);
  const declared = new Map();
  for (const result of known) {
    const { errorDeclaration } = result.report.facts.record.disclosed.body ?? {};
    if (errorDeclaration !== undefined && errorDeclaration !== null) {
      declared.set(eventOf(result), errorDeclaration);
    }
  }
  const found = known.filter((result) => declared.has(eventOf(result)));
  return new Map(found.map((result) => [result.recordId, declared.get(eventOf(result))]));
}

function eventOf({ report }) {
  const { org, body } = report.facts.record.disclosed;
  return JSON.stringify([org, body?.eventID]);
}
