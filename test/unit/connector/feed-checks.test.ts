/** Whose nodes are owed a look, while that cannot be noted in the store. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createFeedChecks } from "../../../src/connector/feed-checks.ts";
import { silentLog } from "../../../src/log/log.ts";
import { jid } from "../../support/fixtures.ts";

test("more people than are to be kept in mind are owed a look as all of them, until it is noted", async (t) => {
  const asked: string[] = [];
  let isAway = true;
  const checks = createFeedChecks({
    ports: {
      allFeedsDue: () => {
        asked.push("all");
        return isAway ? Promise.reject(new Error("away")) : Promise.resolve();
      },
      claimDueFeeds: () => Promise.resolve([]),
      feedDue: () => Promise.resolve(),
      feedOf: (who) => {
        asked.push(who);
        return Promise.reject(new Error("away"));
      },
    },
    log: silentLog,
    isOnline: () => true,
    queue: () => true,
    check: () => Promise.resolve(),
    everyMs: 10,
  });
  t.after(checks.stop);
  for (let number = 0; number <= 1_000; number += 1) {
    checks.owe(jid(`stranger${String(number)}@example.org`));
  }
  for (let round = 0; asked.filter((line) => line === "all").length < 3; round += 1) {
    assert.ok(round < 300);
    await sleep(10);
  }
  isAway = false;
  await sleep(100);
  const times = asked.length;
  await sleep(100);
  assert.equal(asked.length, times, "it has been noted");
  assert.ok(asked.filter((line) => line !== "all").length <= 1, "nobody is kept in mind by name");
});
