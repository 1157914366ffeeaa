/** Where a lot came from and where it went, as the organization may see it, to look at or to keep. */

import { element } from "../page/element.js";
import { lotUri } from "./identifier.js";
import { explain, later } from "./later.js";
import { findLot } from "./lot_view.js";
import { fileName, save } from "./saving.js";
import { hash } from "./screens.js";

const FORMS = [
  ["csv", "text/csv", "CSV (Excel)"],
  ["json", "application/json", "JSON"],
];

export function traceView(portal, code, number) {
  const { words, entries } = portal;
  const lot = findLot(entries, code, number);
  if (lot === undefined) return element("p", { class: "notice" }, words.say("lot.unknown"));
  return element(
    "div",
    {},
    ...["back", "forward"].map((direction) => way(portal, lot, direction)),
    element(
      "p",
      { class: "links" },
      element("a", { href: hash("lot", code, number) }, words.say("back")),
    ),
  );
}

function way(portal, lot, direction) {
  const { words, owner, server } = portal;
  const id = lotUri(owner, lot);
  const query = new URLSearchParams({ id, direction });
  const pictured = new URLSearchParams({ id, direction, lang: words.language });
  const name = words.say(`trace.${direction}`);
  const said = element("p", { class: "notice", role: "alert", hidden: true });
  const buttons = FORMS.map(([ending, type, title]) => {
    const button = element("button", { type: "button", class: "quiet" }, title);
    button.addEventListener("click", async () => {
      said.hidden = true;
      try {
        const blob = await server.file(`/trace?${query}`, type);
        save(blob, `${fileName("trace", direction, lot.code, lot.lot)}.${ending}`);
      } catch (error) {
        said.textContent = explain(words, error);
        said.hidden = false;
      }
    });
    return button;
  });
  return element(
    "section",
    { "data-direction": direction },
    element("h2", {}, name),
    later(
      words,
      () => server.file(`/trace/picture?${pictured}`, "image/svg+xml"),
      (blob) => picture(blob, name),
    ),
    element("p", { class: "muted" }, words.say("trace.keep")),
    element("div", { class: "actions" }, ...buttons),
    said,
  );
}

function picture(blob, alt) {
  const src = URL.createObjectURL(blob);
  const image = element("img", { src, alt, class: "trace" });
  image.addEventListener("load", () => URL.revokeObjectURL(src));
  return image;
}
