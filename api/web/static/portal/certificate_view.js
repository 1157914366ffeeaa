/** The certificates of a product: issuer, number, until when, and the paper itself by its digest. */

import { element, facts } from "../page/element.js";
import { filePicker } from "./fields.js";
import { itemForm } from "./item_form.js";
import { CERTIFICATE } from "./item_members.js";
import { explain, later } from "./later.js";
import { shrink } from "./photo_shrinking.js";
import { hash } from "./screens.js";

const PDF = "application/pdf";

/** Those a product has; each can be taken off. */
export function certificatesView(portal, code) {
  const { words, server } = portal;
  return element(
    "div",
    {},
    later(
      words,
      () => server.item("products", code),
      (found) => list(portal, code, found),
    ),
    element(
      "p",
      { class: "links" },
      element("a", { href: hash("product", code) }, words.say("back")),
    ),
  );
}

/** One more. */
export function newCertificateView(portal, code) {
  const { words, server } = portal;
  return element(
    "div",
    {},
    element(
      "section",
      {},
      later(
        words,
        () => server.item("products", code),
        (found) => form(portal, code, found),
      ),
    ),
    element(
      "p",
      { class: "links" },
      element("a", { href: hash("certificates", code) }, words.say("back")),
    ),
  );
}

function list(portal, code, { item, etag }) {
  const { words } = portal;
  const { certificates = [] } = item;
  const boxes = certificates.map((one, at) => box(portal, code, { item, etag }, one, at));
  return element(
    "div",
    {},
    boxes.length === 0
      ? element("p", { class: "muted" }, words.say("certificates.none"))
      : null,
    ...boxes,
    element(
      "p",
      { class: "actions" },
      element(
        "a",
        { class: "button main", href: hash("certificate", code) },
        words.say("certificates.add"),
      ),
    ),
  );
}

function box(portal, code, { item, etag }, certificate, at) {
  const { words, server } = portal;
  const { standard, issuer, number, issued, expires, file } = certificate;
  const isOver = expires !== undefined && expires < new Date().toISOString().slice(0, 10);
  const remove = element("button", { type: "button", class: "quiet" }, words.say("certificates.remove"));
  const said = element("p", { class: "notice", role: "alert", hidden: true });
  let asked = false;
  remove.addEventListener("click", async () => {
    if (!asked) {
      asked = true;
      remove.textContent = words.say("certificates.remove_sure");
      return;
    }
    remove.disabled = true;
    const certificates = item.certificates.filter((_, place) => place !== at);
    try {
      await server.describe("products", code, { ...item, certificates }, { "If-Match": etag });
      location.hash = hash("product", code);
    } catch (error) {
      said.textContent = explain(words, error);
      said.hidden = false;
      remove.disabled = false;
    }
  });
  return element(
    "section",
    {},
    element("h2", {}, standard),
    isOver ? element("p", { class: "notice" }, words.say("certificates.over")) : null,
    facts([
      [words.say("certified.issuer"), issuer],
      [words.say("certified.number"), number],
      [words.say("certified.issued"), issued && words.date(issued)],
      [words.say("certified.expires"), expires && words.date(expires)],
      [
        words.say("certificates.file"),
        file &&
          element(
            "a",
            { class: "button", href: `/files/${file.sha256}` },
            words.say("certificates.open"),
          ),
      ],
    ]),
    said,
    element("div", { class: "actions" }, remove),
  );
}

function form(portal, code, { item, etag }) {
  const { words, server } = portal;
  const paper = paperField(words);
  return itemForm(portal, {
    room: "certified",
    members: CERTIFICATE,
    item: {},
    more: [paper.node],
    keep: async (certificate) => {
      const blob = paper.read();
      if (blob !== undefined) {
        const { sha256, mediaType } = await server.keepFile(blob);
        certificate.file = { sha256, mediaType };
      }
      const certificates = [...(item.certificates ?? []), certificate];
      await server.describe("products", code, { ...item, certificates }, { "If-Match": etag });
      location.hash = hash("certificates", code);
    },
  });
}

/** The paper: a PDF as it is, or a photo of it made smaller. */
function paperField(words) {
  const input = element("input", { type: "file", accept: `image/*,${PDF}`, id: "field-paper" });
  const said = element("p", { class: "muted", role: "status" });
  let paper;
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (file === undefined) return;
    try {
      paper = file.type === PDF ? new Blob([file], { type: PDF }) : await shrink(file);
      said.textContent = words.say("certificates.chosen", { name: file.name });
    } catch (error) {
      console.warn(error);
      said.textContent = words.say("wrong.photo");
    }
    input.value = "";
  });
  return {
    node: element(
      "div",
      { class: "field", "data-field": "photo" },
      filePicker(input, words.say("certificates.choose")),
      said,
    ),
    read: () => paper,
  };
}
