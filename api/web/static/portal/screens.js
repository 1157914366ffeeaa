/** Which screen an address names: `#/`, `#/record/harvest`, `#/lot/{code}/{lot}`, … */

import { accountView } from "./account_view.js";
import { alertAddressView } from "./alert_address_view.js";
import { alertsView } from "./alerts_view.js";
import { correctionView } from "./correction_view.js";
import { certificatesView, newCertificateView } from "./certificate_view.js";
import { describeView, placeView, qualityView } from "./describe_view.js";
import { entriesView, entryView } from "./entry_view.js";
import { formView } from "./form_view.js";
import { homeView } from "./home_view.js";
import { labelView } from "./label_view.js";
import { lotCompletenessView, lotView, lotsView } from "./lot_view.js";
import { producerView } from "./producer_view.js";
import { newProductView, productView, productsView } from "./product_view.js";
import { recallView } from "./recall_view.js";
import { sheetView } from "./sheet_view.js";
import { signInView } from "./sign_in_view.js";
import { STEPS } from "./steps.js";
import { traceView } from "./trace_view.js";

/** {title, node, isForm}: `node` builds it; a form is not built anew while it stands there. */
export function screenOf(portal, address, invitation) {
  const { words, entries } = portal;
  if (portal.session === null) {
    return form(words.say("sign_in.title"), () => signInView(portal, invitation));
  }
  if (portal.products.length === 0) {
    return form(words.say("product.first"), () => newProductView(portal));
  }
  const [room, ...rest] = address.replace(/^#\//, "").split("/").map(decodeURIComponent);
  const screens = {
    record: ([step, eventID]) =>
      step in STEPS
        ? form(words.say(`step.${step}`), () => formView(portal, step, eventID))
        : undefined,
    again: ([eventID]) => {
      const wrong = entries.find((entry) => entry.eventID === eventID);
      if (wrong === undefined || !(wrong.step in STEPS)) return undefined;
      return form(words.say("correct.again"), () => formView(portal, wrong.step, undefined, wrong));
    },
    correct: ([eventID]) =>
      form(words.say("correct.title"), () => correctionView(portal, eventID)),
    lot: ([code, lot]) => view(words.say("lot.title", { lot }), () => lotView(portal, code, lot)),
    label: ([code, lot]) => form(words.say("label.title"), () => labelView(portal, code, lot)),
    entry: ([eventID]) => view(words.say("entry.title"), () => entryView(portal, eventID)),
    entries: () => view(words.say("entries.title"), () => entriesView(portal)),
    products: () => view(words.say("products.title"), () => productsView(portal)),
    product: ([code]) =>
      code === undefined
        ? form(words.say("product.add"), () => newProductView(portal))
        : form(words.say("product.title"), () => productView(portal, code)),
    describe: ([code]) => form(words.say("product.describe"), () => describeView(portal, code)),
    quality: ([code]) => form(words.say("product.quality"), () => qualityView(portal, code)),
    place: ([code]) => form(words.say("place.title"), () => placeView(portal, code)),
    producer: () => form(words.say("producer.title"), () => producerView(portal)),
    certificates: ([code]) =>
      form(words.say("product.certificates"), () => certificatesView(portal, code)),
    certificate: ([code]) =>
      form(words.say("certificates.add"), () => newCertificateView(portal, code)),
    trace: ([code, lot]) =>
      form(words.say("lot.title", { lot }), () => traceView(portal, code, lot)),
    recall: ([code, lot]) =>
      form(words.say("recall.title"), () => recallView(portal, code, lot)),
    alerts: () => form(words.say("alerts.title"), () => alertsView(portal)),
    "alert-address": () =>
      form(words.say("alert_address.title"), () => alertAddressView(portal)),
    lots: () => view(words.say("lots.title.all"), () => lotsView(portal)),
    complete: ([code, lot]) =>
      form(words.say("lot.title", { lot }), () => lotCompletenessView(portal, code, lot)),
    sheets: () => form(words.say("sheet.title"), () => sheetView(portal)),
    account: () => form(words.say("account.title"), () => accountView(portal)),
  };
  return (
    (room in screens ? screens[room](rest) : undefined) ??
    view(words.say("home.title"), () => homeView(portal))
  );
}

/** Address of a screen. */
export function hash(...parts) {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

function view(title, node) {
  return { title, node, isForm: false };
}

function form(title, node) {
  return { title, node, isForm: true };
}
