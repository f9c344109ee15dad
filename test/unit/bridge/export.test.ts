import assert from "node:assert/strict";
import { test } from "node:test";
import { exportLines, type ExportLine } from "../../../src/bridge/export.ts";
import { createStore } from "../../../src/store/adapter.ts";
import { createRemotePeople } from "../../../src/store/remote-cache.ts";
import { testDatabase } from "../../support/database.ts";
import { social, vault } from "../store/social-support.ts";

test("an export that begins with any line goes on as the whole one does", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const { bob, alice, post } = await social(db);
  for (const markdown of ["one", "two", "three"]) await post(bob, { markdown });
  for (const markdown of ["four", "five"]) await post(alice, { markdown }, { to: [bob] });
  const store = createStore(db, vault, createRemotePeople(db));
  await store.transaction((tx) => tx.changeRelationship(bob.key, alice.key, { sharing: true }));
  const made = new Date("2026-05-01T12:00:00Z");
  const from = async (skip: number): Promise<ExportLine[]> => {
    const lines: ExportLine[] = [];
    for await (const line of exportLines(bob, skip, made, store)) lines.push(line);
    return lines;
  };
  const whole = await from(0);
  assert.deepEqual(
    whole.map(({ is }) => is),
    [
      ...["header", "preferences", "contact", "activity", "activity", "activity"],
      ...["received", "received", "end"],
    ],
  );
  for (let skip = 1; skip <= whole.length + 1; skip += 1) {
    assert.deepEqual(await from(skip), whole.slice(skip), `from line ${String(skip + 1)}`);
  }
});
