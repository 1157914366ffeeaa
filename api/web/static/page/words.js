/** The page's words in its language, from the same catalogue the server uses. */

import { spellDate, spellDay, spellLocalMoment, spellMoment } from "./dates.js";

export class Words {
  constructor(language, catalogue) {
    this.language = language;
    this.catalogue = catalogue;
  }

  static async load(language, url) {
    const response = await fetch(url, { credentials: "same-origin" });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return new Words(language, await response.json());
  }

  /** These and those of another catalogue. */
  async and(url) {
    const more = await Words.load(this.language, url);
    return new Words(this.language, { ...this.catalogue, ...more.catalogue });
  }

  /** The sentence with its {places} filled. */
  say(key, values = {}) {
    const sentence = this.catalogue[key];
    if (sentence === undefined) throw new Error(`no words for ${key}`);
    return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  /** What a standard word or an attribute is called; a name of somebody's own as it stands. */
  name(kind, text) {
    const word = text.split(/[/:#]/).pop();
    const bare = word.replace(/^(?:BizStep|Disp|MT|EventType|ER)-/, "");
    return this.catalogue[`${kind}.${bare}`] ?? word;
  }

  /** A number with its unit. */
  amount(value, unit) {
    const number = new Intl.NumberFormat(this.language, { maximumFractionDigits: 6 }).format(value);
    return unit === undefined ? number : `${number} ${this.name("unit", unit)}`;
  }

  /** A moment on this device's clock. */
  moment(date) {
    return spellMoment(this.language, date);
  }

  /** The day of a moment on this device's calendar. */
  day(date) {
    return spellDay(this.language, date);
  }

  /** A calendar date, `2026-11-26`; any other text as it stands. */
  date(text) {
    return spellDate(this.language, text);
  }

  /** An event's time as the clock on the spot showed it, with its offset; "" if it is no time. */
  localMoment(text, offset) {
    return spellLocalMoment(this.language, text, offset);
  }

  /** An organization's published name in this language. */
  organization(profile) {
    if (profile === null || profile === undefined) return this.say("step.by_unnamed");
    return this.language === "en" && profile.nameEn !== "" ? profile.nameEn : profile.name;
  }
}
