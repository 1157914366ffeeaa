/** What the result rests on, said plainly: whose script, whose anchors, whose word about the chain. */

import { code, element } from "./element.js";
import { rememberAnchors, spellFingerprint } from "./anchors.js";

/** Fill the page's trust box. `pin` is what `compareAnchors` gave; `onAccept` runs after a change
 * was accepted. */
export function showTrust(box, words, pin, nodes, onAccept) {
  const answered = nodes.filter((one) => one.direct && one.node.answers > 0);
  const lines = [words.say("trust.script"), words.say("trust.anchors")];
  lines.push(
    answered.length === 0
      ? words.say("trust.relay_only")
      : words.say("trust.direct", { count: answered.length }),
  );
  box.replaceChildren(
    ...lines.map((line) => element("p", {}, line)),
    element("p", {}, words.say("trust.fingerprint"), ": ", code(spellFingerprint(pin.fingerprint))),
    element("p", { class: pin.state === "changed" ? "alarm" : "muted" }, memory(words, pin)),
  );
  if (pin.state === "changed") {
    const button = element("button", { type: "button" }, words.say("trust.accept"));
    button.addEventListener("click", () => {
      rememberAnchors(pin.fingerprint, new Date());
      onAccept();
    });
    box.append(button);
    box.closest("details").open = true;
  }
}

function memory(words, pin) {
  const values = {
    date: pin.since && words.day(pin.since),
    old: pin.old && spellFingerprint(pin.old),
  };
  return words.say(`trust.${pin.state}`, values);
}
