/**
 * Eleven numbered checks over one bundle, and the verdict that follows.
 *
 *  1  format                the file is whole, canonical, of a known version
 *  2  members               the disclosed members are one record of this id and organization
 *  3  submission-path       the commitment recomputed from them stands in the signed batch
 *  4  submission-signature  the named key signed that batch, for this chain and registry
 *  5  signer-authority      the key might sign for the organization, then
 *  6  log-inclusion         batch and commitment stand in the log at one index
 *  7  checkpoint            the log's key signed the head that index is proven under
 *  8  anchor                the contract has exactly this head
 *  9  chain-identity        bundle, nodes and trust anchors mean the same chain and contracts
 * 10  status                neither withdrawn nor recalled
 * 11  freshness             how old the evidence is
 *
 * Some need what another established, so they run as 1, 2, 3, 4, 7, 6, 9, 8, 5, 10, 11. Nothing in
 * the bundle is believed. The same checks run in Python (ledger/verify), held to the same vectors.
 */

import { toHex } from "./bytes.js";
import { CLOCK_TOLERANCE, checkAuthority } from "./authority.js";
import { parseBundle } from "./bundle.js";
import * as checks from "./checks.js";
import { Refused, Unavailable } from "./fault.js";
import { commitmentOf, nestMembers } from "./members.js";
import { CHECK_NAMES, deriveVerdict } from "./verdict.js";

const STALE_SECONDS = 24 * 3600;
const PENDING_SECONDS = 600;

/** Run every check over a bundle's bytes. `chain` may be null; `now` is a Date. Never rejects for
 * anything the bundle or the chain says. */
export function verify(data, trust, chain, now) {
  return new Verification(trust, chain, now).run(data);
}

class Verification {
  constructor(trust, chain, now) {
    this.trust = trust;
    this.chain = chain;
    this.evidence = chain;
    this.now = Math.floor(now.getTime() / 1000);
    this.checks = new Map();
    this.notices = [];
    this.facts = {};
  }

  async run(data) {
    const { trust, chain } = this;
    if (chain === null) {
      const { Snapshot } = await import("./snapshot.js"); // few verify without a network
      this.evidence = new Snapshot(trust);
    }
    let bundle;
    // 1 format
    await this.check(1, () => {
      bundle = parseBundle(data);
      return checks.passed("whole, canonical, version 1");
    });
    if (bundle === undefined) return this.report();
    chain?.prepare(bundle);
    const commitment = commitmentOf(bundle.items);
    this.noteRecord(bundle, commitment);
    // 2 members
    await this.check(2, () => checks.checkMembers(bundle));
    // 3 submission-path
    await this.check(3, () => checks.checkSubmissionPath(bundle, commitment));
    if (bundle.log !== null && bundle.log.origin !== trust.origin) {
      // Another ledger's file: our keys and our chain have nothing to say about it.
      this.fault(9, new Unavailable("ledger-foreign", `a record of ${bundle.log.origin}`));
      return this.report();
    }
    // 4 submission-signature
    await this.check(4, () => checks.checkSubmissionSignature(bundle, trust));
    // 7 checkpoint, 6 log-inclusion
    const checkpoint = await this.checkLog(bundle, commitment);
    // 9 chain-identity
    await this.check(9, () => checks.checkIdentity(bundle.anchor, trust, chain));
    // 8 anchor
    const head = await this.checkAnchor(bundle, checkpoint);
    // 5 signer-authority
    await this.checkSigner(bundle, head);
    // 10 status
    await this.checkStatus(bundle, commitment);
    // 11 freshness
    this.checkFreshness();
    return this.report();
  }

  async checkLog(bundle, commitment) {
    const { log, submission } = bundle;
    if (log === null) {
      this.skip(7, "not yet in the log");
      this.skip(6, "not yet in the log");
      return null;
    }
    let checkpoint = null;
    // 7 checkpoint
    await this.check(7, () => {
      checkpoint = checks.openCheckpoint(log, this.trust);
      return checks.passed(`head of size ${checkpoint.size} signed by ${log.origin}`);
    });
    // 6 log-inclusion
    if (checkpoint !== null) {
      await this.check(6, () =>
        checks.checkLogInclusion(log, commitment, submission, checkpoint),
      );
    }
    return checkpoint;
  }

