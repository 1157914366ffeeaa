/** What the ledger says of a product, to be changed online: each change is a signed record. */

import { element } from "../page/element.js";
import { labelled } from "./fields.js";
import { explain, later } from "./later.js";
import { hash } from "./screens.js";
import { Refusal } from "./server.js";

const TEXTS = ["name", "brand", "origin", "standards"];

export function describeView(portal, code) {
  const { words, server } = portal;
  return later(
    words,
    () => server.item("products", code),
    (found) => form(portal, code, found),
  );
}

function form(portal, code, { item, etag }) {
  const { words, server } = portal;
  const inputs = Object.fromEntries(
    [...TEXTS, "shelfLife"].map((name) => [
      name,
      element("input", { autocomplete: "off", maxlength: 200 }),
    ]),
  );
  for (const name of TEXTS) inputs[name].value = [item[name] ?? ""].flat().join("; ");
  inputs.shelfLife.value = item.shelfLife ?? "";
  inputs.shelfLife.inputMode = "numeric";
  const rows = Object.entries(inputs).map(([name, input]) =>
    labelled(name, words.say(`describe.${name}`), input),
  );
  const said = element("p", { class: "notice", role: "alert", hidden: true });
  const submit = element("button", { type: "submit", class: "main" }, words.say("keep"));
  const built = element(
    "form",
    { novalidate: true },
    ...rows,
    said,
    element("div", { class: "actions" }, submit),
    element("p", { class: "muted" }, words.say("describe.signed")),
  );
  const tell = (text) => {
    said.textContent = text;
    said.hidden = false;
  };
  built.addEventListener("submit", async (event) => {
    event.preventDefault();
    const changed = change(item, inputs);
    if (changed === null) {
      tell(words.say("describe.wrong"));
      return;
    }
    submit.disabled = true;
    try {
      await server.describe("products", code, changed, { "If-Match": etag });
      const known = portal.products.find(({ id }) => id === code);
      await portal.device.put("products", { ...known, name: changed.name, told: true });
      await portal.load();
      location.hash = hash("product", code);
    } catch (error) {
      const isStale = error instanceof Refusal && error.status === 412;
      tell(isStale ? words.say("describe.stale") : explain(words, error));
    } finally {
      submit.disabled = false;
    }
  });
  return built;
}

/** The item with what was typed, every other member as it stood; null where it cannot be. */
function change(item, inputs) {
  const typed = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, input.value.trim()]),
  );
  const days = typed.shelfLife;
  if (typed.name === "" || !/^\d{0,5}$/.test(days) || days === "0") return null;
  const standards = typed.standards.split(";").map((one) => one.trim());
  const changed = {
    ...item,
    name: typed.name,
    brand: typed.brand || undefined,
    origin: typed.origin || undefined,
    standards: [...new Set(standards.filter((one) => one !== ""))],
    shelfLife: days === "" ? undefined : Number(days),
  };
  delete changed.code;
  return changed;
}
