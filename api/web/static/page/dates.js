/**
 * Days and moments as people write them: 26/11/2026 in Vietnamese, 26 Nov 2026 in English, where
 * 11/26 and 26/11 would leave everybody guessing. A time always stands beside the offset of the
 * clock that showed it. The server writes the same (api/web/dates.py).
 */

const MONTHS = [
  "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const MINUTE = 60_000;

/** The day of a moment on this device's calendar. */
export function spellDay(language, date) {
  return day(language, onClock(date, -date.getTimezoneOffset()));
}

/** A moment on this device's clock. */
export function spellMoment(language, date) {
  return moment(language, date, -date.getTimezoneOffset());
}

/**
 * A time of an event as the clock on the spot showed it; on this device's clock where the event
 * tells no offset, "" where `text` is no time.
 */
export function spellLocalMoment(language, text, offset) {
  const date = new Date(Date.parse(text));
  const [, sign, hours, minutes] = /^([+-])(\d{2}):(\d{2})$/.exec(offset ?? "") ?? [];
  if (Number.isNaN(date.getTime())) return "";
  if (sign === undefined) return spellMoment(language, date);
  return moment(language, date, (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)));
}

/** A calendar date, `2026-11-26`, which no clock moves; any other text as it stands. */
export function spellDate(language, text) {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(NaN);
  return Number.isNaN(at.getTime()) ? text : day(language, at);
}

function moment(language, date, offset) {
  const shown = onClock(date, offset);
  const clock = `${two(shown.getUTCHours())}:${two(shown.getUTCMinutes())}`;
  return `${day(language, shown)} ${clock} (UTC${spellOffset(offset)})`;
}

function day(language, shown) {
  const [date, month, year] = [shown.getUTCDate(), shown.getUTCMonth(), shown.getUTCFullYear()];
  return language === "en"
    ? `${date} ${MONTHS[month]} ${year}`
    : `${two(date)}/${two(month + 1)}/${year}`;
}

/** The same moment with what a clock at that offset shows in its UTC fields. */
function onClock(date, offset) {
  return new Date(date.getTime() + offset * MINUTE);
}

function spellOffset(offset) {
  const minutes = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function two(number) {
  return String(number).padStart(2, "0");
}
