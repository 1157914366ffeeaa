/**
 * What is inside a container, each thing with its own state: its records checked on this device and
 * its recalls asked of the chain, as its own page would.
 */

import { Unavailable } from "../verifier/fault.js";
import { worstVerdict } from "../verifier/verdict.js";
import { staysIn } from "./contents.js";
import { download } from "./download.js";
import { element } from "./element.js";
import { pathOf, spellName, subjectOf } from "./goods_link.js";
import { nameIn } from "./product_view.js";
import { findRecalls } from "./recalls.js";
import { isTellable } from "./record_view.js";
import { checkStep, inTurn, unchecked } from "./step_check.js";
import { verdictBadge } from "./verdict_view.js";

const AT_ONCE = 3;
const MOST_CHECKED = 40;
const MOST_STEPS = 30; // of one thing inside, the newest

/** The box, and what fills in the states: {box, check(trust, chain)}; null where nothing was ever
 * inside. `records`: disclosed records that stand. */
export function contentsBox(words, subject, records) {
  const stays = staysIn(subject.uri, records);
  if (stays.length === 0) return null;
  const inside = stays.filter((stay) => stay.until === null);
  const gone = stays.filter((stay) => stay.until !== null);
  const items = inside.map((stay) => ({ stay, node: insideItem(words, stay) }));
  const alarm = element("p", { class: "alarm", role: "alert", hidden: true });
  const box = element(
    "section",
    { class: "contents", "data-facts": "contents" },
    element("h2", {}, words.say("contents.title", { count: inside.length })),
    alarm,
    inside.length === 0
      ? element("p", {}, words.say("contents.empty"))
      : element("ul", {}, ...items.map(({ node }) => node.item)),
    gone.length === 0 ? null : goneBox(words, gone),
  );
  const check = async (trust, chain) => {
    let recalled = 0;
    await inTurn(items.slice(0, MOST_CHECKED), AT_ONCE, async ({ stay, node }) => {
      const state = await checkInside(words, stay.name, trust, chain);
      if (state.verdict === "recalled") recalled += 1;
      node.state.replaceChildren(verdictBadge(words, state.verdict));
      node.item.dataset.verdict = state.verdict;
      if (state.name === null) node.name.remove();
      else node.name.replaceChildren(element("strong", {}, state.name));
      if (recalled > 0) {
        alarm.hidden = false;
        alarm.replaceChildren(words.say("contents.recalled", { count: recalled }));
      }
    });
    for (const { node } of items.slice(MOST_CHECKED)) node.state.replaceChildren();
  };
  return { box, check };
}

function insideItem(words, stay) {
  const path = pathOf(stay.name);
  const shown = spellName(words, stay.name);
  const state = element("span", { class: "muted" }, words.say("contents.checking"));
  const name = element("p", {});
  const amounts = stay.left.map(({ value, unit }) => words.amount(value, unit)).join(" + ");
  const since = words.say("contents.since", {
    time: words.localMoment(stay.since.time, stay.since.offset),
  });
  const item = element(
    "li",
    { "data-name": stay.name },
    element(
      "p",
      { class: "step links" },
      path === null ? shown : element("a", { href: path + location.search }, shown),
      state,
    ),
    name,
    element("p", { class: "when" }, amounts === "" ? since : `${amounts} · ${since}`),
  );
  return { item, name, state };
}

function goneBox(words, gone) {
  const line = (stay) =>
    words.say("contents.stay", {
      name: spellName(words, stay.name),
      since: words.localMoment(stay.since.time, stay.since.offset),
      until: words.localMoment(stay.until.time, stay.until.offset),
    });
  return element(
    "details",
    {},
    element("summary", {}, words.say("contents.gone", { count: gone.length })),
    element("ul", {}, ...gone.map((stay) => element("li", {}, line(stay)))),
  );
}

/** {verdict, name}: what its own page would say, and what its records call it, or null. */
async function checkInside(words, name, trust, chain) {
  const subject = subjectOf(name);
  try {
    const [steps, recalls] = await Promise.all([stepsOf(name), findRecalls(chain, subject)]);
    const results = await inTurn(steps, AT_ONCE, (step) =>
      checkStep(words, step, { trust, chain, subject }),
    );
    const related = results.filter((result) => result.verdict !== "unrelated");
    const told = related.filter((result) => isTellable(result.verdict));
    const verdicts = related.map((result) => result.verdict);
    if (recalls.inForce.length > 0) verdicts.push("recalled");
    return { verdict: worstVerdict(verdicts) ?? "unknown", name: nameIn(told) };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return { verdict: unchecked({}, "").verdict, name: null };
  }
}

async function stepsOf(name) {
  const path = pathOf(name);
  if (path === null) return [];
  let story;
  try {
    story = JSON.parse(new TextDecoder().decode(await download(path, "application/json")));
  } catch (error) {
    if (error instanceof Unavailable && error.message === "HTTP 404") return [];
    throw error instanceof Unavailable ? error : new Unavailable("fetch-failed", error.message);
  }
  const events = Array.isArray(story?.events) ? story.events : [];
  return events
    .slice(-MOST_STEPS)
    .map(({ recordID }) => ({ recordId: String(recordID), proof: `/records/${recordID}/proof` }));
}
