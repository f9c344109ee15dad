import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { DestinationKind } from "../../../src/activitystreams/delivery.ts";
import { silentLog } from "../../../src/log/log.ts";
import {
  claimDestinations,
  freeLeasesOfTheDead,
  wakeDestinations,
} from "../../../src/store/destinations.ts";
import { LOCK_WORKER, openPresence, type StorePresence } from "../../../src/store/presence.ts";
import { databaseProxy } from "../../support/database-proxy.ts";
import { testDatabase } from "../../support/database.ts";

interface Heard {
  readonly presence: StorePresence;
  readonly wakes: (DestinationKind | null)[];
  until(test: () => boolean): Promise<void>;
}

async function listen(url: string): Promise<Heard> {
  const wakes: (DestinationKind | null)[] = [];
  const presence = await openPresence({
    url,
    log: silentLog,
    onWake: (kind) => {
      wakes.push(kind);
    },
  });
  return {
    presence,
    wakes,
    async until(holds) {
      for (let round = 0; !holds(); round += 1) {
        assert.ok(round < 300, `heard only ${JSON.stringify(wakes)}`);
        await sleep(10);
      }
    },
  };
}

// Most of it is waiting.
suite("the listening connection", { concurrency: true }, () => {
  test("a wake-up is heard by other processes after its commit, and not before", async () => {
    await using store = await testDatabase();
    const heard = await listen(store.url);
    try {
      // What this process says itself is not heard: its workers are woken without a detour.
      await wakeDestinations(store.db, "pod", ["https://a.example/"]);
      const tx = await store.db.transaction();
      await tx.raw("set local application_name = 'another process'");
      await wakeDestinations(tx, "jid", ["bob@example.org"]);
      await sleep(30);
      assert.deepEqual(heard.wakes, []);
      await tx.commit();
      await heard.until(() => heard.wakes.length === 1);
      assert.deepEqual(heard.wakes, ["jid"]);
    } finally {
      await heard.presence.close();
    }
  });

  test("the component's stream has one holder, and the next when that one is gone", async () => {
    await using store = await testDatabase();
    const first = await listen(store.url);
    const second = await listen(store.url);
    try {
      assert.equal(await first.presence.holdComponent("dx.example.org"), true);
      assert.equal(await second.presence.holdComponent("dx.example.org"), false);
      assert.equal(await second.presence.holdComponent("dx.other.example"), true);
      await first.presence.close();
      await second.until(() => true);
      assert.equal(await second.presence.holdComponent("dx.example.org"), true);
    } finally {
      await second.presence.close();
    }
  });

  test("leases are freed when their worker's process is gone", async () => {
    await using store = await testDatabase();
    const first = await listen(store.url);
    const second = await listen(store.url);
    try {
      await wakeDestinations(store.db, "pod", ["https://a.example/", "https://b.example/"]);
      await claimDestinations(store.db, "pod", first.presence.worker, 1);
      await claimDestinations(store.db, "pod", second.presence.worker, 1);
      assert.equal(await freeLeasesOfTheDead(store.db, LOCK_WORKER), 0);
      await first.presence.close();
      assert.equal(await freeLeasesOfTheDead(store.db, LOCK_WORKER), 1);
    } finally {
      await second.presence.close();
    }
  });

  test("a connection that breaks comes back once, hears again, and says that something may be missed", async () => {
    await using store = await testDatabase();
    await using proxy = await databaseProxy(store.url);
    const heard = await listen(proxy.url);
    try {
      assert.equal(await heard.presence.holdComponent("dx.example.org"), true);
      proxy.cut();
      await sleep(1_300);
      assert.ok(proxy.tried <= 4, `${String(proxy.tried)} connections were tried in a second`);
      proxy.mend();
      await heard.until(() => heard.wakes.includes(null));
      await sleep(200);
      assert.equal(proxy.open, 1, "one connection, not one for each try");
      await store.db.transaction(async (tx) => {
        await tx.raw("set local application_name = 'another process'");
        await wakeDestinations(tx, "pod", ["https://a.example/"]);
      });
      await heard.until(() => heard.wakes.includes("pod"));
      assert.equal(heard.wakes.filter((kind) => kind === "pod").length, 1);
      const other = await listen(store.url);
      assert.equal(
        await other.presence.holdComponent("dx.example.org"),
        false,
        "the lock is held again",
      );
      await other.presence.close();
    } finally {
      await heard.presence.close();
    }
  });

  test("a database that is away at the start is an error, once, and no connections in the background", async () => {
    await using store = await testDatabase();
    await using proxy = await databaseProxy(store.url);
    proxy.cut();
    await assert.rejects(listen(proxy.url));
    await sleep(300);
    assert.equal(proxy.tried, 1);
  });

  test("who closes while the database is away leaves no connection behind", async () => {
    await using store = await testDatabase();
    await using proxy = await databaseProxy(store.url);
    const heard = await listen(proxy.url);
    proxy.cut();
    await sleep(50);
    await heard.presence.close();
    proxy.mend();
    await sleep(1_300);
    assert.equal(proxy.open, 0);
  });
});
