/**
 * The form of one step. What is typed is kept as a draft at every key, under the eventID the entry
 * will have: a killed browser loses nothing, and a second tap on "record" records nothing twice.
 */

import { element } from "../page/element.js";
import { isWrong } from "./correction.js";
import { buildEvent } from "./event.js";
import {
  Unreadable,
  amountField,
  choiceField,
  dateField,
  daysField,
  partyField,
  ssccField,
  textField,
} from "./fields.js";
import { foreignLotField, lotField, newLotField } from "./lot_fields.js";
import { photoField } from "./photo_field.js";
import { placeField, whenField } from "./place_fields.js";
import { hash } from "./screens.js";
import { STEPS, isolationOf } from "./steps.js";
import { urnUuid } from "./urn_uuid.js";

const KINDS = {
  text: textField,
  amount: amountField,
  days: daysField,
  date: dateField,
  sscc: ssccField,
  party: partyField,
  choice: choiceField,
  when: whenField,
  place: placeField,
  newLot: newLotField,
  lot: lotField,
  foreignLot: foreignLotField,
  photo: photoField,
};
const NOT_REPEATED = new Set(["when", "lot", "source", "expiry", "sscc", "used", "photo"]);
/** What a new entry does not take over from the last one of its kind. */

/** `eventID` names an entry that is edited before it is recorded; `corrected` is one that was
    recorded wrongly, and is declared so once this one is kept. */
export function formView(portal, step, eventID, corrected = null) {
  const { words, products, places, entries } = portal;
  const edited = entries.find((entry) => entry.eventID === eventID) ?? null;
  const begun = edited ?? corrected;
  const context = { words, step, products, places, entries, uom: products[0].uom };
  const pages = STEPS[step].map((specs) =>
    specs.map((spec) => ({ spec, ...KINDS[spec.kind]({ ...context, spec }) })),
  );
  const fields = pages.flat();
  const alarm = element("p", { class: "notice", role: "alert", hidden: true });
  const back = element("button", { type: "button", class: "quiet" }, words.say("back"));
  const submit = element("button", { type: "submit", class: "main" });
  const sets = pages.map((page) => element("div", {}, ...page.map(({ node }) => node)));
  const form = element(
    "form",
    { novalidate: true, "data-step": step },
    ...sets,
    alarm,
    element("div", { class: "actions" }, submit, back),
  );
  const draft = { id: `draft-${begun?.eventID ?? step}`, eventID: edited?.eventID ?? urnUuid() };
  const state = { at: 0, saving: false, warned: false, draft };

  const turn = (at) => {
    state.at = at;
    sets.forEach((set, index) => (set.hidden = index !== at));
    submit.textContent = words.say(at === sets.length - 1 ? "record" : "next");
    back.textContent = words.say(at === 0 ? "cancel" : "back");
  };
  const choose = () => {
    for (const { spec, node } of fields) {
      if (spec.only === undefined) continue;
      const [[name, wanted]] = Object.entries(spec.only);
      node.hidden = find(fields, name).read() !== wanted;
    }
  };
  const keepDraft = () => {
    choose();
    alarm.hidden = true;
    state.warned = false;
    portal.device.put("notes", { ...state.draft, typed: typedIn(form), at: state.at });
  };

  form.addEventListener("input", keepDraft);
  back.addEventListener("click", async () => {
    if (state.at > 0) {
      turn(state.at - 1);
      return;
    }
    await portal.device.remove("notes", state.draft.id);
    history.length > 1 ? history.back() : (location.hash = "#/");
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = readAll(words, pages[state.at]);
    if (values === null || state.saving) return;
    if (state.at < sets.length - 1) {
      turn(state.at + 1);
      keepDraft();
      sets[state.at].querySelector("input, select")?.focus();
      return;
    }
    state.saving = true;
    try {
      const all = Object.assign({}, ...pages.map((page) => readAll(words, page)));
      const until = step === "harvest" ? isolationOf(entries, all.lot, all.when) : null;
      if (until !== null && !state.warned) {
        state.warned = true;
        alarm.textContent = words.say("isolation.warning", {
          material: until.material,
          day: words.day(new Date(until.until)),
        });
        alarm.hidden = false;
        submit.textContent = words.say("record.anyway");
        return;
      }
      await keep(portal, step, state.draft, all, corrected);
    } catch (error) {
      alarm.textContent = words.say("not_kept", { detail: error.message });
      alarm.hidden = false;
    } finally {
      state.saving = false;
    }
  });

  bindUnits(fields);
  for (const { spec, fill } of fields) {
    const value = (begun ?? lastOf(entries, step))?.values?.[spec.name];
    if (value !== undefined && (begun !== null || !NOT_REPEATED.has(spec.name))) fill(value);
  }
  turn(0);
  choose();
  if (edited === null) resume(portal, state, form, fields, turn).then(choose);
  return form;
}

