/**
 * What was recorded on this device, and how far each entry has come.
 *
 *     waiting ──► recorded ──► anchored
 *        │  ▲
 *        ▼  │ edited, or "record mine too"
 *     refused, conflict
 *
 * An entry keeps its eventID for ever, so sending it twice records it once. `revision` grows with
 * every edit: an answer to an older revision is no answer to this one, which is simply sent again.
 * What was recorded wrongly stays and gets a `declaration`, {event, state, …}, that is sent after
 * whatever is to stand instead.
 */

export const WAITING = "waiting";
export const RECORDED = "recorded";
export const ANCHORED = "anchored";
export const REFUSED = "refused";
export const CONFLICT = "conflict";

export class Queue {
  constructor(device, onChange) {
    this.device = device;
    this.onChange = onChange;
  }

  /** All entries, newest first. */
  async list() {
    const entries = await this.device.all("entries");
    return entries.sort((a, b) => b.createdAt - a.createdAt);
  }

  get(eventID) {
    return this.device.get("entries", eventID);
  }

  /** Keep an entry {eventID, step, values, event}; one with the same eventID is replaced. */
  async save({ eventID, step, values, event }) {
    await this.device.change("entries", (entries) => {
      const request = entries.get(eventID);
      request.onsuccess = () => {
        const known = request.result;
        if (known?.state === RECORDED || known?.state === ANCHORED) return; // a second tap, late
        entries.put({
          eventID,
          step,
          values,
          event,
          state: WAITING,
          createdAt: known?.createdAt ?? Date.now(),
          revision: (known?.revision ?? 0) + 1,
          attempts: known?.attempts ?? 0,
        });
      };
    });
    this.onChange();
  }

  /** Keep what the ledger tells of an entry that this device does not hold; `read` is {step,
      values, lots}. What it holds already stays. */
  take({ event, recordID, capturedAt, state }, read) {
    const at = Date.parse(capturedAt);
    return this.device.change("entries", (entries) => {
      const request = entries.get(event.eventID);
      request.onsuccess = () => {
        if (request.result !== undefined) return;
        entries.put({
          ...read,
          eventID: event.eventID,
          event,
          recordID,
          state: state === ANCHORED ? ANCHORED : RECORDED,
          createdAt: at,
          recordedAt: at,
          revision: 1,
          attempts: 1,
          isFetched: true,
        });
      };
    });
  }

  /** Keep a declaration that the ledger holds about an entry. */
  takeDeclaration({ event, recordID }) {
    return this.device.update("entries", event.eventID, (entry) => ({
      ...entry,
      declaration: { event, recordID, state: RECORDED },
    }));
  }

  /** Declare an entry that the ledger holds wrong; `event` carries the declaration. */
  declare(eventID, event) {
    return this.change(eventID, (entry) => {
      const isOpen = entry.declaration === undefined || entry.declaration.state === REFUSED;
      return isOpen ? { ...entry, declaration: { event, state: WAITING } } : undefined;
    });
  }

  /** The ledger has taken the declaration, or never will. */
  settleDeclaration(eventID, found) {
    return this.change(eventID, (entry) => ({
      ...entry,
      declaration: { ...entry.declaration, ...found },
    }));
  }

  /** One more attempt begins: from now on the ledger may hold the entry without our knowing. */
  attempt(eventID) {
    return this.change(eventID, (entry) =>
      entry.state === WAITING ? { ...entry, attempts: entry.attempts + 1 } : undefined,
    );
  }

  /** The photo of the revision that is about to be sent is kept, and `event` names it. */
  attach(sent, event) {
    return this.change(sent.eventID, (entry) =>
      entry.revision === sent.revision ? { ...entry, event, hasPhotoSent: true } : undefined,
    );
  }

  /** The ledger holds the revision that was sent. */
  accept(sent, recordID) {
    return this.settle(sent, { state: RECORDED, recordID, recordedAt: Date.now() });
  }

  /** The ledger will never take the revision that was sent; `problem` says why. */
  refuse(sent, problem) {
    return this.settle(sent, { state: REFUSED, problem });
  }

  /** The ledger holds another event under the same eventID: `theirs` is {event, recordID}. */
  dispute(sent, theirs) {
    return this.settle(sent, { state: CONFLICT, theirs });
  }

  anchor(eventID) {
    return this.change(eventID, (entry) => ({ ...entry, state: ANCHORED }));
  }

  /** End a conflict by keeping what the ledger holds. */
  yield(eventID) {
    return this.change(eventID, ({ theirs, ...entry }) => ({
      ...entry,
      event: theirs.event,
      values: null,
      state: RECORDED,
      recordID: theirs.recordID,
      recordedAt: Date.now(),
    }));
  }

  /** Take an entry that the ledger does not hold off this device. */
  async drop(eventID) {
    await this.device.remove("entries", eventID);
    this.onChange();
  }

  settle(sent, found) {
    return this.change(sent.eventID, (entry) =>
      entry.revision === sent.revision && entry.state === WAITING
        ? { ...entry, problem: undefined, ...found }
        : undefined,
    );
  }

  async change(eventID, alter) {
    const altered = await this.device.update("entries", eventID, alter);
    if (altered !== undefined) this.onChange();
    return altered;
  }
}
