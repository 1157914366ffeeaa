/**
 * The fields of the forms. Each is {node, read, fill}: `read` gives the value, undefined for an
 * optional field left empty, and throws Unreadable with the key of a sentence; `fill` shows a value
 * of an earlier entry.
 */

import { element } from "../page/element.js";
import { readPlaceCode, readSscc } from "./identifier.js";
import { readNumber, spellNumber } from "./spelling.js";

export const UNITS = ["KGM", "GRM", "TNE", "LTR", "MLT", ""];

/** What stands in a field cannot be used. */
export class Unreadable extends Error {}

/** A label above a control, a place for what is wrong with it below. */
export function labelled(name, label, control, ...more) {
  const id = `field-${name}`;
  control.id = id;
  control.name = name;
  control.setAttribute("aria-describedby", `${id}-error`);
  return element(
    "div",
    { class: "field", "data-field": name },
    element("label", { for: id }, label),
    control,
    ...more,
    element("p", { class: "error", id: `${id}-error`, hidden: true }),
  );
}

/** A button in our own words for a file input; the browser's own speak the browser's language. */
export function filePicker(input, label) {
  input.classList.add("unseen");
  return element("label", { class: "button pick" }, label, input);
}

/** One line of text. */
export function textField({ words, spec, step }) {
  const input = element("input", { autocomplete: "off", maxlength: 100 });
  return {
    node: labelled(spec.name, nameOf(words, spec, step), input),
    read: () => required(spec, input.value.trim()),
    fill: (value) => (input.value = value),
  };
}

/** A number and its unit: {value, uom}; pieces have the unit "". */
export function amountField({ words, spec, step, uom }) {
  const input = element("input", { inputmode: "decimal", autocomplete: "off", maxlength: 15 });
  const unit = unitSelect(words, uom);
  unit.name = `${spec.name}-unit`;
  unit.setAttribute("aria-label", words.say("field.unit"));
  const reading = element("output", { class: "muted", "aria-live": "polite" });
  const read = () => {
    const typed = required(spec, input.value.trim());
    if (typed === undefined) return undefined;
    const value = readNumber(typed, words.language);
    if (!(value > 0) || value > 1e12) throw new Unreadable("wrong.amount");
    return { value, uom: unit.value };
  };
  const show = () => {
    const value = readNumber(input.value.trim(), words.language);
    const unitName = words.name("unit", unit.value || "pieces");
    reading.textContent = value > 0 ? `= ${spellNumber(value, words.language)} ${unitName}` : "";
  };
  input.addEventListener("input", show);
  unit.addEventListener("input", show);
  const node = labelled(spec.name, nameOf(words, spec, step), input);
  const pair = element("div", { class: "pair" });
  input.replaceWith(pair);
  pair.append(input, unit);
  pair.after(reading);
  return {
    node,
    read,
    fill: (value) => {
      input.value = spellNumber(value.value, words.language);
      if (![...unit.options].some((option) => option.value === value.uom)) {
        unit.append(element("option", { value: value.uom }, value.uom)); // of another system
      }
      unit.value = value.uom;
      show();
    },
    /** The unit alone, when what is counted has changed. */
    count: (chosen) => {
      unit.value = chosen;
      show();
    },
  };
}

export function unitSelect(words, chosen = "KGM") {
  const select = element("select", {});
  for (const code of UNITS) {
    const option = element("option", { value: code }, words.name("unit", code || "pieces"));
    option.selected = code === chosen;
    select.append(option);
  }
  return select;
}

/** Whole days. */
export function daysField({ words, spec, step }) {
  const input = element("input", { inputmode: "numeric", autocomplete: "off", maxlength: 3 });
  return {
    node: labelled(spec.name, nameOf(words, spec, step), input),
    read: () => {
      const typed = required(spec, input.value.trim());
      if (typed !== undefined && !/^\d{1,3}$/.test(typed)) throw new Unreadable("wrong.days");
      return typed === undefined ? undefined : Number(typed);
    },
    fill: (value) => (input.value = String(value)),
  };
}

/** A day: yyyy-MM-dd. */
export function dateField({ words, spec, step }) {
  const input = element("input", { type: "date" });
  const reading = element("output", { class: "muted" }); // browsers spell it as they like
  const show = () => (reading.textContent = input.value && `= ${words.date(input.value)}`);
  input.addEventListener("input", show);
  return {
    node: labelled(spec.name, nameOf(words, spec, step), input, reading),
    read: () => required(spec, input.value),
    fill: (value) => {
      input.value = value;
      show();
    },
  };
}

/** A serial shipping container code. */
export function ssccField({ words, spec, step }) {
  const input = element("input", { inputmode: "numeric", autocomplete: "off", maxlength: 30 });
  return {
    node: labelled(spec.name, nameOf(words, spec, step), input),
    read: () => {
      const typed = required(spec, input.value.trim());
      if (typed === undefined) return undefined;
      const sscc = readSscc(typed);
      if (sscc === null) throw new Unreadable("wrong.sscc");
      return sscc;
    },
    fill: (value) => (input.value = value),
  };
}

/** Who gives or takes: {gln} where a GLN was typed, else {name}. */
export function partyField({ words, spec, step }) {
  const input = element("input", { autocomplete: "off", maxlength: 100 });
  return {
    node: labelled(spec.name, nameOf(words, spec, step), input),
    read: () => {
      const typed = required(spec, input.value.trim());
      if (typed === undefined) return undefined;
      if (!/^[\d\s-]+$/.test(typed)) return { name: typed };
      const gln = readPlaceCode(typed);
      if (gln === null) throw new Unreadable("wrong.gln");
      return { gln };
    },
    fill: (value) => (input.value = value.gln ?? value.name),
  };
}

/** One of a few words. */
export function choiceField({ words, spec, step }) {
  const inputs = spec.choices.map((choice, at) =>
    element("input", { type: "radio", name: spec.name, value: choice, checked: at === 0 }),
  );
  const options = inputs.map((input) =>
    element("label", { class: "option" }, input, words.say(`choice.${input.value}`)),
  );
  const legend = element("legend", {}, nameOf(words, spec, step));
  return {
    node: element("fieldset", { class: "field", "data-field": spec.name }, legend, ...options),
    read: () => inputs.find((input) => input.checked).value,
    fill: (value) => inputs.forEach((input) => (input.checked = input.value === value)),
  };
}

/** What the field is called in this step. */
export function nameOf(words, spec, step) {
  const name = words.catalogue[`field.${spec.name}.${step}`] ?? words.say(`field.${spec.name}`);
  return spec.optional ? words.say("field.optional", { name }) : name;
}

function required(spec, typed) {
  if (typed !== "") return typed;
  if (spec.optional) return undefined;
  throw new Unreadable("wrong.empty");
}
