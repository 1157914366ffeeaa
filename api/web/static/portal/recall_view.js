/**
 * Recalls of a lot of one's own; those of others stand among the alerts (alerts_view.js).
 *
 * A recall is declared on the chain; every scan of the goods then warns. It takes a key that may
 * declare about records, which a household's invitation usually is not.
 */

import { element, facts } from "../page/element.js";
import { labelled } from "./fields.js";
import { lotUri } from "./identifier.js";
import { explain, later } from "./later.js";
import { findLot } from "./lot_view.js";
import { hash } from "./screens.js";

const LONGEST_REASON = 2000;
const SCOPE = "status";

/** The recalls a lot is in, and a form to recall it. */
export function recallView(portal, code, number) {
  const { words, entries, owner, server, session } = portal;
  const lot = findLot(entries, code, number);
  if (lot === undefined) return element("p", { class: "notice" }, words.say("lot.unknown"));
  const uri = lotUri(owner, lot);
  const mayDeclare = session.scopes.includes(SCOPE);
  const load = async () => {
    const found = await server.recallsOf(uri);
    return Promise.all(found.map(({ id }) => server.recall(id)));
  };
  return element(
    "div",
    {},
    element("p", { class: "product" }, words.say("lot.named", { name: lot.name ?? code, lot: number })),
    later(words, load, (found) => {
      const isOpen = found.some((one) => one.organization === owner.org && one.state !== "lifted");
      return element(
        "div",
        {},
        ...found.map((one) => recallBox(portal, one, mayDeclare)),
        isOpen ? null : recallForm(portal, uri, mayDeclare),
      );
    }),
    element(
      "p",
      { class: "links" },
      element("a", { href: hash("lot", code, number) }, words.say("back")),
    ),
  );
}

function recallForm(portal, uri, mayDeclare) {
  const { words } = portal;
  if (!mayDeclare) {
    return element("section", {}, element("p", { class: "notice" }, words.say("recall.no_right")));
  }
  return reasonForm(portal, {
    title: "recall.start",
    meaning: "recall.meaning",
    button: "recall.submit",
    sure: "recall.sure",
    send: (reason) => portal.server.startRecall({ subjects: [uri], reason }),
  });
}

/** A reason, and a button that asks twice. */
function reasonForm({ words }, { title, meaning, button, sure, send }) {
  const reason = element("textarea", { rows: 3, maxlength: LONGEST_REASON });
  const submit = element("button", { type: "submit", class: "main" }, words.say(button));
  const said = element("p", { class: "notice", role: "alert", hidden: true });
  const form = element(
    "form",
    { novalidate: true },
    element("h2", {}, words.say(title)),
    element("p", { class: "muted" }, words.say(meaning)),
    labelled("reason", words.say("recall.reason"), reason),
    said,
    element("div", { class: "actions" }, submit),
  );
  let asked = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const typed = reason.value.trim();
    const error = form.querySelector(".error");
    error.textContent = words.say("wrong.empty");
    error.hidden = typed !== "";
    if (typed === "") return;
    if (!asked) {
      asked = true;
      submit.textContent = words.say(sure);
      return;
    }
    submit.disabled = true;
    try {
      await send(typed);
      form.replaceChildren(element("p", { class: "status calm" }, words.say("recall.sent")));
    } catch (fault) {
      said.textContent = explain(words, fault);
      said.hidden = false;
      submit.disabled = false;
    }
  });
  return element("section", {}, form);
}

function recallBox(portal, recall, mayDeclare) {
  const { words, owner, server } = portal;
  const isOwn = recall.organization === owner.org;
  const lift =
    isOwn && mayDeclare && recall.state === "declared"
      ? reasonForm(portal, {
          title: "recall.lift",
          meaning: "recall.lift_meaning",
          button: "recall.lift",
          sure: "recall.sure",
          send: (reason) => server.liftRecall(recall.id, reason),
        })
      : null;
  return element("div", {}, element("section", { class: look(recall) }, ...recallFacts(words, recall)), lift);
}

/** How loud the box of a recall is. */
export function look({ state }) {
  return state === "lifted" ? "" : "alarm";
}

/** Title and facts of a recall. */
export function recallFacts(words, recall) {
  const { state, name, reason, goods, notice, createdAt, liftedAt } = recall;
  return [
    element("h2", {}, words.say(`recall_state.${state}`)),
    facts([
      [words.say("recall.by"), name],
      [words.say("recall.reason"), reason],
      [words.say("recall.goods"), goods.map(spellGoods)],
      [words.say("recall.when"), words.moment(new Date(createdAt))],
      [words.say("recall.over"), liftedAt && words.moment(new Date(liftedAt))],
      [
        words.say("recall.notice"),
        notice && element("a", { class: "button", href: `/files/${notice}` }, words.say("certificates.open")),
      ],
    ]),
  ];
}

/** The code and lot of a Digital Link, or of a lot under a code of somebody's own. */
export function spellGoods(uri) {
  return decodeURIComponent(uri.replace(/^.*?\/(?:00|01|p)\//, "").replace(/\/(10|21|lot|serial)\//g, " · "));
}
