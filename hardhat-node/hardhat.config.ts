import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { defineConfig } from "hardhat/config";

// One pinned configuration for this project and for scripts/compile_contracts.py.
const compiler = JSON.parse(readFileSync(new URL("compiler.json", import.meta.url), "utf8"));

// A campaign searches 25 times as long; SEARCH_SCALE sets any other factor.
const campaign = ["", "0"].includes(process.env.CAMPAIGN ?? "") ? 1 : 25;
const scale = Number(process.env.SEARCH_SCALE ?? campaign);

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
      fuzz: { runs: Math.ceil(256 * scale) },
      // The actors of the invariants catch what must be refused; a revert of their own would hide a search that
      // does nothing.
      invariant: { runs: Math.ceil(48 * scale), depth: 120, failOnRevert: true },
    },
  },
});
