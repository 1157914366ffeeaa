/**
 * Products and places: described on this device first, told to the ledger as soon as that can be.
 *
 * A first description never replaces another: where the ledger already has one, from the office or
 * another phone, that one stands. Changes are made online only (`describe_view.js`), each based on
 * the version that was seen. A photo is only ever added: whichever version the ledger has by then
 * keeps everything else as it stands.
 */

import { Refusal } from "./server.js";

const UNTAKEN = new Set([400, 413, 415]);
const MOST_IMAGES = 12;
const TRIES = 3;

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

  /** Keep a product's photo, a JPEG Blob, to be told. */
  async keepPhoto(id, photo) {
    await this.device.update("products", id, (product) => ({
      ...product,
      photo,
      isPhotoTold: false,
      photoProblem: undefined,
    }));
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
    const untold = ({ told, isPhotoTold, photoProblem }) =>
      told === true && isPhotoTold === false && photoProblem === undefined;
    for (const product of (await this.device.all("products")).filter(untold)) {
      await this.tellPhoto(server, product);
    }
    await this.load();
  }

  /** Add the photo to what the ledger says of the product by now. */
  async tellPhoto(server, { id, photo }) {
    let problem;
    try {
      const { sha256, mediaType } = await server.keepFile(photo);
      await addImage(server, id, { sha256, mediaType });
    } catch (error) {
      if (!(error instanceof Refusal) || !UNTAKEN.has(error.status)) throw error;
      problem = error.problem;
    }
    await this.device.update("products", id, (kept) =>
      kept.photo.size === photo.size // not another one chosen meanwhile
        ? { ...kept, isPhotoTold: problem === undefined, photoProblem: problem }
        : undefined,
    );
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
        const image = item.images?.[0]?.sha256;
        if (kept === undefined) {
          const uom = item.netContent?.unit ?? "KGM";
          await this.device.put(store, { id: code, name: item.name, uom, image, told: true });
        } else if (kept.told && (kept.name !== item.name || kept.image !== image)) {
          await this.device.update(store, code, (now) => ({ ...now, name: item.name, image }));
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

/** The newest photo first. Somebody else's change meanwhile (412) is kept: the photo is added to it. */
async function addImage(server, code, image) {
  for (let left = TRIES; ; left -= 1) {
    const { item, etag } = await server.item("products", code);
    const others = (item.images ?? []).filter(({ sha256 }) => sha256 !== image.sha256);
    const images = [image, ...others].slice(0, MOST_IMAGES);
    try {
      await server.describe("products", code, { ...item, images }, { "If-Match": etag });
      return;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 412 || left <= 1) throw error;
    }
  }
}
