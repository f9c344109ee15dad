import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runVectors } from "../../../scripts/conformance/run.ts";
import { VECTORS } from "./people.ts";

const PAGE = new URL("../../../docs/conformance.md", import.meta.url);
const ROW = /^\| `([^`]+)` +\| (\S+) +\| (\S+) +\| (\S.*\S) +\|$/gm;

test("docs/conformance.md has each vector where we decide otherwise, and no other, with a reason", async () => {
  const page = await readFile(PAGE, "utf8");
  const rows = [...page.matchAll(ROW)].map(([, name, policy, here]) => [name, policy, here]);
  const differing: unknown[] = [];
  for await (const { vector, state, produced } of runVectors(fileURLToPath(VECTORS))) {
    assert.notEqual(state, "skipped", vector.name);
    if (state !== "differs") continue;
    const here = produced["valid"] === true ? "accepted" : "refused";
    differing.push([vector.name, vector.expected?.policy, here]);
  }
  assert.deepEqual(rows, differing);
});
