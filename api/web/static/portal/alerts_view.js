/** What the organization has to know at once: recalls of goods it had, and broken cold chains. */

import { element, facts } from "../page/element.js";
import { mattersOf } from "./alerts.js";
import { lotUri } from "./identifier.js";
import { explain, later } from "./later.js";
import { look, recallFacts, spellGoods } from "./recall_view.js";
import { hash } from "./screens.js";
import { spellNumber } from "./spelling.js";
import { lotsOf } from "./steps.js";

export function alertsView(portal) {
  const { words, server, session } = portal;
  const load = async () => {
    const matters = mattersOf(await server.alerts(), await server.recallInbox());
    const asked = matters.map(({ recallID }) => recallID && server.recall(recallID));
    const recalls = await Promise.all(asked);
    return matters.map((matter, at) => ({ ...matter, recall: recalls[at] }));
  };
  return element(
    "div",
    {},
    element("p", { class: "muted" }, words.say("alerts.meaning")),
    later(words, load, (found) =>
      found.length === 0
        ? element("section", {}, element("p", { class: "muted" }, words.say("alerts.none")))
        : element("div", {}, ...found.map((matter) => matterBox(portal, matter))),
    ),
    element(
      "p",
      { class: "links" },
      session.scopes.includes("admin")
        ? element("a", { href: hash("alert-address") }, words.say("alert_address.title"))
        : null,
      element("a", { href: "#/" }, words.say("home.back")),
    ),
  );
}

function matterBox(portal, matter) {
  const { words } = portal;
  const { recall, alerts, isOpen } = matter;
  const isOver = recall?.state === "lifted";
  const kind = recall === null ? "cold-chain" : isOver ? "recall-lifted" : "recall";
  return element(
    "section",
    {
      class: recall === null ? "alarm" : look(recall),
      "data-alert": kind,
      "data-recall": recall?.state,
    },
    ...(recall === null ? coldChain(portal, alerts[0].body.coldChain) : recallFacts(words, recall)),
    facts([
      [words.say("alerts.told"), words.moment(new Date(matter.at))],
      [words.say("alerts.delivery"), deliveryOf(words, alerts)],
    ]),
    element("p", { class: "reason" }, words.say(`alert_do.${kind}`)),
    ...(isOpen ? acknowledging(portal, matter) : [known(words)]),
  );
}

/** Each lot of one's own leads to its screen, where it can be recalled. */
function coldChain({ words, entries, owner }, told) {
  const lots = new Map(lotsOf(entries).map((lot) => [lotUri(owner, lot), lot]));
  const goods = told.goods.map((uri) => {
    const lot = lots.get(uri);
    if (lot === undefined) return spellGoods(uri);
    const name = words.say("lot.named", { name: lot.name ?? lot.code, lot: lot.lot });
    return element("a", { class: "button", href: hash("lot", lot.code, lot.lot) }, name);
  });
  if (told.goodsCount > goods.length) {
    goods.push(words.say("alerts.more", { count: told.goodsCount - goods.length }));
  }
  const isInside = !told.goods.includes(told.item);
  return [
    element("h2", {}, words.say("alerts.cold_chain")),
    facts([
      [words.say("alerts.goods"), goods],
      [words.say("alerts.inside"), isInside ? spellGoods(told.item) : null],
      [words.say("alerts.since"), words.moment(new Date(told.since))],
      [words.say("alerts.until"), words.moment(new Date(told.until))],
      [words.say("alerts.read"), told.celsius.map((value) => degrees(words, value)).join("; ")],
      [
        words.say("alerts.allowed"),
        `${degrees(words, told.minCelsius)} – ${degrees(words, told.maxCelsius)}`,
      ],
    ]),
  ];
}

function degrees(words, value) {
  return `${spellNumber(value, words.language)} °C`;
}

/** How the newest was sent; nothing where it stands in the inbox alone. */
function deliveryOf(words, [newest]) {
  const { delivery } = newest ?? {};
  return delivery === undefined || delivery === "inbox"
    ? null
    : words.say(`alert_delivery.${delivery}`);
}

/** Everything told of the matter is acknowledged; repeating what was done changes nothing. */
function acknowledging(portal, { alerts, notice, recallID }) {
  const { words, server } = portal;
  const said = element("p", { class: "notice", role: "alert", hidden: true });
  const button = element("button", { type: "button" }, words.say("alerts.acknowledge"));
  const actions = element("div", { class: "actions" }, button);
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.hidden = true;
    try {
      if (notice !== null) await server.acknowledgeRecall(recallID);
      for (const { id } of alerts) await server.acknowledgeAlert(id);
    } catch (error) {
      said.textContent = explain(words, error);
      said.hidden = false;
      button.disabled = false;
      return;
    }
    actions.replaceWith(known(words));
    await portal.device.update("notes", "alerts", (note) => ({ ...note, open: note.open - 1 }));
    await portal.refresh();
  });
  return [said, actions];
}

function known(words) {
  return element("p", {}, words.say("alerts.known"));
}
