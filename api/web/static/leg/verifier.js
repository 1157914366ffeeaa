/**
 * Fourteen numbered checks over the bundle of a leg, and the verdict that follows.
 *
 *  1  format            the file is whole, has one spelling, and its manifest names every entry
 *  2  message           the manifest of the message is the one that was signed
 *  3  documents         the enclosed files are the parts of that message
 *  4  signatures        each event was signed by the key it names, for this leg, contract and chain
 *  5  evidence          each record of evidence is the one that was signed, and tells of its event
 *  6  history           the events are a life that the rules of legs allow
 *  7  head              the contract keeps the head that these events make
 *  8  block             in a block of the trusted chain
 *  9  chain-identity    bundle, nodes and trust anchors mean the same chain and contract
 * 10  signer-authority  each key was its organization's, for that purpose, then
 * 11  time-stamps       not judged in a browser: said, never taken for fine
 * 12  standing          neither recalled nor withdrawn
 * 13  cover             not judged in a browser either
 * 14  freshness         how old the evidence is
 *
 * Nothing in the bundle is believed. The same checks run in Python (ledger/verify/leg_verifier.py),
 * held to the same vectors.
 */

import { toHex } from "../verifier/bytes.js";
import { CLOCK_TOLERANCE } from "../verifier/authority.js";
import { passed } from "../verifier/checks.js";
import { Refused, Unavailable } from "../verifier/fault.js";
import { commitmentOf, nestMembers } from "../verifier/members.js";
import { Snapshot } from "../verifier/snapshot.js";
import { parseLegBundle } from "./bundle.js";
import * as chainChecks from "./chain_checks.js";
import * as checks from "./checks.js";
import { MARKS, replay } from "./leg.js";
import { LEG_CHECK_NAMES, deriveLegVerdict } from "./verdict.js";

const STALE_SECONDS = 24 * 3600;

/** Run every check over a bundle's bytes. `chain` may be null; `now` is a Date. Never rejects for
 * anything the bundle or the chain says. */
export function verifyLeg(data, trust, chain, now) {
  return new Verification(trust, chain, now).run(data);
}

class Verification {
  constructor(trust, chain, now) {
    this.trust = trust;
    this.chain = chain;
    this.evidence = chain ?? new Snapshot(trust);
    this.now = Math.floor(now.getTime() / 1000);
    this.checks = new Map();
    this.notices = new Set();
    this.facts = {};
  }

  async run(data) {
    const { trust, chain } = this;
    let bundle;
    // 1 format
    await this.check(1, () => {
      bundle = parseLegBundle(data);
      return passed("whole, one spelling, every entry in the manifest, version 1");
    });
    if (bundle === undefined) return this.report();
    // 2 message, 3 documents, 4 signatures, 5 evidence
    await this.check(2, () => checks.checkMessage(bundle));
    await this.check(3, () => checks.checkDocuments(bundle));
    await this.check(4, () => checks.checkSignatures(bundle));
    await this.check(5, () => checks.checkEvidence(bundle));
    // 6 history, 7 head
    let leg = null;
    await this.check(6, () => {
      leg = replay(bundle.events, bundle.key, bundle.domain);
      return passed(`${leg.events} events, each allowed where it stands`);
    });
    if (leg !== null) {
      await this.check(7, () => checks.checkHead(bundle, leg));
      this.facts = factsOf(bundle, leg);
    }
    // 9 chain-identity
    await this.check(9, () => chainChecks.checkLegIdentity(bundle, trust, chain));
    if (this.checks.get(9).code === "ledger-foreign") return this.report();
    const isKnown = this.checks.get(9).outcome === "pass";
    if (isKnown) {
      // 8 block, 10 signer-authority
      await this.check(8, () => chainChecks.checkBlock(bundle, trust, chain));
      await this.check(10, () => chainChecks.checkSigners(bundle, this.evidence));
    }
    // 12 standing
    if (leg !== null) {
      const asked = isKnown ? chain : null;
      await this.check(12, () => chainChecks.checkStanding(leg, bundle.key, trust, asked));
    }
    // 11 time-stamps
    await this.check(11, () => chainChecks.checkStamps(bundle));
    // 13 cover
    await this.check(13, () => checkCover(bundle));
    // 14 freshness
    await this.check(14, () => this.freshness());
    return this.report();
  }

  freshness() {
    if (this.chain !== null) return passed("the chain was asked now");
    const age = this.now - Math.floor(this.trust.issuedAt.getTime() / 1000);
    const notices = ["evidence-offline"];
    if (age > STALE_SECONDS) notices.push("evidence-stale");
    else if (age < -CLOCK_TOLERANCE) notices.push("clock-behind");
    return passed(`the trust file is ${age} seconds old`, ...notices);
  }

  async check(number, run) {
    try {
      const { outcome, detail, notices } = await run();
      this.checks.set(number, { number, outcome, detail, code: null });
      notices.forEach((notice) => this.notices.add(notice));
    } catch (error) {
      // Anything else is a mistake in here, and must surface as one, not as a finding.
      if (!(error instanceof Refused) && !(error instanceof Unavailable)) throw error;
      const outcome = error instanceof Refused ? "fail" : "unknown";
      this.checks.set(number, { number, outcome, detail: error.message, code: error.code });
    }
  }

  report() {
    const found = Object.keys(LEG_CHECK_NAMES)
      .map(Number)
      .map(
        (number) =>
          this.checks.get(number) ?? { number, outcome: "skipped", detail: "not reached", code: null },
      );
    const notices = [...this.notices].sort();
    const verdict = deriveLegVerdict(found, notices);
    const facts = ["does not match", "unknown"].includes(verdict) ? {} : this.facts;
    return { verdict, checks: found, notices, facts };
  }
}

/** Only a machine that can make the cover again can tell whether it is that of these contents. */
function checkCover({ hasCover }) {
  if (!hasCover) return checks.skipped("the bundle has no cover page");
  return checks.skipped("the cover page is not judged in a browser", "cover-not-checked");
}

/** What may be told of a bundle that holds. Only what was checked stands here. */
function factsOf(bundle, leg) {
  const { key, events, evidence, message, anchor } = bundle;
  return {
    leg: toHex(key.leg),
    sender: key.senderText,
    recipient: key.recipientText,
    message: nestMembers(message).body ?? {},
    commitment: toHex(commitmentOf(message)),
    state: leg.state,
    marks: Object.keys(MARKS).filter((name) => leg.marks & MARKS[name]),
    events: events.map(({ action, time, signed, signer }, number) => ({
      action,
      time,
      actor: signed === null ? null : "0x" + toHex(signed.actor),
      signer,
      reason: signed === null ? 0 : signed.reason,
      evidence: evidence.get(number)?.envelope.body ?? null,
    })),
    documents: [...bundle.documents].map(([number, { ending }]) => ({ number, ending })),
    stamps: bundle.stamps.length,
    block: anchor.block,
    blockTime: anchor.headers.find((header) => header.number === anchor.block).time,
    exportedAt: bundle.exportedAt,
  };
}
