/** Signing in: by an invitation's link, or by typing the key once. */

import { element } from "../page/element.js";
import { labelled } from "./fields.js";
import { Away } from "./server.js";

export function signInView(portal, invitation) {
  const { words } = portal;
  const input = element("input", {
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    maxlength: 200,
  });
  input.value = invitation ?? "";
  const submit = element("button", { type: "submit", class: "main" }, words.say("sign_in.submit"));
  const said = element("p", { class: "notice", role: "alert", hidden: true });
  const form = element(
    "form",
    { novalidate: true },
    labelled("key", words.say("sign_in.key"), input),
    said,
    element("div", { class: "actions" }, submit),
    element("p", { class: "muted" }, words.say("sign_in.kept")),
  );
  const tell = (key, values) => {
    said.textContent = words.say(key, values);
    said.hidden = false;
  };
  const enter = async () => {
    const key = input.value.trim();
    if (key === "") {
      tell("sign_in.empty");
      input.focus();
      return;
    }
    submit.disabled = true;
    said.hidden = true;
    try {
      const { other } = await portal.signIn(key);
      if (other !== null) tell("sign_in.other", { name: portal.session.name });
      else portal.show();
    } catch (error) {
      if (error instanceof Away) tell("sign_in.away");
      else tell("sign_in.refused");
    } finally {
      submit.disabled = false;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    enter();
  });
  if (invitation !== null) enter();
  const intro = invitation === null ? "sign_in.intro" : "sign_in.invited";
  return element("section", {}, element("p", {}, words.say(intro)), form);
}
