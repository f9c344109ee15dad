import assert from "node:assert/strict";
import { test } from "node:test";
import { register, unregister, type RegistrationRules } from "../../../src/bridge/registration.ts";
import type { Account } from "../../../src/bridge/ports.ts";
import { isDxError, type DxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import { domainOf } from "../../../src/activitystreams/ids.ts";
import { jid } from "../../support/fixtures.ts";
import { bridgeBench, type Bench } from "./bench.ts";

const RULES: RegistrationRules = {
  admits: (who) => domainOf(who) === "example.org",
  diasporaIdOf: (who) => who,
  isSame: () => Promise.resolve("same"),
  graceMs: 7 * 24 * 60 * 60_000,
};
const ENDS = new Date("2026-05-08T12:00:00Z");

const leaves = (bench: Bench): Promise<Date | null> =>
  unregister(BOB, RULES, bench.store, bench.effects);
const BOB = jid("bob@example.org");

const registered = (bench: Bench, address: string, rules = RULES): Promise<Account> =>
  register(jid(address), rules, bench.store, bench.effects);

const code =
  (expected: ErrorCode) =>
  (error: unknown): error is DxError =>
    isDxError(error, expected);

test("registering twice, also at the same moment, is registering once", async () => {
  await using bench = await bridgeBench();
  let keys = 0;
  const effects = {
    ...bench.effects,
    generateKeys: () => {
      keys += 1;
      return Promise.resolve({
        privatePem: `private ${String(keys)}`,
        publicPem: `public ${String(keys)}`,
      });
    },
  };
  const made = await Promise.all(
    [1, 2, 3, 4].map(() => register(BOB, RULES, bench.store, effects)),
  );
  const again = await register(BOB, RULES, bench.store, effects);
  assert.equal(new Set([...made, again].map((account) => JSON.stringify(account))).size, 1);
  assert.equal(again.diasporaId, "bob@example.org");
  assert.match(again.guid, /^[0-9a-f]{32}$/);
  assert.equal(again.name, "bob");
  assert.equal(await bench.count("people"), 1);
  assert.equal(await bench.count("feeds"), 1);
});

for (const [what, address, rules] of [
  ["that the rules do not admit", "eve@evil.example", RULES],
  [
    "of which no diaspora* ID can be made",
    "bob@example.org",
    { ...RULES, diasporaIdOf: () => null },
  ],
  [
    "whose diaspora* ID would be none",
    "bob@example.org",
    { ...RULES, diasporaIdOf: () => "B O B" },
  ],
] as const) {
  test(`a JID ${what} is refused`, async () => {
    await using bench = await bridgeBench();
    await assert.rejects(registered(bench, address, rules), code("DX_REGISTRATION_REFUSED"));
    assert.equal(await bench.count("people"), 0);
  });
}

test("a diaspora* ID that somebody has, here or on a pod, is not given out", async () => {
  await using bench = await bridgeBench();
  await bench.remote("carol@example.org");
  await assert.rejects(registered(bench, "carol@example.org"), code("DX_NAME_TAKEN"));
  await registered(bench, "bob@example.org");
  const alias = { ...RULES, diasporaIdOf: () => "bob@example.org" };
  await assert.rejects(registered(bench, "robert@example.org", alias), code("DX_NAME_TAKEN"));
});

test("who leaves and comes back is the same person, with guid and key", async () => {
  await using bench = await bridgeBench();
  const before = await registered(bench, "bob@example.org");
  assert.deepEqual(await leaves(bench), ENDS);
  assert.equal(await bench.store.accountByJid(BOB), null);
  assert.equal(await bench.store.accountByGuid(before.guid), null);
  assert.deepEqual(await registered(bench, "bob@example.org"), before);
});

test("who left does not come back where the domain is not admitted any more", async () => {
  await using bench = await bridgeBench();
  await registered(bench, "bob@example.org");
  await leaves(bench);
  const closed = { ...RULES, admits: () => false };
  await assert.rejects(
    registered(bench, "bob@example.org", closed),
    code("DX_REGISTRATION_REFUSED"),
  );
});

test("leaving twice, or without having come, is nobody", async () => {
  await using bench = await bridgeBench();
  assert.equal(await leaves(bench), null);
  await registered(bench, "bob@example.org");
  await leaves(bench);
  assert.equal(await leaves(bench), null);
});

test("the name of one who left is given to nobody else", async () => {
  await using bench = await bridgeBench();
  await registered(bench, "bob@example.org");
  await leaves(bench);
  const alias = { ...RULES, diasporaIdOf: () => "bob@example.org" };
  await assert.rejects(registered(bench, "robert@example.org", alias), code("DX_NAME_TAKEN"));
});
