/**
 * A photo taken on the spot. It is made smaller on the device, which also leaves behind what the
 * camera wrote beside the picture, its position first of all; it never leaves the device with it.
 */

import { element } from "../page/element.js";
import { filePicker } from "./fields.js";

const LONGEST_SIDE = 1600;
const QUALITY = 0.8;
const IS_PUBLIC = new Set(["harvest", "process"]); // steps that say what the goods are

/** An optional photo: a JPEG Blob. */
export function photoField({ words, spec, step }) {
  const input = element("input", { type: "file", accept: "image/*", id: "field-photo" });
  const picture = element("img", { class: "photo", alt: words.say("photo.alt"), hidden: true });
  const remove = element("button", { type: "button", class: "quiet" }, words.say("photo.remove"));
  const said = element("p", { class: "error", role: "alert", hidden: true });
  remove.hidden = true;
  let photo;
  const show = (blob) => {
    if (picture.src !== "") URL.revokeObjectURL(picture.src);
    photo = blob;
    picture.hidden = remove.hidden = blob === undefined;
    if (blob === undefined) picture.removeAttribute("src");
    else picture.src = URL.createObjectURL(blob);
  };
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (file === undefined) return;
    said.hidden = true;
    try {
      show(await shrink(file));
    } catch (error) {
      console.warn(error);
      said.textContent = words.say("wrong.photo");
      said.hidden = false;
    }
    input.value = "";
  });
  remove.addEventListener("click", () => show(undefined));
  return {
    node: element(
      "div",
      { class: "field", "data-field": spec.name },
      filePicker(input, words.say(IS_PUBLIC.has(step) ? "photo.add_public" : "photo.add")),
      picture,
      remove,
      said,
    ),
    read: () => photo,
    fill: show,
  };
}

async function shrink(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve, reject) => {
    const take = (blob) => (blob === null ? reject(new Error("no picture")) : resolve(blob));
    canvas.toBlob(take, "image/jpeg", QUALITY);
  });
}
