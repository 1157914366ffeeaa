/**
 * What was in a container, and from when to when, from its verified events: the rules of
 * ledger/epcis/containment.py. ADD puts in, DELETE takes out what it names, or everything where it
 * names nothing; OBSERVE tells of children nobody was told the packing of. An aggregation and an
 * association are two bonds. Of a quantity DELETE takes out what it says and the rest stays.
 */

import { readName } from "./goods_name.js";

const NESTING = ["AggregationEvent", "AssociationEvent"];
const LEAST = 1e-9; // below this an amount is an error of addition

/**
 * [{name, since, until, left}] in the order in which things were put in; `until` is null for what is
 * inside now, `left` then how much of it: [{value, unit}]. `records`: disclosed records.
 */
export function staysIn(uri, records) {
  const steps = records
    .filter(({ body }) => NESTING.includes(body?.type) && readName(body.parentID)?.uri === uri)
    .map(({ body, capturedAt }) => ({ body, at: Date.parse(body.eventTime), capturedAt }))
    .sort((a, b) => a.at - b.at || (a.capturedAt < b.capturedAt ? -1 : 1));
  return NESTING.flatMap((type) => replay(steps.filter(({ body }) => body.type === type)));
}

function replay(steps) {
  const inside = new Map();
  const stays = [];
  const leave = (name, body) => {
    const { since } = inside.get(name);
    inside.delete(name);
    stays.push({ name, since, until: clockOf(body), left: [] });
  };
  for (const { body } of steps) {
    const children = childrenOf(body);
    if (body.action === "DELETE") {
      const gone =
        children.length === 0
          ? [...inside.keys()]
          : children.filter((child) => inside.has(child.name) && take(inside.get(child.name), child))
              .map((child) => child.name);
      for (const name of new Set(gone)) leave(name, body);
      continue;
    }
    for (const child of children) {
      const known = inside.get(child.name);
      if (known !== undefined && body.action === "OBSERVE") continue;
      if (known === undefined) {
        inside.set(child.name, { since: clockOf(body), left: new Map(), isUncounted: false });
      }
      put(inside.get(child.name), child);
    }
  }
  for (const [name, { since, left }] of inside) {
    const amounts = [...left].filter(([, value]) => value > LEAST);
    stays.push({ name, since, until: null, left: amounts.map(([unit, value]) => ({ value, unit })) });
  }
  return stays;
}

function clockOf({ eventTime, eventTimeZoneOffset }) {
  return { time: eventTime, offset: eventTimeZoneOffset };
}

function childrenOf(body) {
  const named = (Array.isArray(body.childEPCs) ? body.childEPCs : []).map((text) => ({ text }));
  const counted = (Array.isArray(body.childQuantityList) ? body.childQuantityList : []).map(
    (one) => ({ text: one?.epcClass, amount: one?.quantity, unit: one?.uom }),
  );
  return [...named, ...counted]
    .filter(({ text }) => typeof text === "string")
    .map(({ text, amount, unit }) => ({ name: readName(text).uri, amount, unit }));
}

function put(content, { amount, unit }) {
  if (typeof amount !== "number") content.isUncounted = true;
  else content.left.set(unit, (content.left.get(unit) ?? 0) + amount);
}

/** Whether nothing is left. */
function take(content, { amount, unit }) {
  if (typeof amount !== "number") return true;
  if (content.left.has(unit)) content.left.set(unit, content.left.get(unit) - amount);
  return !content.isUncounted && [...content.left.values()].every((value) => value <= LEAST);
}