  async checkAnchor(bundle, checkpoint) {
    if (this.restsOn(9, 8) || this.restsOn(7, 8)) return null;
    if (checkpoint === null) return this.notePending(bundle);
    const { anchor } = bundle;
    try {
      const head = await checks.findAnchor(checkpoint, this.trust, this.evidence);
      this.pass(8, await checks.compareBlock(anchor, head, this.evidence));
      this.facts.anchor = {
        chainId: this.trust.chainId,
        block: head.block,
        blockTime: head.time,
        root: toHex(head.root),
      };
      return head;
    } catch (error) {
      const absent = error instanceof Refused && error.code === "anchor-missing";
      const unseen = error instanceof Unavailable && this.chain === null;
      if (anchor === null && (absent || unseen)) return this.notePending(bundle);
      this.fault(8, error);
      return null;
    }
  }

  /** Leaves check 8 skipped: accepted, not on the chain yet. */
  notePending(bundle) {
    this.skip(8, "not on the chain yet");
    if (this.now - bundle.submission.signedAt > PENDING_SECONDS) {
      this.notices.push("anchoring-overdue");
    }
    return null;
  }

  async checkSigner(bundle, head) {
    if (this.restsOn(9, 5) || this.restsOn(7, 5) || this.restsOn(8, 5)) return;
    const { submission, signer } = bundle;
    const anchoredAt = head === null ? this.now : head.time;
    await this.check(5, async () =>
      checks.passed(
        `key ${submission.signer} was authorized`,
        ...(await checkAuthority(submission, signer, this.evidence, anchoredAt)),
      ),
    );
    if (this.checks.get(5).outcome === "pass") this.facts.submission.profile = signer.profile;
  }

  async checkStatus(bundle, commitment) {
    const { org } = bundle.submission;
    if (this.chain !== null) {
      if (!this.restsOn(9, 10)) {
        await this.check(10, () => checks.checkStatus(this.chain, commitment, org));
      }
    } else if (bundle.status.entries.some((entry) => checks.isCounted(entry, org))) {
      // The bundle's own bad news cannot be checked here, and must not be passed over.
      this.fault(10, new Unavailable("status-not-checked", "the bundle states a declaration"));
    } else {
      this.skip(10, "no chain was asked");
    }
  }

  checkFreshness() {
    if (this.chain !== null) {
      if (!this.restsOn(9, 11)) this.pass(11, checks.passed("the chain was asked now"));
      return;
    }
    const age = this.now - Math.floor(this.trust.issuedAt.getTime() / 1000);
    const notices = ["evidence-offline"];
    if (age > STALE_SECONDS) notices.push("evidence-stale");
    else if (age < -CLOCK_TOLERANCE) notices.push("clock-behind");
    this.pass(11, checks.passed(`the trust file is ${age} seconds old`, ...notices));
  }

  /** Note `number` as unknown or skipped if the check it rests on has not passed. */
  restsOn(basis, number) {
    const { outcome, detail, code } = this.checks.get(basis);
    if (outcome === "pass" || outcome === "skipped") return false;
    if (outcome === "unknown") this.checks.set(number, { number, outcome, detail, code });
    else this.skip(number, `check ${basis} failed`);
    return true;
  }

  async check(number, run) {
    try {
      this.pass(number, await run());
    } catch (error) {
      this.fault(number, error);
    }
  }

  pass(number, { outcome, detail, notices }) {
    this.checks.set(number, { number, outcome, detail, code: null });
    this.notices.push(...notices);
  }

  skip(number, detail) {
    this.checks.set(number, { number, outcome: "skipped", detail, code: null });
  }

  fault(number, error) {
    // Anything else is a mistake in here, and must surface as one, not as a finding.
    if (!(error instanceof Refused) && !(error instanceof Unavailable)) throw error;
    const outcome = error instanceof Refused ? "fail" : "unknown";
    this.checks.set(number, { number, outcome, detail: error.message, code: error.code });
  }

  report() {
    for (const number of Object.keys(CHECK_NAMES).map(Number)) {
      if (!this.checks.has(number)) this.skip(number, "not reached");
    }
    const found = [...this.checks.values()].sort((a, b) => a.number - b.number);
    const notices = [...this.notices].sort();
    const verdict = deriveVerdict(found, notices);
    const refused = verdict === "does not match" || verdict === "unknown";
    return { verdict, checks: found, notices, facts: refused ? {} : this.facts };
  }

  noteRecord(bundle, commitment) {
    const { submission, log } = bundle;
    this.facts = {
      record: {
        id: bundle.recordId,
        commitment: toHex(commitment),
        disclosed: nestMembers(bundle.items),
        members: bundle.items.length,
      },
      submission: {
        org: submission.org,
        profile: null,
        signer: submission.signer,
        custody: submission.custody,
        signedAt: submission.signedAt,
      },
      log: log && { origin: log.origin, index: log.index, size: log.size },
      anchor: null,
    };
  }
}
