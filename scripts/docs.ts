/**
 * The generated documents: `npm run docs` writes them, `npm run docs -- --check` fails
 * when one differs from what its source says.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { outdated, ROOT } from "./docs/generated.ts";

const stale = await outdated();
const check = process.argv.includes("--check");
for (const { path, text } of stale) {
  if (check) {
    console.error(`${path} is out of date: run npm run docs`);
    continue;
  }
  const file = new URL(path, ROOT);
  mkdirSync(dirname(fileURLToPath(file)), { recursive: true });
  writeFileSync(file, text);
  console.log(`wrote ${path}`);
}
process.exitCode = check && stale.length > 0 ? 1 : 0;
