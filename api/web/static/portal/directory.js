/**
 * Products and places: described on this device first, told to the ledger as soon as that can be.
 *
 * A first description never replaces another: where the ledger already has one, from the office or
 * another phone, that one stands. Changes are made online only (`describe_view.js`), each based on
 * the version that was seen.
 */

import { Refusal } from "./server.js";

export class Directory {
  constructor(device) {
    this.device = device;
    this.products = [];
    this.places = [];
  }

  async load() {
    this.products = await this.device.all("products");
    this.places = await this.device.all("places");
  }

  /** Keep {id, name, uom, place}, to be told. */
  async keepProduct(product) {
    await this.device.put("products", { ...product, told: false });
    await this.load();
  }

  /** Keep {id, name}, to be told; a place that is known already stays as it is. */
  async keepPlace(place) {
    if (this.places.some(({ id }) => id === place.id)) return;
    await this.device.put("places", { ...place, told: false });
    await this.load();
  }

  /** Tell the ledger what it has not heard of yet. Throws what the server throws. */
  async send(server) {
    await this.load();
    for (const place of this.places.filter(isUntold)) {
      await this.tell(server, "places", place, { name: place.name });
    }
    for (const product of this.products.filter(isUntold)) {
      const { name, place } = product;
      await this.tell(server, "products", product, { name, ...(place ? { place } : {}) });
    }
  }

  async tell(server, store, item, body) {
    let told = { told: true, problem: undefined };
    try {
      await server.describe(store, item.id, body, { "If-None-Match": "*" });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 400) told = { told: false, problem: error.problem };
      else if (error.status !== 412) throw error; // 412: described before, and that stands
    }
    await this.device.update(store, item.id, (kept) => ({ ...kept, ...told }));
  }

  /** Take over what the ledger has, except where this device has something to tell. Throws what the
      server throws. */
  async fetch(server) {
    for (const store of ["places", "products"]) {
      const known = new Map((await this.device.all(store)).map((one) => [one.id, one]));
      for (const { code, item } of await server.items(store)) {
        const kept = known.get(code);
        if (kept === undefined) {
          const uom = item.netContent?.unit ?? "KGM";
          await this.device.put(store, { id: code, name: item.name, uom, told: true });
        } else if (kept.told && kept.name !== item.name) {
          await this.device.update(store, code, (now) => ({ ...now, name: item.name }));
        }
      }
    }
    await this.load();
  }
}

/** What was refused waits until it is changed. */
function isUntold({ told, problem }) {
  return told === false && problem === undefined;
}
