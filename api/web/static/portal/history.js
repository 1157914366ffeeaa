/**
 * What the organization has recorded by other devices, spreadsheets or its own systems.
 *
 * Events at the organization's places are found by the ordinary event query; of each lot they name,
 * the lot's page then tells who recorded what. Somebody else's event at one's place is so never
 * taken for one's own. What this device holds under an eventID stays as it is: nothing fetched
 * replaces it, and what differs is found out, and shown, when it is sent.
 */

import { mattersOf } from "./alerts.js";
import { lotPath, lotUri, placeUri } from "./identifier.js";
import { readEntry } from "./entry_reading.js";

const PLACES_AT_ONCE = 20;
const MOST_PAGES = 5;
const PER_PAGE = 200;
const OVERLAP_MS = 10 * 60_000; // what was stored late stands before what was seen already
const NOTE = "history";
const ALERTS = "alerts";

export class History {
  constructor(device, queue, directory) {
    this.device = device;
    this.queue = queue;
    this.directory = directory;
  }

  /** Take over what is new on the ledger; whether there was anything. Throws what the server
      throws; begun again it goes on. */
  async fetch(server, owner) {
    await this.directory.fetch(server);
    const note = (await this.device.get("notes", NOTE)) ?? { id: NOTE, since: 0 };
    const found = await this.find(server, owner, note.since - OVERLAP_MS);
    const known = await this.known();
    const lots = new Map();
    for (const event of found.filter((one) => !known.has(nameOf(one)))) {
      for (const lot of readEntry(event, owner, this.directory).lots) lots.set(lotUri(owner, lot), lot);
    }
    for (const lot of lots.values()) await this.take(server, owner, lot);
    const times = found.map(({ recordTime }) => Date.parse(recordTime));
    const since = Math.max(note.since, ...times.filter((time) => !Number.isNaN(time)));
    await this.device.put("notes", { id: NOTE, since });
    return lots.size > 0;
  }

  /** Count what the organization was alerted to and has not acknowledged; whether the number is
      another one now. */
  async hearOfAlerts(server) {
    const matters = mattersOf(await server.alerts(), await server.recallInbox());
    const open = matters.filter(({ isOpen }) => isOpen).length;
    const known = (await this.device.get("notes", ALERTS))?.open ?? 0;
    if (open !== known) await this.device.put("notes", { id: ALERTS, open });
    return open !== known;
  }

  /** The events at the organization's places that were recorded since, newest first. */
  async find(server, owner, since) {
    const uris = this.directory.places.map(({ id }) => placeUri(owner, id));
    const found = [];
    for (let at = 0; at < uris.length; at += PLACES_AT_ONCE) {
      const query = new URLSearchParams({
        EQ_readPoint: uris.slice(at, at + PLACES_AT_ONCE).join("|"),
        perPage: PER_PAGE,
        ...(since > 0 ? { GE_recordTime: new Date(since).toISOString() } : {}),
      });
      let page = { next: `/epcis/events?${query}` };
      for (let turn = 0; turn < MOST_PAGES && page.next !== null; turn += 1) {
        page = await server.events(page.next);
        found.push(...page.events);
      }
    }
    return found;
  }

  /** Keep what the organization itself has recorded about a lot. */
  async take(server, owner, lot) {
    const own = (await server.story(lotPath(owner, lot))).filter(
      ({ organization }) => organization.org === owner.org,
    );
    for (const step of own.filter(({ event }) => event.errorDeclaration === undefined)) {
      const read = readEntry(step.event, owner, this.directory);
      await this.queue.take(step, read);
    }
    for (const step of own.filter(({ event }) => event.errorDeclaration !== undefined)) {
      await this.queue.takeDeclaration(step);
    }
  }

  async known() {
    const names = new Set();
    for (const { eventID, declaration } of await this.queue.list()) {
      names.add(eventID);
      if (declaration !== undefined) names.add(`${eventID} in error`);
    }
    return names;
  }
}

function nameOf({ eventID, errorDeclaration }) {
  return errorDeclaration === undefined ? eventID : `${eventID} in error`;
}
