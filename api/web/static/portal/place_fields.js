/** When and where: filled in already, and opened only by who wants to change it. */

import { element } from "../page/element.js";
import { Unreadable, labelled, nameOf } from "./fields.js";
import { codeOfName } from "./identifier.js";
import { fromLocalInput, spellMoment, toLocalInput } from "./spelling.js";

const LONGEST_AGO_MS = 20 * 365 * 86_400_000;
const OTHER = "other ";

/** A moment in milliseconds; now, until somebody says otherwise. */
export function whenField({ words, spec, step }) {
  const input = element("input", { type: "datetime-local", hidden: true });
  const now = spellMoment(words, Date.now());
  const shown = element("span", {}, words.say("when.now", { moment: now }));
  const button = element("button", { type: "button", class: "quiet" }, words.say("change"));
  const line = element("div", { class: "preset" }, shown, button);
  const open = () => {
    if (input.value === "") input.value = toLocalInput(Date.now());
    input.hidden = false;
    line.hidden = true;
    show();
  };
  button.addEventListener("click", () => {
    open();
    input.focus();
  });
  const reading = element("output", { class: "muted" }); // browsers spell it as they like
  const node = labelled(spec.name, nameOf(words, spec, step), input, reading);
  input.before(line);
  const show = () => {
    const moment = fromLocalInput(input.value);
    reading.textContent = Number.isNaN(moment) ? "" : `= ${spellMoment(words, moment)}`;
  };
  input.addEventListener("input", show);
  return {
    node,
    read: () => {
      if (input.hidden) return Date.now();
      const moment = fromLocalInput(input.value);
      const isLikely = Math.abs(Date.now() - moment) < LONGEST_AGO_MS;
      if (!isLikely) throw new Unreadable("wrong.when");
      return moment;
    },
    fill: (value) => {
      input.value = toLocalInput(value);
      open();
    },
  };
}

/** A place {code, name}: one that is known, or a new one by its name. */
export function placeField({ words, spec, step, places }) {
  const select = element("select", {});
  for (const place of places) select.append(element("option", { value: place.id }, place.name));
  select.append(element("option", { value: OTHER }, words.say("place.other")));
  const name = element("input", {
    autocomplete: "off",
    maxlength: 100,
    "aria-label": words.say("place.name"),
    placeholder: words.say("place.example"),
  });
  name.name = "place-name";
  const show = () => (name.hidden = select.value !== OTHER);
  select.addEventListener("input", show);
  const node = labelled(spec.name, nameOf(words, spec, step), select);
  select.after(name);
  select.hidden = places.length === 0;
  show();
  return {
    node,
    read: () => {
      const known = places.find((place) => place.id === select.value);
      if (known !== undefined) return { code: known.id, name: known.name };
      const typed = name.value.trim();
      if (typed === "") throw new Unreadable("wrong.empty");
      const same = places.find((place) => place.name.toLowerCase() === typed.toLowerCase());
      if (same !== undefined) return { code: same.id, name: same.name };
      return { code: free(codeOfName(typed), places), name: typed };
    },
    fill: (value) => {
      const isKnown = places.some((place) => place.id === value.code);
      select.value = isKnown ? value.code : OTHER;
      if (!isKnown) name.value = value.name;
      show();
    },
  };
}

function free(code, places) {
  for (let at = 1; ; at += 1) {
    const candidate = at === 1 ? code : `${code}-${at}`;
    if (!places.some((place) => place.id === candidate)) return candidate;
  }
}
