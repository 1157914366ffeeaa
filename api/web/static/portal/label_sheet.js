/** A sheet of labels, or one label for a label printer, drawn by the ledger and saved here. */

import { element } from "../page/element.js";
import { labelled } from "./fields.js";
import { lotPath } from "./identifier.js";
import { explain } from "./later.js";
import { fileName, save } from "./saving.js";
import { spellNumber } from "./spelling.js";

const SHEETS = [
  ["a4-24", 24, "63.5 × 33.9"],
  ["a4-21", 21, "63.5 × 38.1"],
  ["a4-8", 8, "99.1 × 67.7"],
  ["a4-40", 40, "45.7 × 25.4"],
  ["a4-65", 65, "38.1 × 21.2"],
];
const ROLLS = ["50 × 30", "70 × 50", "100 × 50", "100 × 150"];
const MOST = 10_000;
const PAGE = "/Type /Page ";

/** Choose paper and number, and save the sheet. `lot`: {code, lot, name}. */
export function labelSheet(portal, lot) {
  const { words } = portal;
  const layout = layoutSelect(words);
  const count = element("input", { inputmode: "numeric", autocomplete: "off", maxlength: 5 });
  count.value = "24";
  layout.addEventListener("input", () => {
    const sheet = SHEETS.find(([name]) => name === layout.value);
    count.value = String(sheet?.[1] ?? 1);
  });
  const said = element("div", { "aria-live": "polite" });
  const sheet = element("button", { type: "submit", class: "main" }, words.say("labels.save"));
  const form = element(
    "form",
    { novalidate: true, class: "label-sheet" },
    element("h2", {}, words.say("labels.title")),
    labelled("layout", words.say("labels.paper"), layout),
    labelled("count", words.say("labels.count"), count),
    element("p", { class: "muted" }, words.say("labels.help")),
    element("div", { class: "actions" }, sheet),
    said,
    singles(portal, lot, () => layout.value, said),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wanted = Number(count.value.trim());
    const error = form.querySelector("[data-field=count] .error");
    const isRight = Number.isInteger(wanted) && wanted >= 1 && wanted <= MOST;
    error.hidden = isRight;
    error.textContent = words.say("wrong.count", { most: spellNumber(MOST, words.language) });
    if (!isRight) {
      count.focus();
      return;
    }
    sheet.disabled = true;
    await fetchLabels(portal, lot, "pdf", { layout: layout.value, count: wanted }, said);
    sheet.disabled = false;
  });
  return form;
}

/** One label alone, for who lays out a printed bag or box. */
function singles(portal, lot, layout, said) {
  const buttons = ["svg", "png"].map((form) => {
    const button = element("button", { type: "button", class: "quiet" }, form.toUpperCase());
    button.addEventListener("click", () =>
      fetchLabels(portal, lot, form, { layout: layout() }, said),
    );
    return button;
  });
  return element(
    "details",
    {},
    element("summary", {}, portal.words.say("labels.single")),
    element("div", { class: "actions" }, ...buttons),
  );
}

function layoutSelect(words) {
  const select = element("select", {});
  const spell = (size) => (words.language === "vi" ? size.replace(/\./g, ",") : size);
  for (const [name, count, size] of SHEETS) {
    const text = words.say("labels.a4", { count, size: spell(size) });
    select.append(element("option", { value: name }, text));
  }
  for (const size of ROLLS) {
    const text = words.say("labels.roll", { size: spell(size) });
    select.append(element("option", { value: `roll-${size.replace(" × ", "x")}` }, text));
  }
  return select;
}

async function fetchLabels({ words, owner, server }, lot, form, wanted, said) {
  const path = `/labels${lotPath(owner, lot)}.${form}`;
  const query = new URLSearchParams({ ...wanted, title: (lot.name ?? lot.code).slice(0, 120) });
  const progress = element("progress", { "aria-label": words.say("labels.drawing") });
  said.replaceChildren(element("p", { class: "muted" }, words.say("labels.drawing")), progress);
  try {
    const blob = await server.file(`${path}?${query}`, "*/*", follow(progress));
    const name = fileName("tem", lot.code, lot.lot);
    save(blob, `${name}.${form}`);
    said.replaceChildren(element("p", { class: "status calm" }, words.say("labels.saved")));
  } catch (error) {
    console.warn(error);
    said.replaceChildren(element("p", { class: "notice", role: "alert" }, explain(words, error)));
  }
}

/** Counts the pages of a sheet as they come: each begins `/Type /Page `, and how many there will be
    stands in Page-Count. */
function follow(progress) {
  const latin = new TextDecoder("latin1");
  let rest = "";
  let pages = 0;
  return (headers, piece) => {
    const text = rest + latin.decode(piece);
    pages += text.split(PAGE).length - 1;
    rest = text.slice(-(PAGE.length - 1));
    const all = Number(headers.get("Page-Count"));
    if (all > 0) Object.assign(progress, { max: all, value: Math.min(pages, all) });
  };
}
