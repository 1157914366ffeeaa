/** Files that the portal hands to whoever holds the device. */

import { element } from "../page/element.js";

/** Save a Blob under this name, as the browser saves downloads. */
export function save(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A name that every file system takes. */
export function fileName(...parts) {
  return parts.map((part) => part.replace(/[^A-Za-z0-9._-]+/g, "_")).join("-");
}
