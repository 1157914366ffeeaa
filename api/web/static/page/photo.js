/** A photo named by its digest: shown only if the bytes the server sends have that digest. */

import { toHex } from "../verifier/bytes.js";
import { sha256 } from "../verifier/digest.js";
import { element } from "./element.js";

/** The picture, once its bytes have come and are the right ones. */
export function photoBox(words, digest) {
  const box = element("span", {}, words.say("photo.coming"));
  fetchPhoto(digest).then(
    (blob) => {
      const alt = words.say("photo.alt");
      box.replaceChildren(element("img", { class: "photo", src: URL.createObjectURL(blob), alt }));
    },
    (error) => {
      console.warn(error);
      const why = error instanceof Missing ? error.message : "unreachable";
      box.replaceChildren(words.say(`photo.${why}`));
    },
  );
  return box;
}

/** There is no such picture here; the message says in which way. */
class Missing extends Error {}

async function fetchPhoto(digest) {
  const response = await fetch(`/files/${digest}`, { credentials: "omit" });
  // A photo that was never handed in, one that could not be asked for and one that is not the right
  // one are three things.
  if (response.status === 404) throw new Missing("not_held");
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (toHex(sha256(bytes)) !== digest) throw new Missing("missing");
  return new Blob([bytes], { type: response.headers.get("Content-Type") });
}
