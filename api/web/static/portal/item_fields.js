/** The fields of the forms over master data: {node, read, fill}, as in `fields.js`. */

import { element } from "../page/element.js";
import { Unreadable, choiceField, dateField, labelled } from "./fields.js";

const AREA_CODE = /^[A-Z0-9][A-Z0-9./_-]{1,38}[A-Z0-9]$/;
const TAX_CODE = /^(\d{10}(-\d{3})?|\d{12})$/;
const MOST_STARS = 5;
const LONGEST = 200;

const KINDS = {
  text: lineField((text) => text),
  list: lineField(readList, (values) => values.join("; ")),
  days: lineField(readDays, String, "numeric"),
  areaCode: lineField((text) => matching(text.toUpperCase(), AREA_CODE, "wrong.areaCode")),
  taxCode: lineField((text) => matching(text.replace(/[\s.]/g, ""), TAX_CODE, "wrong.taxCode")),
  stars: starsField,
  place: placeSelect,
  date: (context) => dateField({ ...context, spec: { ...context.spec, optional: true } }),
  choice: choiceField,
};

/** The field of one member; `room` is the family of its label. */
export function itemField(context, room, member) {
  const field = KINDS[member.kind]({ ...context, spec: { ...member }, room, step: room });
  return { ...field, member };
}

function lineField(parse, spell = (value) => value, inputmode = undefined) {
  return ({ words, spec, room }) => {
    const input = element("input", { autocomplete: "off", maxlength: LONGEST, inputmode });
    return {
      node: labelled(spec.name, words.say(`${room}.${spec.name}`), input),
      read: () => {
        const typed = input.value.trim();
        if (typed !== "") return parse(typed);
        if (spec.required) throw new Unreadable("wrong.empty");
        return undefined;
      },
      fill: (value) => (input.value = spell(value)),
    };
  };
}

function starsField({ words, spec, room }) {
  const select = element("select", {}, element("option", { value: "" }, words.say("stars.none")));
  for (let count = 1; count <= MOST_STARS; count += 1) {
    select.append(element("option", { value: count }, words.say("stars.some", { count })));
  }
  return {
    node: labelled(spec.name, words.say(`${room}.${spec.name}`), select),
    read: () => (select.value === "" ? undefined : Number(select.value)),
    fill: (value) => (select.value = String(value)),
  };
}

function placeSelect({ words, spec, room, places }) {
  const select = element("select", {}, element("option", { value: "" }, words.say("place.none")));
  for (const { id, name } of places) select.append(element("option", { value: id }, name));
  return {
    node: labelled(spec.name, words.say(`${room}.${spec.name}`), select),
    read: () => select.value || undefined,
    fill: (value) => (select.value = value),
  };
}

function readList(text) {
  const values = text.split(";").map((one) => one.trim());
  return [...new Set(values.filter((one) => one !== ""))];
}

function readDays(text) {
  const days = Number(matching(text, /^\d{1,5}$/, "wrong.days"));
  if (days < 1 || days > 36_500) throw new Unreadable("wrong.days");
  return days;
}

function matching(text, form, fault) {
  if (!form.test(text)) throw new Unreadable(fault);
  return text;
}
