/**
 * What the portal keeps on this device: IndexedDB, in promises.
 *
 * Once `put` or `change` has resolved, the browser may be killed and nothing is lost. Whoever holds
 * the unlocked device can read all of it, the API key included; `forget` deletes everything.
 */

const NAME = "provenance-portal";
const VERSION = 1;
const STORES = { entries: "eventID", products: "id", places: "id", notes: "id" };

export class Device {
  constructor(database) {
    this.database = database;
  }

  static async open() {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) {
        if (!request.result.objectStoreNames.contains(name)) {
          request.result.createObjectStore(name, { keyPath });
        }
      }
    };
    const database = await result(request);
    database.onversionchange = () => database.close(); // another tab forgets everything
    return new Device(database);
  }

  /** The value under a key, or undefined. */
  get(store, key) {
    return result(this.database.transaction(store).objectStore(store).get(key));
  }

  /** Every value, in the order of keys. */
  all(store) {
    return result(this.database.transaction(store).objectStore(store).getAll());
  }

  /** Keep a value; durable when it resolves. */
  put(store, value) {
    return this.change(store, (objects) => objects.put(value));
  }

  remove(store, key) {
    return this.change(store, (objects) => objects.delete(key));
  }

  /** What `alter` makes of the value under a key, in one transaction; undefined leaves it alone. */
  async update(store, key, alter) {
    let altered;
    await this.change(store, (objects) => {
      const request = objects.get(key);
      request.onsuccess = () => {
        altered = request.result === undefined ? undefined : alter(request.result);
        if (altered !== undefined) objects.put(altered);
      };
    });
    return altered;
  }

  /** Run `act` on an object store and wait until its transaction is on disk. */
  change(store, act) {
    const transaction = this.database.transaction(store, "readwrite", { durability: "strict" });
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      act(transaction.objectStore(store));
    });
  }

  /** Delete everything this portal ever kept here. */
  async forget() {
    this.database.close();
    await result(indexedDB.deleteDatabase(NAME));
  }
}

function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another tab holds the portal's memory"));
  });
}
