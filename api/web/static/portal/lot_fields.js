/** Which lot: a new one of a known product, one of those recorded here, or one from elsewhere. */

import { element } from "../page/element.js";
import { Unreadable, labelled, nameOf } from "./fields.js";
import { isLot, lotUri, readLotLink } from "./identifier.js";
import { lotsOf, suggestLot } from "./steps.js";

const NEW = "new ";

/** A lot to be born: {code, lot, name}. The product is asked for only where there are several. */
export function newLotField({ words, spec, step, products, entries }) {
  const select = element("select", { name: "product", id: "field-product" });
  for (const product of products) {
    select.append(element("option", { value: product.id }, product.name));
  }
  const input = element("input", {
    autocomplete: "off",
    autocapitalize: "characters",
    maxlength: 20,
  });
  const suggest = () => (input.value = suggestLot(entries, select.value, Date.now()));
  select.addEventListener("input", suggest);
  suggest();
  const chosen = () => products.find((product) => product.id === select.value);
  return {
    node: element(
      "div",
      { class: "group" },
      products.length === 1
        ? element("p", { class: "product" }, products[0].name)
        : element(
            "div",
            { class: "field" },
            element("label", { for: select.id }, words.say("field.product")),
            select,
          ),
      labelled(spec.name, nameOf(words, spec, step), input),
    ),
    read: () => {
      const lot = input.value.trim();
      if (!isLot(lot)) throw new Unreadable("wrong.lot");
      return { code: select.value, lot, name: chosen().name };
    },
    fill: (value) => {
      if (products.some((product) => product.id === value.code)) select.value = value.code;
      input.value = value.lot;
    },
    uom: () => chosen().uom,
    listen: (changed) => select.addEventListener("input", changed),
  };
}

/** A lot recorded on this device; with `spec.open` also one that is still to be harvested. */
export function lotField(context) {
  const { words, spec, step, products, entries } = context;
  const lots = lotsOf(entries);
  const select = element("select", {});
  lots.forEach((lot, at) => {
    select.append(element("option", { value: String(at) }, spellLot(words, lot)));
  });
  const fresh = spec.open
    ? newLotField({ ...context, spec: { name: "crop", kind: "newLot" } })
    : null;
  if (fresh !== null) select.append(element("option", { value: NEW }, words.say("lot.new")));
  const node = labelled(spec.name, nameOf(words, spec, step), select);
  const show = () => fresh !== null && (fresh.node.hidden = select.value !== NEW);
  if (fresh !== null) {
    node.append(fresh.node);
    select.hidden = lots.length === 0;
    node.querySelector("label").hidden = select.hidden;
  }
  select.addEventListener("input", show);
  show();
  const chosen = () => lots[Number(select.value)];
  return {
    node,
    read: () => {
      if (select.value === NEW) return fresh.read();
      const lot = chosen();
      if (lot === undefined) throw new Unreadable("wrong.no_lot");
      const { code, lot: number, name, owner } = lot;
      return { code, lot: number, name, ...(owner ? { owner } : {}) };
    },
    fill: (value) => {
      const at = lots.findIndex((lot) => lot.code === value.code && lot.lot === value.lot);
      if (at >= 0) select.value = String(at);
      else if (fresh !== null) fresh.fill(value);
      show();
    },
    uom: () => products.find((product) => product.id === chosen()?.code)?.uom,
    listen: (changed) => select.addEventListener("input", changed),
  };
}

/** Somebody else's lot, by the link or the text of its label. */
export function foreignLotField({ words, spec, step }) {
  const input = element("input", { autocomplete: "off", maxlength: 300 });
  return {
    node: labelled(
      spec.name,
      nameOf(words, spec, step),
      input,
      element("p", { class: "muted" }, words.say("foreign.help")),
    ),
    read: () => {
      if (input.value.trim() === "") throw new Unreadable("wrong.empty");
      const lot = readLotLink(input.value.trim());
      if (lot === null) throw new Unreadable("wrong.link");
      return { ...lot, name: null };
    },
    fill: (value) => {
      const isOwn = value.owner !== undefined;
      input.value = isOwn ? lotUri(value.owner, value) : `(01)${value.code}(10)${value.lot}`;
    },
  };
}

/** "Mật ong · lô 251126-1" */
export function spellLot(words, { name, code, lot }) {
  return words.say("lot.named", { name: name ?? code, lot });
}
