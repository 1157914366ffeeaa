/** A photo taken on the spot, or chosen from those on the device. */

import { element } from "../page/element.js";
import { filePicker } from "./fields.js";
import { shrink } from "./photo_shrinking.js";

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
