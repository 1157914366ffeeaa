/**
 * A picture made smaller on the device, which also leaves behind what the camera wrote beside it,
 * its position first of all; it never leaves the device with it.
 */

const LONGEST_SIDE = 1600;
const QUALITY = 0.8;

/** The picture as a JPEG Blob. Throws where the file is no picture. */
export async function shrink(file) {
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
