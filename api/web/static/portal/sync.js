/**
 * Brings what waits on this device to the ledger, one entry after the other, oldest first.
 *
 * An answer that never came is no refusal: the entry waits and is sent again under the same eventID;
 * only a refusal in the ledger's own words ends the waiting. A kill at any line is an attempt whose
 * answer was lost.
 */

import { withPhoto } from "./event.js";
import { ANCHORED, RECORDED, REFUSED, WAITING } from "./queue.js";
import { Away, Refusal } from "./server.js";

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
const CHAIN_PAUSE_MS = 1_500;
const LISTEN_PAUSE_MS = 30_000;
const SETTLED = new Set([400, 406, 413, 415]);
/** Statuses that say something about the entry itself; every other may change by itself. */

export class Sync {
  constructor(base, queue, directory, history, onChange) {
    this.base = base;
    this.queue = queue;
    this.directory = directory;
    this.history = history;
    this.onChange = onChange;
    this.server = null;
    this.owner = null;
    this.listenedAt = 0;
    this.pauses = 0;
    this.timer = undefined;
    this.running = false;
    this.again = false;
    /** What stands in the way: null, {kind: "away"}, {kind: "barred", problem} or {kind: "broken",
        detail}. */
    this.trouble = null;
    this.sending = false;
  }

  /** Send as this server's producer, the organization {base, org}, from now on; null stops. */
  use(server, owner) {
    this.server = server;
    this.owner = owner;
    this.wake();
  }

  /** Try at once: something new is there, or the network may be back. */
  wake() {
    clearTimeout(this.timer);
    this.pauses = 0;
    this.run();
  }

  /** One round; a call during a round is followed by another round. */
  async run() {
    this.again = true;
    if (this.running) return;
    this.running = true;
    try {
      while (this.again) {
        this.again = false;
        await this.round();
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.running = false;
    }
  }

  async round() {
    clearTimeout(this.timer);
    if (this.server === null) return;
    await this.directory.send(this.server);
    const entries = (await this.queue.list()).reverse();
    for (const entry of entries.filter(({ state }) => state === WAITING)) {
      this.tell(true);
      await this.send(entry);
    }
    await this.sendDeclarations();
    this.trouble = null;
    this.listen(); // beside the rounds: what is recorded meanwhile need not wait for it
    const open = await this.lookForAnchors();
    this.tell(false);
    if (open > 0) this.later(CHAIN_PAUSE_MS);
  }

  async send(entry) {
    if ((await this.queue.attempt(entry.eventID)) === undefined) return;
    try {
      const { event } = await this.sendPhoto(entry);
      const { recordID } = await this.server.capture(event);
      await this.queue.accept(entry, recordID);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 409) await this.dispute(entry);
      else if (SETTLED.has(error.status)) await this.queue.refuse(entry, error.problem);
      else throw error;
    }
  }

  /** What was declared wrong, once what stands instead is recorded. */
  async sendDeclarations() {
    const entries = await this.queue.list();
    const held = new Set(entries.filter(isHeld).map(({ eventID }) => eventID));
    for (const { eventID, declaration } of entries) {
      if (declaration?.state !== WAITING) continue;
      const { correctiveEventIDs = [] } = declaration.event.errorDeclaration;
      if (!correctiveEventIDs.every((one) => held.has(one))) continue;
      try {
        const { recordID } = await this.server.capture(declaration.event);
        await this.queue.settleDeclaration(eventID, { state: RECORDED, recordID });
      } catch (error) {
        if (!(error instanceof Refusal) || !SETTLED.has(error.status)) throw error;
        await this.queue.settleDeclaration(eventID, { state: REFUSED, problem: error.problem });
      }
    }
  }

  /** The entry with its photo kept and named, if it has one; from then on it is sent unchanged. */
  async sendPhoto(entry) {
    const photo = entry.values?.photo;
    if (photo === undefined || entry.hasPhotoSent) return entry;
    const { sha256 } = await this.server.keepFile(photo);
    const event = withPhoto(entry.event, `${this.base}/files/${sha256}`);
    return (await this.queue.attach(entry, event)) ?? entry;
  }

  /** Hear what other devices have recorded, now and then. A key that may only capture hears
      nothing; where the network ends, the next round goes on. */
  async listen() {
    if (Date.now() - this.listenedAt < LISTEN_PAUSE_MS) return;
    this.listenedAt = Date.now();
    try {
      const isNew = await this.history.fetch(this.server, this.owner);
      if ((await this.history.hearOfAlerts(this.server)) || isNew) this.queue.onChange();
    } catch (error) {
      if (!(error instanceof Refusal)) this.listenedAt = 0;
      console.warn(error);
    }
  }

  async dispute(entry) {
    const theirs = await this.server.event(entry.eventID);
    await this.queue.dispute(entry, theirs);
  }

  /** How many recorded entries are not on chain yet. */
  async lookForAnchors() {
    const recorded = (await this.queue.list()).filter(
      ({ state, recordID }) => state === RECORDED && recordID !== null,
    );
    let open = recorded.length;
    for (const entry of recorded.sort((a, b) => a.recordedAt - b.recordedAt)) {
      const { state } = await this.server.record(entry.recordID);
      if (state !== ANCHORED) break; // the log has one order: whatever came later waits as well
      await this.queue.anchor(entry.eventID);
      open -= 1;
    }
    return open;
  }

  fail(error) {
    if (error instanceof Refusal) this.trouble = { kind: "barred", problem: error.problem };
    else if (error instanceof Away) this.trouble = { kind: "away" };
    else {
      console.error(error);
      this.trouble = { kind: "broken", detail: error.message };
    }
    this.tell(false);
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.pauses, LONGEST_PAUSE_MS);
    this.pauses += 1;
    this.later(Math.max(pause, (error.retryAfter ?? 0) * 1000));
  }

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), ms);
  }

  tell(sending) {
    this.sending = sending;
    this.onChange();
  }
}

/** Whether the ledger has it. */
function isHeld({ state }) {
  return state === RECORDED || state === ANCHORED;
}
