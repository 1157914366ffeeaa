/** Moments and amounts as the page's language writes them, and read back. */

/** Day and time of a moment (ms) on this device's clock, where there is no room for its offset. */
export function spellMoment(words, ms) {
  const date = new Date(ms);
  const [hours, minutes] = [date.getHours(), date.getMinutes()].map((part) =>
    String(part).padStart(2, "0"),
  );
  return `${words.day(date)} ${hours}:${minutes}`;
}

/** A number in the language's own marks: 1.250,5 or 1,250.5. */
export function spellNumber(value, language) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 6 }).format(value);
}

/** A number of zero or more as it was typed; NaN if it is none. */
export function readNumber(text, language) {
  const bare = text.replace(/\s/g, "");
  if (!/^\d[\d.,]*$/.test(bare)) return Number.NaN;
  const point = choosePoint(bare, language);
  const [whole, fraction = "", ...rest] = bare.split(point);
  const group = point === "," ? "\\." : ",";
  const isGrouped = new RegExp(`^(?:\\d+|\\d{1,3}(?:${group}\\d{3})+)$`).test(whole);
  if (rest.length > 0 || !isGrouped || /\D/.test(fraction)) return Number.NaN;
  return Number(`${whole.replace(/\D/g, "")}.${fraction || "0"}`);
}

/** Which mark begins the fraction: of two the last; of one, what the language says, unless the
    digits behind it make no thousands (12.5 is twelve and a half to everyone). */
function choosePoint(bare, language) {
  const [dot, comma] = [bare.lastIndexOf("."), bare.lastIndexOf(",")];
  if (dot >= 0 && comma >= 0) return dot > comma ? "." : ",";
  const usual = language === "vi" ? "," : ".";
  const mark = dot >= 0 ? "." : ",";
  return mark === usual || /^\d{1,3}(?:[.,]\d{3})+$/.test(bare) ? usual : mark;
}

/** Value of an `<input type="datetime-local">` for a moment, and the moment of its value. */
export function toLocalInput(ms) {
  const shifted = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

export function fromLocalInput(text) {
  return new Date(text).getTime();
}
