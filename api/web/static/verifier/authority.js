/**
 * Check 5: might this key sign for this organization when it did?
 *
 * A signature's own date is a claim; the block that anchored it is a fact. A key is judged by both.
 * What is known about key and organization comes from the chain (or, offline, from the trust
 * file), never from the bundle, whose copy must agree with it.
 */

import { isEqual } from "./bytes.js";
import { profileDigest } from "./bundle.js";
import { Refused } from "./fault.js";

const SUBMIT = 1;
const ACTIVE = 1;
export const CLOCK_TOLERANCE = 300;

/** The notices; throws Refused `signer-…` or Unavailable. `anchoredAt` in unix seconds. */
export async function checkAuthority(submission, signer, evidence, anchoredAt) {
  const organization = await evidence.findOrganization(submission.org);
  if (organization === null) {
    refuse("organization-unknown", "the registry does not know the organization");
  }
  const key = await evidence.findKey(submission.org, submission.signer);
  if (key === null) refuse("key-unknown", "the key never belonged to the organization");
  const notices = checkWindow(submission, key, anchoredAt);
  notices.push(...checkStanding(organization, anchoredAt));
  if (key.custodial !== (submission.custody === "platform")) {
    refuse("custody-false", "the submission is wrong about who holds its key");
  }
  notices.push(...checkCopy(submission, signer, key, organization));
  if (submission.signedAt > anchoredAt + CLOCK_TOLERANCE) notices.push("signed-after-anchoring");
  return notices;
}

function checkWindow(submission, key, anchoredAt) {
  const { signedAt } = submission;
  if (!(key.purposes & SUBMIT)) refuse("purpose-missing", "the key may not sign submissions");
  if (signedAt < key.validFrom) refuse("key-not-yet-valid", `valid from ${key.validFrom}`);
  if (key.validUntil && signedAt >= key.validUntil) {
    refuse("key-expired", `valid until ${key.validUntil}`);
  }
  if (key.registeredAt > anchoredAt) {
    refuse("key-registered-later", "anchored before the key was registered");
  }
  const { compromisedAt } = key;
  if (!compromisedAt || (signedAt < compromisedAt && anchoredAt < compromisedAt)) return [];
  if (anchoredAt < compromisedAt) return ["disputed"];
  return refuse("key-compromised", `compromised as of ${compromisedAt}, before the anchoring`);
}

function checkStanding(organization, anchoredAt) {
  const { status, statusSince, registeredAt } = organization;
  if (registeredAt > anchoredAt) {
    refuse("organization-registered-later", "anchored before the organization was registered");
  }
  if (status === ACTIVE) {
    const changed = statusSince > anchoredAt && statusSince > registeredAt;
    return changed ? ["signer-was-suspended"] : [];
  }
  if (statusSince <= anchoredAt) {
    refuse("organization-suspended", `out of standing from ${statusSince}`);
  }
  return ["signer-suspended-since"];
}

/** The bundle's copy may be older than the truth, not other: ends only ever move earlier. */
function checkCopy(submission, signer, key, organization) {
  const copy = signer.key;
  const same =
    copy.address === submission.signer &&
    copy.custodial === key.custodial &&
    copy.purposes === key.purposes &&
    copy.validFrom === key.validFrom &&
    isOnlyShortened(copy.validUntil, key.validUntil) &&
    isOnlyShortened(copy.compromisedAt, key.compromisedAt);
  if (!same) refuse("entry-false", "the bundle's copy of the key entry is not the registry's");
  const { profile } = signer;
  if (
    profile !== null &&
    (profile.org !== submission.org || !isEqual(profileDigest(profile), organization.profile))
  ) {
    refuse("profile-false", "the name in the bundle is not the one registered");
  }
  return copy.registeredAt === key.registeredAt ? [] : ["signer-registered-again"];
}

/** Whether a time (0: none) may have become this one by moving earlier. */
function isOnlyShortened(then, now) {
  return then === now || (now !== 0 && (then === 0 || now < then));
}

function refuse(code, detail) {
  throw new Refused(`signer-${code}`, detail);
}
