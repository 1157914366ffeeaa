/** Starts the portal, and shows the screen that the address names. */

import { element } from "../page/element.js";
import { readInvitation } from "./invitation.js";
import { Portal } from "./portal.js";
import { screenOf } from "./screens.js";
import { statusOf } from "./status_view.js";
import { Words } from "../page/words.js";
import { keepShell } from "./shell.js";

const page = document.getElementById("portal");
const status = document.getElementById("status");
const screen = document.getElementById("screen");

let shown = null; // the screen that stands there

main().catch(fail);

async function main() {
  const invitation = readInvitation(); // first of all: the key leaves the address bar
  const words = await Words.load(document.documentElement.lang, page.dataset.catalogue);
  let portal = null;
  const show = () => portal !== null && render(portal, invitation);
  portal = await Portal.open(words, page.dataset.base, show);
  addEventListener("hashchange", show);
  for (const name of ["online", "offline"]) {
    addEventListener(name, () => {
      show();
      portal.sync.wake();
    });
  }
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") portal.refresh().then(() => portal.sync.wake());
  });
  portal.start();
  show();
  keepShell(page.dataset.worker).catch((error) => console.warn(error));
}

/** A screen that is being filled in stays as it is; others follow what happens. */
function render(portal, invitation) {
  const told = statusOf(portal);
  if (status.textContent !== told.textContent) status.replaceChildren(told);
  const address = location.hash || "#/";
  const { title, node, isForm } = screenOf(portal, address, invitation);
  const isNew = shown !== `${address} ${title}`; // two screens may stand at one address in turn
  if (!isNew && isForm) return;
  shown = `${address} ${title}`;
  const touched = screen.contains(document.activeElement) ? document.activeElement : null;
  const heading = element("h1", { tabindex: "-1" }, title);
  screen.replaceChildren(heading, node());
  screen.dataset.screen = address;
  document.title = `${title} – ${portal.words.say("title")}`;
  if (isNew) {
    scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  } else if (touched !== null) {
    const links = [...screen.querySelectorAll("a")];
    const same = links.find((link) => link.getAttribute("href") === touched.getAttribute("href"));
    (same ?? heading).focus({ preventScroll: true });
  }
}

function fail(error) {
  console.error(error);
  const said = element("p", { class: "notice", role: "alert" }, page.dataset.failed);
  screen.replaceChildren(said, element("p", { lang: "en", class: "muted" }, String(error)));
}
