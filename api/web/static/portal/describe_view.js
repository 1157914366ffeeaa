/** What the ledger says of a product or a place, to be changed: each change is a signed record. */

import { element } from "../page/element.js";
import { itemForm } from "./item_form.js";
import { PLACE, PRODUCT, QUALITY } from "./item_members.js";
import { later } from "./later.js";
import { hash } from "./screens.js";

export function describeView(portal, code) {
  return formOver(portal, "products", code, "describe", PRODUCT, hash("product", code));
}

/** Stars, planting area, stamps and warnings of a product. */
export function qualityView(portal, code) {
  return formOver(portal, "products", code, "quality", QUALITY, hash("product", code));
}

export function placeView(portal, code) {
  return formOver(portal, "places", code, "placed", PLACE, hash("products"));
}

function formOver(portal, collection, code, room, members, back) {
  const { words, server } = portal;
  const form = ({ item, etag }) =>
    itemForm(portal, {
      room,
      members,
      item,
      keep: async (changed) => {
        await server.describe(collection, code, changed, { "If-Match": etag });
        const rename = (known) => ({ ...known, name: changed.name, told: true });
        await portal.device.update(collection, code, rename);
        await portal.load();
        location.hash = back;
      },
    });
  return element(
    "div",
    {},
    element("section", {}, later(words, () => server.item(collection, code), form)),
    element("p", { class: "links" }, element("a", { href: back }, words.say("back"))),
  );
}
