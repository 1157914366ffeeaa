/** The producer's products and places as this device knows them. */

import { element } from "../page/element.js";
import { completenessBox } from "./completeness_view.js";
import { labelled, unitSelect } from "./fields.js";
import { codeOfName, readProductCode } from "./identifier.js";
import { productPhoto } from "./product_photo.js";
import { hash } from "./screens.js";

export function productsView(portal) {
  const { words, products, places } = portal;
  const add = element("a", { class: "button", href: hash("product") }, words.say("product.add"));
  return element(
    "div",
    {},
    element(
      "section",
      {},
      list(products.map((one) => productRow(one))),
      element("p", { class: "actions" }, add),
    ),
    element(
      "section",
      {},
      element("h2", {}, words.say("places.title")),
      list(
        places.map((place) =>
          element(
            "a",
            { class: "row", href: hash("place", place.id) },
            element("span", {}, place.name),
          ),
        ),
      ),
    ),
    element(
      "section",
      {},
      element("h2", {}, words.say("producer.title")),
      element("p", { class: "muted" }, words.say("producer.why")),
      element(
        "p",
        { class: "actions" },
        element("a", { class: "button", href: hash("producer") }, words.say("producer.title")),
      ),
    ),
    element("p", { class: "links" }, element("a", { href: "#/" }, words.say("home.back"))),
  );
}

/** One product: what it is called, and what the national list still asks of it. */
export function productView(portal, code) {
  const { words, products } = portal;
  const product = products.find(({ id }) => id === code);
  if (product === undefined) return element("p", { class: "notice" }, words.say("product.unknown"));
  let asked = completenessBox(portal, code);
  const askAgain = () => {
    const next = completenessBox(portal, code);
    asked.replaceWith(next);
    asked = next;
  };
  return element(
    "div",
    {},
    element(
      "section",
      {},
      element("p", { class: "product" }, product.name),
      element("p", { class: "muted" }, product.id),
      product.problem === undefined
        ? null
        : element("p", { class: "notice" }, words.say("refused_because", product.problem)),
      productPhoto(portal, code, askAgain),
      element(
        "p",
        { class: "actions" },
        ...["describe", "quality", "certificates"].map((room) =>
          element("a", { class: "button", href: hash(room, code) }, words.say(`product.${room}`)),
        ),
      ),
    ),
    asked,
    element("p", { class: "links" }, element("a", { href: hash("products") }, words.say("back"))),
  );
}

/** A new product; with the very first also the place where it grows. */
export function newProductView(portal) {
  const { words, products } = portal;
  const isFirst = products.length === 0;
  const name = element("input", { autocomplete: "off", maxlength: 100 });
  const number = element("input", { autocomplete: "off", autocapitalize: "none", maxlength: 60 });
  const unit = unitSelect(words);
  const place = element("input", { autocomplete: "off", maxlength: 100 });
  const rows = [
    labelled("name", words.say("product.name"), name),
    labelled("code", words.say("product.code"), number, help(words.say("product.code_help"))),
    labelled("unit", words.say("field.unit"), unit),
  ];
  if (isFirst) {
    rows.push(
      labelled("place", words.say("product.place"), place, help(words.say("product.place_help"))),
    );
  }
  const submit = element("button", { type: "submit", class: "main" }, words.say("keep"));
  const form = element(
    "form",
    { novalidate: true },
    ...rows,
    element("div", { class: "actions" }, submit),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const typed = number.value.trim();
    const code = typed === "" ? freeCode(name.value, products) : readProductCode(typed);
    const isKnown = products.some(({ id }) => id === code);
    const isRight = tellFaults(words, rows, {
      name: name.value.trim() === "" ? "wrong.empty" : null,
      code: code === null ? "wrong.code" : isKnown ? "wrong.code_known" : null,
      place: isFirst && place.value.trim() === "" ? "wrong.empty" : null,
    });
    if (!isRight) return;
    const at = isFirst ? codeOfName(place.value) : undefined;
    if (isFirst) await portal.directory.keepPlace({ id: at, name: place.value.trim() });
    await portal.directory.keepProduct({
      id: code,
      name: name.value.trim(),
      uom: unit.value,
      place: at,
    });
    portal.sync.wake();
    if (isFirst) portal.show();
    else location.hash = hash("products");
  });
  return element(
    "section",
    {},
    isFirst ? element("p", {}, words.say("product.intro")) : null,
    form,
  );
}

/** Whether nothing is wrong; what is, is said below its field. */
function tellFaults(words, rows, faults) {
  let first = null;
  for (const row of rows) {
    const fault = faults[row.dataset.field];
    if (fault === undefined) continue;
    const error = row.querySelector(".error");
    const control = row.querySelector("input");
    error.hidden = fault === null;
    error.textContent = fault === null ? "" : words.say(fault);
    if (fault === null) control.removeAttribute("aria-invalid");
    else control.setAttribute("aria-invalid", "true");
    if (fault !== null) first ??= control;
  }
  first?.focus();
  return first === null;
}

/** A code of one's own that no other product has. */
function freeCode(name, products) {
  const code = codeOfName(name);
  for (let at = 1; ; at += 1) {
    const candidate = at === 1 ? code : `${code}-${at}`;
    if (!products.some(({ id }) => id === candidate)) return candidate;
  }
}

function productRow(product) {
  return element(
    "a",
    { class: "row", href: hash("product", product.id) },
    element("span", {}, element("strong", {}, product.name)),
    element("span", { class: "muted" }, product.id),
  );
}

function help(text) {
  return element("p", { class: "muted" }, text);
}

function list(rows) {
  return element("ul", { class: "rows" }, ...rows.map((row) => element("li", {}, row)));
}
