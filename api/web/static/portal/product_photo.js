/** The photo of a product, which buyers see: taken or chosen here, sent once there is a network. */

import { element } from "../page/element.js";
import { filePicker } from "./fields.js";
import { shrink } from "./photo_shrinking.js";

/** `onKept` is called once a photo chosen here has come to the ledger. */
export function productPhoto(portal, code, onKept) {
  const find = () => portal.products.find(({ id }) => id === code);
  let box = photoBox(portal, find());
  const redraw = () => {
    if (box.dataset.photo === stateOf(find())) return; // a camera may be open over the page
    const next = photoBox(portal, find());
    box.replaceWith(next);
    box = next;
    if (box.dataset.photo === "kept") onKept();
  };
  portal.watch(() => box, redraw);
  return box;
}

function photoBox(portal, product) {
  const { words } = portal;
  const input = element("input", { type: "file", accept: "image/*", id: "product-photo" });
  const said = element("p", { class: "error", role: "alert", hidden: true });
  const hasPhoto = product.photo !== undefined || product.image !== undefined;
  input.addEventListener("change", async (event) => {
    const [file] = input.files;
    if (file === undefined) return;
    said.hidden = true;
    let photo;
    try {
      photo = await shrink(file);
    } catch (error) {
      console.warn(error);
      said.textContent = words.say("wrong.photo");
      said.hidden = false;
      return;
    }
    await portal.directory.keepPhoto(product.id, photo);
    event.target.closest("[data-photo]").dataset.photo = "chosen";
    portal.show();
    portal.sync.wake();
  });
  return element(
    "div",
    { class: "field", "data-field": "photo", "data-photo": stateOf(product) },
    hasPhoto ? picture(words, product) : null,
    element("p", { class: "muted" }, words.say(`product_photo.${stateOf(product)}`)),
    element(
      "p",
      {},
      filePicker(input, words.say(hasPhoto ? "product_photo.other" : "product_photo.add")),
    ),
    said,
  );
}

function picture(words, { photo, image, name }) {
  const src = photo === undefined ? `/files/${image}` : URL.createObjectURL(photo);
  const node = element("img", { class: "photo", src, alt: words.say("product_photo.alt", { name }) });
  if (photo !== undefined) node.addEventListener("load", () => URL.revokeObjectURL(src));
  return node;
}

function stateOf({ photo, image, isPhotoTold, photoProblem }) {
  if (photo === undefined) return image === undefined ? "none" : "kept";
  if (photoProblem !== undefined) return "refused";
  return isPhotoTold ? "kept" : "waiting";
}
