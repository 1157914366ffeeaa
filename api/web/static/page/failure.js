/** The one thing a page must be able to say when everything else is missing: it could not check. */

import { element } from "./element.js";

/** `said` is the page's own dataset {failedTitle, failedText, retry}: no catalogue is needed. */
export function showFailure(box, said, error) {
  console.warn(error);
  box.className = "verdict unchecked";
  box.dataset.verdict = "could not check";
  box.setAttribute("aria-busy", "false");
  box.replaceChildren(
    element("span", { class: "icon", "aria-hidden": "true" }, "?"),
    element(
      "div",
      {},
      element("p", { class: "headline" }, said.failedTitle),
      element("p", {}, said.failedText),
      retryButton(said.retry),
    ),
  );
}

/** Starts the page anew: nothing found so far is kept. */
export function retryButton(label) {
  const button = element("button", { type: "button", id: "retry" }, label);
  button.addEventListener("click", () => location.reload());
  return button;
}
