/** Who is signed in on this device, what that means, and how to end it. */

import { element, facts } from "../page/element.js";
import { ANCHORED, RECORDED } from "./queue.js";

export function accountView(portal) {
  const { words, session, entries } = portal;
  const unsent = entries.filter(({ state }) => state !== RECORDED && state !== ANCHORED).length;
  const button = element("button", { type: "button" }, words.say("account.sign_out"));
  const warning = element("p", { class: "notice", role: "alert", hidden: true });
  let asked = false;
  button.addEventListener("click", () => {
    if (unsent > 0 && !asked) {
      asked = true;
      warning.textContent = words.say("account.unsent", { count: unsent });
      warning.hidden = false;
      button.textContent = words.say("account.sign_out_anyway");
      return;
    }
    portal.signOut();
  });
  const name = words.language === "en" && session.nameEn !== "" ? session.nameEn : session.name;
  return element(
    "section",
    {},
    facts([
      [words.say("account.name"), name],
      [words.say("account.since"), words.day(new Date(session.since))],
    ]),
    element("p", {}, words.say("account.meaning")),
    window.isSecureContext
      ? null
      : element("p", { class: "notice" }, words.say("account.insecure")),
    warning,
    element("div", { class: "actions" }, button),
    element("p", { class: "links" }, element("a", { href: "#/" }, words.say("home.back"))),
  );
}
