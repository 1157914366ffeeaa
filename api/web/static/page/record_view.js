/**
 * One record of a story. Everything told here comes from members that were hashed and verified on
 * this device; of a record that is refused nothing is told.
 */

import { element, facts } from "./element.js";
import { evidencePanel } from "./evidence_view.js";
import { quantityOf } from "./subject.js";
import { verdictBadge } from "./verdict_view.js";

/** `result`: {recordId, proof, report, verdict, reason, place, correction}. `showClaims`: whether the story as
 * a whole may still be told; if not, a step has a number and no name. */
export function recordItem(words, result, subject, showClaims) {
  const item = element("li", { "data-record": result.recordId, "data-verdict": result.verdict });
  const { body, kind } = result.report.facts.record?.disclosed ?? {};
  const tells = showClaims && body !== undefined && isTellable(result.verdict);
  item.append(
    element(
      "p",
      { class: "step" },
      element("strong", {}, tells ? stepName(words, body, String(kind)) : words.say("step.number", result)),
      verdictBadge(words, result.verdict),
    ),
  );
  if (result.reason) item.append(element("p", { class: "reason" }, result.reason));
  for (const check of result.report.checks.filter(isBroken)) {
    const said = `${words.say("evidence.outcome.fail")}: ${words.say(`check.${check.number}`)}`;
    item.append(element("p", { class: "reason" }, said));
  }
  for (const notice of result.report.notices) {
    item.append(element("p", { class: "notice" }, words.say(`notice.${notice}`)));
  }
  if (tells) item.append(...telling(words, result.report.facts, body, subject, result.correction));
  item.append(evidencePanel(words, result));
  return item;
}

/** A check to be named as the reason; of check 10 the verdict itself says everything. */
function isBroken(check) {
  return check.outcome === "fail" && check.number !== 10;
}

/** Whether members of a record with this verdict may be shown as facts. */
export function isTellable(verdict) {
  return ["intact", "intact, with notice", "pending"].includes(verdict);
}

/** What the step is called; master data are no step and go by their kind. */
export function stepName(words, body, kind) {
  if (kind.startsWith("masterdata.")) return words.name("recordKind", kind);
  if (typeof body.bizStep === "string") return words.name("bizStep", body.bizStep);
  return words.name("eventType", String(body.type ?? "ObjectEvent"));
}

/** A place is named by its code alone, somebody's own or a GLN; the rest is an address. */
export function placeName(id) {
  const own = /\/o\/[0-9a-f]{64}\/w\/([A-Za-z0-9._-]+)$/.exec(id ?? "");
  const [, gln] = /^https?:\/\/[^?#]*\/414\/(\d{13})(?:\/|$)/.exec(id ?? "") ?? [];
  return gln === undefined ? (own?.[1] ?? id) : `GLN ${gln}`;
}

function telling(words, { record, submission, anchor }, body, subject, correction) {
  const who = words.organization(submission.profile);
  const quantity = subject === null ? null : quantityOf(body, subject);
  const anchored = anchor && words.moment(new Date(anchor.blockTime * 1000));
  const shownMembers = countLeaves(record.disclosed);
  const hidden = record.members - shownMembers;
  return [
    element("p", { class: "when" }, words.localMoment(body.eventTime, body.eventTimeZoneOffset)),
    element("p", {}, words.say("step.by", { who })),
    element(
      "p",
      { class: `custody ${submission.custody}` },
      words.say(`step.custody.${submission.custody}`),
    ),
    hasAlarm(body.sensorElementList)
      ? element("p", { class: "notice alarm" }, alarmText(words, body.sensorElementList))
      : null,
    correction === undefined
      ? null
      : element("p", { class: "notice" }, correctionText(words, correction)),
    facts([
      [words.say("step.quantity"), quantity && words.amount(quantity.value, quantity.unit)],
      [words.say("step.disposition"), body.disposition && words.name("disposition", body.disposition)],
      [words.say("step.place"), placeName(body.readPoint?.id ?? body.bizLocation?.id)],
      [words.say("step.certification"), certification(body.certificationInfo)],
      [words.say("step.sensor"), measurements(words, body.sensorElementList)],
      [words.say("step.corrected_by"), correctiveIds(correction)],
      [words.say("step.recorded"), words.moment(new Date(record.disclosed.capturedAt))],
      [words.say("step.anchored"), anchored],
    ]),
    hidden > 0
      ? element("p", { class: "muted" }, words.say("step.hidden", { count: hidden }))
      : null,
  ].filter((part) => part !== null);
}

function correctionText(words, { reason }) {
  const said = words.say("step.correction");
  return typeof reason === "string" ? `${said}: ${words.name("errorReason", reason)}` : said;
}

function correctiveIds(correction) {
  const ids = correction?.correctiveEventIDs;
  return Array.isArray(ids) && ids.length > 0 ? ids.map(String) : undefined;
}

function certification(value) {
  if (Array.isArray(value)) return value.map(String);
  return value === undefined ? undefined : String(value);
}

/** Reports in which a device or the cold-chain rule of the product raises an alarm. */
function alarms(elements) {
  if (!Array.isArray(elements)) return [];
  const reports = elements.flatMap((one) => one?.sensorReport ?? []);
  return reports.filter((report) => /(^|[:/])ALARM_CONDITION$/.test(report?.exception));
}

function hasAlarm(elements) {
  return alarms(elements).length > 0;
}

function alarmText(words, elements) {
  const isBound = (value) => typeof value === "number";
  const bounds = alarms(elements).find(
    (report) => isBound(report.minValue) || isBound(report.maxValue),
  );
  if (bounds === undefined) return words.say("step.alarm");
  const { minValue, maxValue, uom } = bounds;
  if (!isBound(minValue)) {
    return words.say("step.alarm_above", { most: words.amount(maxValue, uom) });
  }
  if (!isBound(maxValue)) {
    return words.say("step.alarm_below", { least: words.amount(minValue, uom) });
  }
  return words.say("step.alarm_bounds", {
    least: words.amount(minValue, uom),
    most: words.amount(maxValue, uom),
  });
}

function measurements(words, elements) {
  if (!Array.isArray(elements)) return undefined;
  const reports = elements.flatMap((one) => one?.sensorReport ?? []);
  const shown = reports
    .filter((report) => typeof report?.type === "string" && report.exception === undefined)
    .map((report) => {
      const named = words.name("sensor", report.type);
      const bounds = ["value", "minValue", "meanValue", "maxValue"]
        .filter((name) => typeof report[name] === "number")
        .map((name) => words.amount(report[name], report.uom));
      return bounds.length === 0 ? null : `${named}: ${[...new Set(bounds)].join(" – ")}`;
    })
    .filter((text) => text !== null);
  return shown.length === 0 ? undefined : shown;
}

/** Members as the commitment counts them: everything reached through objects only. */
function countLeaves(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return 1;
  const members = Object.values(value);
  return members.length === 0 ? 1 : members.reduce((sum, one) => sum + countLeaves(one), 0);
}
