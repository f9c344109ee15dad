import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { silentLog } from "../../../src/log/log.ts";
import { openDatabase } from "../../../src/store/database.ts";
import { rememberRemote, remoteById } from "../../../src/store/people.ts";
import { newestOf, openStandings } from "../../../src/store/standings-cache.ts";
import { databaseProxy } from "../../support/database-proxy.ts";
import { testDatabase } from "../../support/database.ts";
import { remotePerson } from "../../support/fixtures.ts";

test("of two readings at once the later one counts, whichever ends first", async () => {
  const ends: ((list: string) => void)[] = [];
  const read = newestOf(() => new Promise<string>((resolve) => ends.push(resolve)));
  const [first, second] = [read(), read()];
  ends[1]?.("after the change");
  assert.equal(await second, "after the change");
  ends[0]?.("before the change");
  assert.equal(await first, null);
  const third = read();
  ends[2]?.("once more");
  assert.equal(await third, "once more");
});

test("a configuration that changes while the database is away counts for pods when that is back, and one that changes nothing looks at nobody", async () => {
  await using store = await testDatabase();
  await using proxy = await databaseProxy(store.url);
  const alice = remotePerson();
  await rememberRemote(store.db, alice, null);
  const db = openDatabase({ url: proxy.url, poolSize: 2 });
  const listed = { only: false };
  const cache = await openStandings({
    url: proxy.url,
    db,
    log: silentLog,
    listed: () => listed.only,
    onChange: () => undefined,
    againMs: 50,
  });
  const standing = async () => (await remoteById(store.db, alice.diasporaId))?.standing;
  try {
    // By hand, as nothing of ours does it: whoever looked would put it right.
    await store
      .db("people")
      .where({ diaspora_id: alice.diasporaId })
      .update({ standing: "silence" });
    await cache.reapply();
    assert.equal(await standing(), "silence");
    listed.only = true;
    proxy.cut();
    await assert.rejects(cache.reapply());
    proxy.mend();
    const began = Date.now();
    while ((await standing()) !== "suspend" && Date.now() - began < 20_000) await sleep(10);
    assert.equal(await standing(), "suspend");
    assert.equal(cache.now().ofHost("pod.example"), "suspend");
  } finally {
    await cache.close();
    await db.destroy();
  }
});
