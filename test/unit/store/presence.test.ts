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
  breaks(): number;
  until(test: () => boolean | Promise<boolean>): Promise<void>;
}

async function listen(url: string, lostAfterMs?: number): Promise<Heard> {
  let breaks = 0;
  const wakes: (DestinationKind | null)[] = [];
  const presence = await openPresence({
    url,
    log: silentLog,
    onWake: (kind) => {
      wakes.push(kind);
    },
    onBreak: () => {
      breaks += 1;
    },
    ...(lostAfterMs === undefined ? {} : { lostAfterMs }),
  });
  return {
    presence,
    wakes,
    breaks: () => breaks,
    async until(holds) {
      for (let round = 0; !(await holds()); round += 1) {
        assert.ok(round < 300, `heard only ${JSON.stringify(wakes)}`);
        await sleep(10);
      }
    },
  };
}

// Most of it is waiting.
suite("the listening connection", { concurrency: 4 }, () => {
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
      assert.equal(await first.presence.holdComponent("dx.example.org", () => undefined), true);
      assert.equal(await second.presence.holdComponent("dx.example.org", () => undefined), false);
      assert.equal(await second.presence.holdComponent("dx.other.example", () => undefined), true);
      await first.presence.close();
      await second.until(() => true);
      assert.equal(await second.presence.holdComponent("dx.example.org", () => undefined), true);
    } finally {
      await second.presence.close();
    }
  });

  test("who gives the component back lives on, and another has it at once", async () => {
    await using store = await testDatabase();
    const first = await listen(store.url);
    const second = await listen(store.url);
    try {
      assert.equal(await first.presence.holdComponent("dx.example.org", () => undefined), true);
      await second.presence.releaseComponent("dx.example.org");
      assert.equal(await second.presence.holdComponent("dx.example.org", () => undefined), false);
      await first.presence.releaseComponent("dx.example.org");
      assert.equal(await second.presence.holdComponent("dx.example.org", () => undefined), true);
      assert.equal(await first.presence.holdComponent("dx.example.org", () => undefined), false);
    } finally {
      await first.presence.close();
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
      assert.equal(await heard.presence.holdComponent("dx.example.org", () => undefined), true);
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
        await other.presence.holdComponent("dx.example.org", () => undefined),
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
  test("a holder whose connection ends has the component again at once, and does not lose it", async () => {
    await using store = await testDatabase();
    const first = await listen(store.url);
    const second = await listen(store.url);
    try {
      let lost = 0;
      const onLost = (): void => {
        lost += 1;
      };
      assert.equal(await first.presence.holdComponent("dx.example.org", onLost), true);
      await store.db.raw(
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = ?",
        [first.presence.worker],
      );
      await first.until(() => first.wakes.includes(null));
      assert.equal(first.breaks(), 1);
      assert.equal(await second.presence.holdComponent("dx.example.org", onLost), false);
      assert.equal(lost, 0);
    } finally {
      await first.presence.close();
      await second.presence.close();
    }
  });

  test("pitfall 65: a holder that comes back and finds another in its place has lost the component", async () => {
    await using store = await testDatabase();
    await using proxy = await databaseProxy(store.url);
    const first = await listen(proxy.url);
    const second = await listen(store.url);
    try {
      let lost = 0;
      const onLost = (): void => {
        lost += 1;
      };
      assert.equal(await first.presence.holdComponent("dx.example.org", onLost), true);
      proxy.cut();
      await second.until(
        async () => await second.presence.holdComponent("dx.example.org", () => undefined),
      );
      assert.equal(lost, 0, "nobody knows yet");
      proxy.mend();
      await first.until(() => lost > 0);
      await first.until(() => first.wakes.includes(null));
      assert.equal(lost, 1);
      assert.equal(await first.presence.holdComponent("dx.example.org", onLost), false);
      await second.presence.close();
      await first.until(
        async () => await first.presence.holdComponent("dx.example.org", () => undefined),
      );
    } finally {
      await first.presence.close();
    }
  });

  test("a holder that is without its database for too long has lost the component, and can have it again", async () => {
    await using store = await testDatabase();
    await using proxy = await databaseProxy(store.url);
    const heard = await listen(proxy.url, 100);
    try {
      let lost = 0;
      const hold = (): Promise<boolean> =>
        heard.presence.holdComponent("dx.example.org", () => {
          lost += 1;
        });
      assert.equal(await hold(), true);
      proxy.cut();
      await heard.until(() => lost === 1);
      await assert.rejects(hold());
      proxy.mend();
      await heard.until(async () => await hold().catch(() => false));
      await sleep(300);
      assert.equal(lost, 1);
    } finally {
      await heard.presence.close();
    }
  });

  test("a session that the database has not missed yet does not hold the locks against its own process", async () => {
    await using store = await testDatabase();
    await using proxy = await databaseProxy(store.url);
    const heard = await listen(proxy.url);
    try {
      let lost = 0;
      const onLost = (): void => {
        lost += 1;
      };
      assert.equal(await heard.presence.holdComponent("dx.example.org", onLost), true);
      proxy.strand();
      await sleep(50);
      proxy.mend();
      await heard.until(() => heard.wakes.includes(null));
      assert.equal(lost, 0);
    } finally {
      await heard.presence.close();
    }
  });
});
