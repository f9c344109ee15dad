import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { silentLog, type LogFields } from "../../../src/log/log.ts";
import { createReadiness, type Check, type Finding } from "../../../src/metrics/readiness.ts";

const well: Check = { part: "inbox", look: () => ({ ok: true, says: "has room" }) };

async function answerOf(checks: readonly Check[], limitMs?: number) {
  const limit = limitMs === undefined ? {} : { limitMs };
  const { ok, json } = await createReadiness({ checks, log: silentLog, ...limit }).answer();
  return { ok, ...(JSON.parse(json) as { status: string; parts: Record<string, Finding> }) };
}

test("it is ready when all parts are well, and each part says how it is", async () => {
  assert.deepEqual(await answerOf([well]), {
    ok: true,
    status: "ready",
    parts: { inbox: { ok: true, says: "has room" } },
  });
});

test("one part that is not well makes it not ready, and the others say how they are", async () => {
  const bad: Check = { part: "stream", look: () => ({ ok: false, says: "away" }) };
  const { ok, status, parts } = await answerOf([well, bad]);
  assert.deepEqual([ok, status], [false, "not ready"]);
  assert.deepEqual(parts, {
    inbox: { ok: true, says: "has room" },
    stream: { ok: false, says: "away" },
  });
});

test("a part that is not well and serves is told, and takes nobody out of service", async () => {
  const full: Check = { part: "inbox", look: () => ({ ok: false, says: "full", serves: true }) };
  const { ok, status, parts } = await answerOf([full]);
  assert.deepEqual([ok, status], [true, "degraded"]);
  assert.deepEqual(parts["inbox"], { ok: false, says: "full" });
  const away: Check = { part: "database", look: () => ({ ok: false, says: "away" }) };
  assert.deepEqual((await answerOf([full, away])).status, "not ready");
});

test("a hot standby is ready, and can be told from the holder", async () => {
  const standby: Check = {
    part: "stream",
    look: () => ({ ok: true, says: "standing by", standby: true }),
  };
  const { ok, status, parts } = await answerOf([well, standby]);
  assert.deepEqual([ok, status], [true, "standby"]);
  assert.deepEqual(parts["stream"], { ok: true, says: "standing by" });
});

test("a part that hangs is not waited for, and is not looked at a second time meanwhile", async () => {
  let looks = 0;
  const hanging: Check = {
    part: "database",
    look: () => {
      looks += 1;
      return new Promise(() => undefined);
    },
  };
  const readiness = createReadiness({ checks: [hanging], log: silentLog, limitMs: 20 });
  for (const round of [1, 2, 3]) {
    const { ok, json } = await readiness.answer();
    assert.equal(ok, false, String(round));
    assert.match(json, /"database":\{"ok":false,"says":"has not answered within 0.02 s"\}/);
  }
  assert.equal(looks, 1);
});

test("what an error says is for the log, not for whoever asks", async () => {
  const failing: Check = {
    part: "database",
    look: () => Promise.reject(new Error("postgres://user:secret@host")),
  };
  const { ok, json } = await createReadiness({ checks: [failing], log: silentLog }).answer();
  assert.equal(ok, false);
  assert.doesNotMatch(json, /secret/);
});

test("what changes is logged once: that a part is not well, and that it is again", async () => {
  const said: [string, LogFields][] = [];
  const log = {
    ...silentLog,
    warn: (fields: LogFields, text: string) => said.push([text, fields]),
    info: (fields: LogFields, text: string) => said.push([text, fields]),
  };
  const now = { ok: true };
  let looks = 0;
  const check: Check = {
    part: "stream",
    look: () => {
      looks += 1;
      return { ok: now.ok, says: "away" };
    },
  };
  const stop = createReadiness({ checks: [check], log }).watch(5);
  const someLooks = async (): Promise<void> => {
    for (const until = looks + 3; looks < until;) await sleep(5);
  };
  await someLooks();
  assert.deepEqual(said, []);
  now.ok = false;
  await someLooks();
  now.ok = true;
  await someLooks();
  stop();
  assert.deepEqual(said, [
    ["this part is not ready", { part: "stream", says: "away" }],
    ["this part is well again", { part: "stream" }],
  ]);
});
