import assert from "node:assert/strict";
import { test } from "node:test";
import { retryPost } from "../../../src/bridge/retry.ts";
import { isDxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import { jid } from "../../support/fixtures.ts";
import { ALICES_POD, befriend, threadBench } from "./thread-bench.ts";

const refusedWith =
  (code: ErrorCode) =>
  (error: unknown): boolean =>
    isDxError(error, code);

test("an author may have a post tried again, wakes who brings it, and not all day long", async () => {
  await using thread = await threadBench();
  const { acts, alice, bench, bob, dave } = thread;
  await befriend(thread, bob, alice);
  const guid = await acts.post({ jid: bob.jid, markdown: "Hi", audience: "public", key: "1" });
  const retry = (by: typeof bob, which = guid): Promise<number> =>
    retryPost({ jid: by.jid, guid: which }, bench.store, bench.effects);
  await bench.db.raw(
    "update deliveries set attempts = 1, next_attempt = now() + interval '1 hour', last_error = 'x'",
  );
  assert.deepEqual(await bench.waiting("pod", ALICES_POD), []);
  bench.woken.splice(0);
  await bench.db.raw(
    "delete from deliveries where destination_id in (select id from destinations where address <> ?)",
    [ALICES_POD],
  );
  assert.equal(await retry(bob), 1);
  assert.deepEqual(new Set(bench.woken), new Set(["pod", "person"]));
  assert.equal((await bench.waiting("pod", ALICES_POD)).length, 1);
  await assert.rejects(retry(dave), refusedWith("DX_ITEM_NOT_FOUND"));
  await assert.rejects(
    retryPost({ jid: jid("x@example.org"), guid }, bench.store, bench.effects),
    refusedWith("DX_NOT_REGISTERED"),
  );
  for (let count = 2; count <= 20; count += 1) await retry(bob);
  await assert.rejects(retry(bob), refusedWith("DX_DAILY_LIMIT"));
});
