import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { holdStream, type Standby } from "../../../src/daemon/standby.ts";
import { silentLog } from "../../../src/log/log.ts";

interface Bench {
  readonly standby: Standby;
  readonly did: string[];
  /** Whether the lock is to be had; null: the database is away. */
  readonly lock: { free: boolean | null; lost: () => void };
  until(...did: readonly string[]): Promise<void>;
}

function bench(free: boolean | null): Bench {
  const did: string[] = [];
  const lock: Bench["lock"] = { free, lost: () => undefined };
  const note = (what: string) => () => {
    did.push(what);
    return Promise.resolve();
  };
  const standby = holdStream({
    domain: "dx.example.org",
    presence: {
      holdComponent(_, onLost) {
        if (lock.free === null) return Promise.reject(new Error("no database"));
        lock.lost = onLost;
        return Promise.resolve(lock.free);
      },
    },
    stream: { start: note("start"), stop: note("stop") },
    log: { ...silentLog, info: () => did.push("stands by") },
  });
  return {
    standby,
    did,
    lock,
    async until(...wanted) {
      for (let round = 0; did.length < wanted.length; round += 1) {
        assert.ok(round < 500, JSON.stringify(did));
        await sleep(10);
      }
      assert.deepEqual(did, wanted);
    },
  };
}

test("pitfall 65: whoever does not get the component stands by, says so once, and takes over", async () => {
  const { standby, lock, until } = bench(false);
  await until("stands by");
  await sleep(600);
  lock.free = true;
  await until("stands by", "start");
  standby.stop();
});

test("whoever loses the component gives its stream up, stands by, and can have it again", async () => {
  const { standby, lock, until } = bench(true);
  await until("start");
  lock.free = false;
  lock.lost();
  await until("start", "stop", "stands by");
  lock.free = true;
  await until("start", "stop", "stands by", "start");
  lock.free = null;
  lock.lost();
  await until("start", "stop", "stands by", "start", "stop");
  lock.free = true;
  await until("start", "stop", "stands by", "start", "stop", "start");
  standby.stop();
});

test("a daemon that stops while it stands by takes nothing over", async () => {
  const { standby, did, lock, until } = bench(false);
  await until("stands by");
  standby.stop();
  lock.free = true;
  await sleep(600);
  assert.deepEqual(did, ["stands by"]);
});

test("a daemon that stops leaves its stream to whoever stops that", async () => {
  const { standby, did, lock, until } = bench(true);
  await until("start");
  standby.stop();
  lock.lost();
  await sleep(30);
  assert.deepEqual(did, ["start"]);
});
