import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openStorage } from "../../../src/daemon/storage.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import { createStore } from "../../../src/store/adapter.ts";
import { rows } from "../../../src/store/database.ts";
import { rememberRemote } from "../../../src/store/people.ts";
import { missingMigrations } from "../../../src/store/migrate.ts";
import { tellNews } from "../../../src/store/news.ts";
import { bareDatabase, testDatabase } from "../../support/database.ts";
import { remotePerson } from "../../support/fixtures.ts";
import { read, VALID } from "../config/support.ts";

test("an operator who migrates by hand is told what is missing, and nothing is changed", async (t) => {
  await using store = await bareDatabase();
  const { config } = read(t, { ...VALID, database: { url: store.url, migrate: false } });
  assert.ok(config !== null);
  const before = await missingMigrations(store.db);
  await assert.rejects(
    openStorage(config, silentLog, { onWake: () => undefined }),
    (error) => isDxError(error, "DX_SCHEMA_OLD") && error.message.includes("diaspora-x migrate"),
  );
  assert.deepEqual(await missingMigrations(store.db), before);
});

test("what one process keeps of people and pods in memory is no older than what another has said", async (t) => {
  await using database = await testDatabase();
  const { config } = read(t, { ...VALID, database: { url: database.url } });
  assert.ok(config !== null);
  const held: string[] = [];
  const one = await openStorage(config, silentLog, { onWake: () => undefined });
  const other = await openStorage(config, silentLog, {
    onWake: () => undefined,
    onHeld: (host) => held.push(host),
  });
  try {
    const alice = await one.remotes.remember(remotePerson());
    assert.notEqual(await other.remotes.known(alice.diasporaId), null);
    const store = createStore(one.db, one.vault, one.remotes);
    await store.transaction((tx) => tx.closeRemote(alice));
    for (let round = 0; round < 500; round += 1) {
      if ((await other.remotes.known(alice.diasporaId)) === null) break;
      await sleep(10);
    }
    assert.equal(await other.remotes.known(alice.diasporaId), null);
    await tellNews(one.db, { what: "held", host: "pod.example:3000" });
    for (let round = 0; held.length === 0 && round < 500; round += 1) await sleep(10);
    assert.deepEqual(held, ["pod.example:3000"]);
  } finally {
    await one.close();
    await other.close();
  }
});

test("a start looks at nobody's row as long as the operator's lists are what was applied", async (t) => {
  await using database = await testDatabase();
  const start = async (pods: "open" | "listed"): Promise<void> => {
    const { config } = read(t, {
      ...VALID,
      database: { url: database.url },
      moderation: { pods },
    });
    assert.ok(config !== null);
    const storage = await openStorage(config, silentLog, { onWake: () => undefined });
    await storage.close();
  };
  const standings = async (): Promise<unknown[]> =>
    await rows(database.db, "select standing from people where network = 'diaspora'");
  await rememberRemote(database.db, remotePerson(), null);
  await start("open");
  // By hand, as nothing of ours does it: whoever looked would put it right.
  await database.db("people").update({ standing: "suspend" });
  await start("open");
  assert.deepEqual(await standings(), [{ standing: "suspend" }]);
  await start("listed");
  await start("open");
  assert.deepEqual(await standings(), [{ standing: null }]);
});