/** Take up what was typed before the browser went away. */
async function resume(portal, state, form, fields, turn) {
  const draft = await portal.device.get("notes", state.draft.id);
  if (draft === undefined) return;
  state.draft.eventID = draft.eventID;
  for (const control of form.querySelectorAll("input, select")) {
    const typed = draft.typed[control.name];
    if (typed === undefined || control.type === "file") continue;
    if (control.type === "radio") control.checked = control.value === typed;
    else control.value = typed;
  }
  for (const control of form.querySelectorAll("select, input:not([type=radio], [type=file])")) {
    if (control.type === "datetime-local") {
      const moment = new Date(control.value).getTime();
      if (!Number.isNaN(moment)) find(fields, "when").fill(moment);
    } else {
      control.dispatchEvent(new Event("input"));
      if (draft.typed[control.name] !== undefined) control.value = draft.typed[control.name];
    }
  }
  turn(draft.at ?? 0);
}

async function keep(portal, step, { id, eventID }, values, corrected) {
  const { owner } = portal;
  const event = buildEvent(step, values, { eventID, owner });
  await portal.record({ eventID, step, values, event });
  const { place } = values;
  if (place !== undefined) await portal.directory.keepPlace({ id: place.code, name: place.name });
  if (corrected !== null) await portal.declareWrong(corrected, "incorrect_data", [eventID]);
  await portal.device.remove("notes", id);
  await portal.refresh();
  location.hash = hash("lot", values.lot.code, values.lot.lot);
}

/** The values of these fields, or null; what is wrong is said below its field. */
function readAll(words, fields) {
  const values = {};
  let first = null;
  for (const { spec, node, read } of fields) {
    const error = node.querySelector(".error");
    const control = node.querySelector("input:not([hidden]), select:not([hidden])");
    if (error !== null) error.hidden = true;
    control?.removeAttribute("aria-invalid");
    if (node.hidden) continue;
    try {
      const value = read();
      if (value !== undefined) values[spec.name] = value;
    } catch (fault) {
      if (!(fault instanceof Unreadable)) throw fault;
      error.textContent = words.say(fault.message);
      error.hidden = false;
      control.setAttribute("aria-invalid", "true");
      first ??= control;
    }
  }
  first?.focus();
  return first === null ? values : null;
}

/** An amount is counted in the unit of the product that is chosen. */
function bindUnits(fields) {
  for (const [lot, amount] of [
    ["lot", "amount"],
    ["source", "used"],
  ]) {
    const [from, to] = [find(fields, lot), find(fields, amount)];
    if (from?.uom === undefined || to === undefined) continue;
    const count = () => from.uom() !== undefined && to.count(from.uom());
    from.listen(count);
    count();
  }
}

function find(fields, name) {
  return fields.find(({ spec }) => spec.name === name);
}

function lastOf(entries, step) {
  const fits = (entry) => entry.step === step && entry.values !== null && !isWrong(entry);
  return entries.find(fits) ?? null;
}

function typedIn(form) {
  const typed = {};
  for (const control of form.querySelectorAll("input, select")) {
    if (control.type === "file" || (control.type === "radio" && !control.checked)) continue;
    if (control.type === "datetime-local" && control.hidden) continue;
    typed[control.name] = control.value;
  }
  return typed;
}
