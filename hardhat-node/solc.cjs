#!/usr/bin/env node
// The npm compiler behind the command line that py-solc-x and slither expect of a native solc. The package's own
// `solcjs` cannot serve: it prints a line before the JSON and refuses --allow-paths. Known here: --version and
// --standard-json (JSON on standard input) with --base-path, --include-path and --allow-paths (which is implied:
// nothing outside the base and include paths is ever read). Anything else is refused rather than ignored.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const solc = require("solc");

const roots = [];
let mode = "";
const args = process.argv.slice(2);
while (args.length > 0) {
  const option = args.shift();
  if (option === "--version") mode = "version";
  else if (option === "--standard-json") mode = "compile";
  else if (option === "--base-path" || option === "--include-path") roots.push(path.resolve(args.shift()));
  else if (option === "--allow-paths") args.shift();
  else if (option !== "-") fail(`unknown option ${option}`);
}

function fail(message) {
  fs.writeSync(2, `solc: ${message}\n`);
  process.exit(2);
}

function readImport(name) {
  for (const root of roots.length > 0 ? roots : [path.resolve(".")]) {
    const file = path.resolve(root, name);
    if (file.startsWith(root + path.sep) && fs.existsSync(file)) {
      return { contents: fs.readFileSync(file, "utf8") };
    }
  }
  return { error: `not found below ${roots.join(", ")}: ${name}` };
}

// A pipe takes what it has room for and then says EAGAIN; a plain write would lose the rest.
function writeAll(text) {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += fs.writeSync(1, bytes, offset);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

if (mode === "version") writeAll(`solc, the npm package\nVersion: ${solc.version()}\n`);
else if (mode === "compile") writeAll(solc.compile(fs.readFileSync(0, "utf8"), { import: readImport }));
else fail("need --version or --standard-json");
