/** Who makes the products: the party that the national list asks for, and where it can be found. */

import { element } from "../page/element.js";
import { codeOfName } from "./identifier.js";
import { itemForm } from "./item_form.js";
import { PRODUCER } from "./item_members.js";
import { later } from "./later.js";

export function producerView(portal) {
  const { words } = portal;
  return element(
    "div",
    {},
    element(
      "section",
      {},
      element("p", { class: "muted" }, words.say("producer.help")),
      later(
        words,
        () => findProducer(portal),
        (found) => form(portal, found),
      ),
    ),
    element("p", { class: "links" }, element("a", { href: "#/products" }, words.say("back"))),
  );
}

/** The party that the products name, else the first one described, else one to be described. */
async function findProducer({ server, session }) {
  const [parties, products] = [await server.items("parties"), await server.items("products")];
  const named = products.map(({ item }) => item.producer).find((code) => code !== undefined);
  const known = parties.find(({ code }) => code === named) ?? parties[0];
  const { name } = session;
  const fresh = { code: codeOfName(name), etag: null, item: { name, type: "household" } };
  return { party: known ?? fresh, products };
}

function form(portal, { party: { code, item, etag }, products }) {
  const { server } = portal;
  return itemForm(portal, {
    room: "producer",
    members: PRODUCER,
    item,
    keep: async (changed) => {
      const condition = etag === null ? { "If-None-Match": "*" } : { "If-Match": etag };
      await server.describe("parties", code, changed, condition);
      for (const product of products) await name(server, product, code, changed);
      location.hash = "#/products";
    },
  });
}

/** Name the producer in a product that names none; what the office has said stands. */
async function name(server, product, code, { type }) {
  const { producer, growers = [] } = product.item;
  if (producer !== undefined) return;
  const grown = type === "household" && growers.length === 0 ? { growers: [code] } : {};
  const changed = { ...product.item, producer: code, ...grown };
  await server.describe("products", product.code, changed, { "If-Match": product.etag });
}
