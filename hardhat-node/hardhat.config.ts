import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { defineConfig } from "hardhat/config";

// One pinned configuration for this project and for scripts/compile_contracts.py.
const compiler = JSON.parse(readFileSync(new URL("compiler.json", import.meta.url), "utf8"));

// CAMPAIGN=10 searches ten times as long.
const campaign = Number(process.env.CAMPAIGN ?? "1");

export default defineConfig({
  solidity: {
    profiles: {
      default: {
        version: compiler.version,
        // The npm package's own compiler: nothing is downloaded, and it is what the artifacts are made with.
        path: createRequire(import.meta.url).resolve("solc/soljson.js"),
        settings: compiler.settings,
      },
    },
  },
  test: {
    solidity: {
      fuzz: { runs: Math.ceil(256 * campaign) },
      // The actors of the invariants catch what must be refused; a revert of their own would hide a search that
      // does nothing.
      invariant: { runs: Math.ceil(48 * campaign), depth: 120, failOnRevert: true },
    },
  },
});
