/** What every screen is given: the words, what this device keeps, and how to go elsewhere. */

import { declareWrong } from "./correction.js";
import { Device } from "./device.js";
import { Directory } from "./directory.js";
import { History } from "./history.js";
import { Queue } from "./queue.js";
import { Server } from "./server.js";
import { Sync } from "./sync.js";

export class Portal {
  /** `base` is the ledger's own address, of which codes of one's own are made. */
  constructor(words, device, base, show) {
    this.words = words;
    this.base = base;
    this.device = device;
    this.watchers = new Set();
    this.show = () => {
      show();
      for (const look of this.watchers) look();
    };
    const changed = () => this.refresh();
    this.queue = new Queue(device, changed);
    this.directory = new Directory(device);
    const history = new History(device, this.queue, this.directory);
    this.sync = new Sync(base, this.queue, this.directory, history, () => this.show());
    this.session = null;
    this.server = null;
    this.entries = [];
    /** Recalls and broken cold chains that nobody of the organization has acknowledged. */
    this.openAlerts = 0;
  }

  static async open(words, base, show) {
    const portal = new Portal(words, await Device.open(), base, show);
    portal.session = (await portal.device.get("notes", "session")) ?? null;
    await portal.load();
    return portal;
  }

  /** {base, org}: whose codes of one's own these are. */
  get owner() {
    return { base: this.session.base, org: this.session.org };
  }

  get products() {
    return this.directory.products;
  }

  get places() {
    return this.directory.places;
  }

  get isOnline() {
    return navigator.onLine;
  }

  /** Run `look` whenever something has happened, for as long as `node()` stands on the screen. */
  watch(node, look) {
    const watcher = () => (node().isConnected ? look() : this.watchers.delete(watcher));
    this.watchers.add(watcher);
  }

  async load() {
    this.entries = await this.queue.list();
    await this.directory.load();
    this.openAlerts = (await this.device.get("notes", "alerts"))?.open ?? 0;
  }

  async refresh() {
    await this.load();
    this.show();
  }

  /** Find out whom the key speaks for and keep it. Throws Refusal and Away. */
  async signIn(key) {
    const server = new Server(key);
    const caller = await server.caller();
    if (this.session !== null && this.session.org !== caller.org) return { other: caller };
    const { org, name, nameEn, scopes } = caller;
    const { base } = this;
    this.session = { id: "session", key, base, org, name, nameEn, scopes, since: Date.now() };
    await this.device.put("notes", this.session);
    await this.directory.fetch(server).catch((error) => console.warn(error)); // may be told later
    // Asked once something is worth keeping; without it a full phone may drop what waits.
    await navigator.storage?.persist?.();
    this.start();
    return { other: null };
  }

  /** Send what waits, now and from now on. */
  start() {
    this.server = this.session === null ? null : new Server(this.session.key);
    this.sync.use(this.server, this.session === null ? null : this.owner);
  }

  /** Nothing of this producer stays on the device. */
  async signOut() {
    this.sync.use(null, null);
    await this.device.forget();
    location.replace(location.pathname + location.search);
  }

  /** Keep an entry and send it as soon as that can be. */
  async record(entry) {
    await this.queue.save(entry);
    this.sync.wake();
  }

  /** Declare what the ledger holds wrong; `correctives` are the eventIDs of what stands instead. */
  async declareWrong(entry, reason, correctives) {
    const event = declareWrong(entry.event, reason, correctives, Date.now());
    await this.queue.declare(entry.eventID, event);
    await this.refresh();
    this.sync.wake();
  }

  /** End a conflict by keeping what the ledger holds. */
  async yield(eventID) {
    await this.queue.yield(eventID);
    this.sync.wake();
  }
}
