/**
 * Spreadsheets: a template to download, a dry run that tells what is wrong by cell, one capture.
 *
 * The ledger reads the file; here it is only carried. The same file again records nothing twice, so
 * a lost answer is mended by sending it again.
 */

import { element } from "../page/element.js";
import { filePicker } from "./fields.js";
import { explain, later } from "./later.js";
import { save } from "./saving.js";

const PAUSE_MS = 700;
const MOST_FAULTS = 50;
const ENDS = new Set(["refused", "checked", "provable"]);
const CSV = "text/csv";
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

export function sheetView(portal) {
  const { words, server } = portal;
  return element(
    "div",
    {},
    element(
      "section",
      {},
      element("h2", {}, words.say("sheet.templates")),
      element("p", { class: "muted" }, words.say("sheet.prefilled")),
      later(
        words,
        () => server.sheetTemplates(),
        (found) => templateList(portal, found),
      ),
    ),
    uploadBox(portal),
    element("p", { class: "links" }, element("a", { href: "#/" }, words.say("home.back"))),
  );
}

function templateList(portal, templates) {
  const { words, server } = portal;
  const rows = templates.map(({ name, title, titleEn }) => {
    const button = element(
      "button",
      { type: "button", class: "quiet" },
      words.language === "vi" ? title : titleEn,
    );
    button.addEventListener("click", async () => {
      const blob = await server.sheetTemplate(name).catch((error) => console.warn(error));
      if (blob) save(blob, `${name}.xlsx`);
    });
    return element("li", {}, button);
  });
  return element("ul", { class: "rows spaced" }, ...rows);
}

function uploadBox(portal) {
  const { words, server } = portal;
  const input = element("input", {
    type: "file",
    accept: `.xlsx,.csv,${XLSX},${CSV}`,
    id: "sheet",
  });
  const said = element("div", { "aria-live": "polite" });
  const follow = async (job) => {
    let seen = job;
    said.replaceChildren(progress(words, seen));
    while (!ENDS.has(seen.state)) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      seen = await server.sheetJob(job.id);
      said.replaceChildren(progress(words, seen));
    }
    return seen;
  };
  const attempt = async (act) => {
    input.disabled = true;
    try {
      await act();
    } catch (error) {
      console.warn(error);
      said.replaceChildren(element("p", { class: "notice" }, explain(words, error)));
    } finally {
      input.disabled = false;
    }
  };
  input.addEventListener("change", () =>
    attempt(async () => {
      const [file] = input.files;
      if (file === undefined) return;
      const blob = new Blob([file], { type: /\.csv$/i.test(file.name) ? CSV : XLSX });
      const checked = await follow(await server.sendSheet("checks", blob));
      said.replaceChildren(findings(words, checked));
      if (checked.errorCount > 0 || checked.events === 0) return;
      const record = element(
        "button",
        { type: "button", class: "main" },
        words.say("sheet.record", { count: checked.events }),
      );
      record.addEventListener("click", () =>
        attempt(async () => {
          record.remove();
          const done = await follow(await server.sendSheet("captures", blob));
          said.replaceChildren(findings(words, done));
        }),
      );
      said.append(element("div", { class: "actions" }, record));
    }),
  );
  return element(
    "section",
    {},
    element("h2", {}, words.say("sheet.upload")),
    element("p", {}, filePicker(input, words.say("sheet.file"))),
    said,
  );
}

function progress(words, { events, done, dryRun, recorded }) {
  const value = dryRun ? done : recorded;
  return element(
    "div",
    {},
    element(
      "p",
      {},
      words.say(dryRun ? "sheet.checking" : "sheet.recording", { value, all: events }),
    ),
    element("progress", {
      max: Math.max(events, 1),
      value,
      "aria-label": words.say("sheet.upload"),
    }),
  );
}

function findings(words, { dryRun, events, recorded, rows, errors, errorCount, warnings }) {
  const isVietnamese = words.language === "vi";
  const row = ({ sheet, cell, detail, detailVi, advice, adviceVi }) =>
    element(
      "li",
      {},
      element(
        "div",
        { class: "row stacked" },
        element("strong", {}, [sheet, cell].filter((part) => part !== "").join(" · ")),
        element("span", {}, isVietnamese ? detailVi : detail),
        element("small", {}, isVietnamese ? adviceVi : advice),
      ),
    );
  if (errorCount > 0) {
    return element(
      "div",
      { class: "alarm" },
      element("p", { class: "alarm" }, words.say("sheet.wrong", { count: errorCount })),
      element("ul", { class: "rows" }, ...errors.slice(0, MOST_FAULTS).map(row)),
    );
  }
  const told = dryRun
    ? words.say("sheet.right", { rows, events })
    : words.say("sheet.done", { recorded });
  return element(
    "div",
    {},
    element("p", { class: "status calm" }, told),
    element("ul", { class: "rows" }, ...warnings.slice(0, MOST_FAULTS).map(row)),
  );
}
