#!/usr/bin/env -S node --max-semi-space-size=4 --heap-growing-percent=40
// Plain JavaScript that an old Node can read, so that it can say what it needs.
import { existsSync } from "node:fs";

const NEEDED = 24;

if (Number(process.versions.node.split(".")[0]) < NEEDED) {
  console.error(
    "Diaspora-X needs Node " +
      NEEDED +
      " or later; this is Node " +
      process.versions.node +
      ".\n" +
      "In a checkout use the one that npm installed: node_modules/.bin/node bin/diaspora-x.mjs",
  );
  process.exit(1);
}

// A checkout has the sources and runs them; the package has what was built from them.
const source = new URL("../src/cli.ts", import.meta.url);
const built = new URL("../dist/src/cli.js", import.meta.url);

import((existsSync(source) ? source : built).href)
  .then(({ main }) => main(process.argv.slice(2)))
  .then(
    (code) => process.exit(code),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
