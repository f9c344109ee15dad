import assert from "node:assert/strict";
import { test } from "node:test";
import { diasporaName, nameAgain } from "../../../src/activitystreams/diaspora-name.ts";
import { domainOf, type Guid, type Jid } from "../../../src/activitystreams/ids.ts";
import { endDueAccounts, forgetEnded } from "../../../src/bridge/account-end.ts";
import { follow } from "../../../src/bridge/follow.ts";
import { post } from "../../../src/bridge/post.ts";
import type { Account } from "../../../src/bridge/ports.ts";
import {
  closeByOperator,
  register,
  unregister,
  type RegistrationRules,
  type Sameness,
} from "../../../src/bridge/registration.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { firstRow, rows } from "../../../src/store/database.ts";
import { doubtAccount, letIn } from "../../../src/store/leaving.ts";
import { privateKeyOf } from "../../../src/store/people.ts";
import { createVault } from "../../../src/store/vault.ts";
import { diasporaId, jid } from "../../support/fixtures.ts";
import { ALICE, BOB, NODE, peopleBench, wordOf, type PeopleBench } from "./people-bench.ts";

const POD = "https://pod.example/";
const vault = createVault("a key for tests");

const rules = (same: Sameness = "same"): RegistrationRules => ({
  admits: (who) => domainOf(who) === "example.org",
  diasporaIdOf: (who) => who,
  isSame: () => Promise.resolve(same),
  graceMs: 7 * 24 * 60 * 60_000,
});

const registers = (bench: PeopleBench, who: Jid = BOB, same?: Sameness): Promise<Account> =>
  register(who, rules(same), bench.store, bench.effects);
const leaves = (bench: PeopleBench): Promise<Date | null> =>
  unregister(BOB, rules(), bench.store, bench.effects);
const chores = async (bench: PeopleBench): Promise<void> => {
  await endDueAccounts(10, bench.store, bench.effects);
  await forgetEnded(10, bench.store, bench.effects);
};
const says = (bench: PeopleBench, markdown: string): Promise<Guid> =>
  post({ jid: BOB, markdown, audience: "public", key: markdown }, bench.store, bench.effects);
const podHears = async (bench: PeopleBench): Promise<string[]> =>
  (await bench.waiting("pod", POD)).map(wordOf);

/** bob, whom alice reads, and who reads her and has posted. */
async function withLife(): Promise<{ bench: PeopleBench; bob: Account; said: Guid }> {
  const bench = await peopleBench();
  const bob = await registers(bench);
  const alice = await bench.remote();
  await bench.contact(alice, bob);
  await follow({ jid: BOB, id: ALICE, node: NODE, by: "pubsub" }, bench.store, bench.effects);
  const said = await says(bench, "Hello");
  await bench.deliverAll();
  return { bench, bob, said };
}

test("who leaves is gone at once, and within the grace comes back as they were", async () => {
  const { bench, bob, said } = await withLife();
  await using _ = bench;
  await leaves(bench);
  await chores(bench);
  assert.equal(await bench.store.accountByJid(BOB), null);
  assert.equal(await bench.store.accountByGuid(bob.guid), null);
  assert.deepEqual(await podHears(bench), []);
  bench.later(6 * 24);
  await chores(bench);
  assert.deepEqual(await registers(bench), bob);
  const alice = await bench.store.remoteById(ALICE);
  assert.ok(alice !== null);
  const is = await bench.within((tx) => tx.relationship(bob.key, alice.key));
  assert.deepEqual([is.following, is.sharing], [true, true]);
  assert.equal((await bench.store.findActivity(said))?.deleted, false);
  bench.later(6 * 24);
  await chores(bench);
  assert.notEqual(await bench.store.accountByJid(BOB), null);
});

test("after the grace every pod that ever got something is told, once, with the old key", async () => {
  const { bench, bob, said } = await withLife();
  await using _ = bench;
  const carol = await bench.remote("carol@other.example", "https://other.example/");
  await bench.contact(carol, bob);
  await says(bench, "More");
  await bench.contact(carol, bob, "unfollow");
  await bench.db.raw(
    `insert into ledger (activity_id, destination_id, outcome)
     select activity_id, destination_id, 'delivered' from deliveries where activity_id is not null`,
  );
  await bench.deliverAll();
  await leaves(bench);
  bench.later(8 * 24);
  await chores(bench);
  assert.deepEqual(await podHears(bench), ["terminate account"]);
  const [told] = await bench.waiting("pod", "https://other.example/");
  assert.ok(told?.content.type === "activity" && "jid" in told.content.author);
  assert.equal(told.content.author.diasporaId, bob.diasporaId);
  assert.notEqual(await privateKeyOf(bench.db, vault, bob.guid), null);
  assert.equal((await bench.store.findActivity(said))?.deleted, true);
  await chores(bench);
  assert.equal((await podHears(bench)).length, 1);
});

test("once the pods are told the key is wiped; a pod that stays away does not keep it", async () => {
  for (const [what, until] of [
    ["told", (bench: PeopleBench) => bench.deliverAll()],
    [
      "away",
      (bench: PeopleBench) =>
        bench.db.raw("update people set ended_at = now() - interval '60 days'"),
    ],
  ] as const) {
    const { bench, bob } = await withLife();
    await using _ = bench;
    // The database has a clock of its own.
    bench.later((Date.now() - bench.effects.now().getTime()) / 3_600_000);
    await leaves(bench);
    bench.later(8 * 24);
    await chores(bench);
    await until(bench);
    await chores(bench);
    assert.equal(await privateKeyOf(bench.db, vault, bob.guid), null, what);
    assert.equal(await bench.count("deliveries"), 0, what);
  }
});

test("who comes after the end has a name, guid and key of their own, and nobody's posts or followers", async () => {
  const { bench, bob } = await withLife();
  await using _ = bench;
  await leaves(bench);
  bench.later(8 * 24);
  await endDueAccounts(10, bench.store, bench.effects);
  const second = await registers(bench);
  assert.equal(second.diasporaId, "bob_2d2@example.org");
  assert.equal(new Set([bob.guid, second.guid]).size, 2);
  assert.notEqual(second.key, bob.key);
  const contacts = await bench.store.contactsOf(second.key);
  assert.deepEqual(contacts, []);
  assert.deepEqual(await bench.within((tx) => tx.contactPods(second.key)), []);
  await bench.deliverAll();
  await forgetEnded(10, bench.store, bench.effects);
  // The digest of the name is as good as the name.
  assert.equal(await bench.store.nameUse(bob.diasporaId), "departed");
  await leaves(bench);
  bench.later(8 * 24);
  await chores(bench);
  const third = await registers(bench);
  assert.equal(third.diasporaId, "bob_2d3@example.org");
  assert.equal(new Set([bob.guid, second.guid, third.guid]).size, 3);
});

test("no JID is ever called like somebody who comes second", () => {
  assert.equal(diasporaName(jid("bob_2d2@example.org"), "example.org"), "bob_5f2d2");
  assert.equal(nameAgain(diasporaId("bob@example.org"), 2), "bob_2d2@example.org");
});

test("within the grace somebody else at the JID is held, and the operator can let them in", async () => {
  const { bench, bob } = await withLife();
  await using _ = bench;
  await leaves(bench);
  const held = (error: unknown): boolean => isDxError(error, "DX_ACCOUNT_HELD");
  await assert.rejects(registers(bench, BOB, "other"), held);
  // Not the next time either, with an item that was put there meanwhile.
  await assert.rejects(registers(bench, BOB, "same"), held);
  assert.deepEqual(await bench.store.reopenAccount(BOB), bob);
  assert.deepEqual(await registers(bench), bob);
});

/** What is known of the XMPP account at the return, and whether its deletion would have been seen. */
const RETURNS: readonly (readonly [what: string, same: Sameness, letIn: boolean, back: boolean])[] =
  [
    ["whose posts are there as they were", "same", false, true],
    ["who never posted, and whose presence is seen", "nothing", true, true],
    ["who never posted, and whose presence was never seen", "nothing", false, false],
    ["whose node is closed", "unknown", true, false],
    ["whose posts are not there", "other", true, false],
  ];
for (const [what, same, isLetIn, back] of RETURNS) {
  test(`pitfall 70: within the grace somebody ${what} ${back ? "comes back" : "gets nothing of the leaver"}`, async () => {
    const { bench, bob } = await withLife();
    await using _ = bench;
    if (isLetIn) await letIn(bench.db, BOB);
    await leaves(bench);
    if (back) {
      assert.deepEqual(await registers(bench, BOB, same), bob);
      return;
    }
    await assert.rejects(registers(bench, BOB, same), (error) =>
      isDxError(error, "DX_ACCOUNT_HELD"),
    );
    assert.equal(await bench.store.accountByJid(BOB), null);
    // Who opens the node can show it later; who was seen to be another cannot.
    const later = registers(bench, BOB, "same");
    if (same === "other") await assert.rejects(later);
    else assert.deepEqual(await later, bob);
  });
}

test("pitfall 70: an account that is deleted after its owner left is seen to be, whatever is shown then", async () => {
  const { bench } = await withLife();
  await using _ = bench;
  await letIn(bench.db, BOB);
  await leaves(bench);
  await doubtAccount(bench.db, BOB);
  // The next owner lets us see the presence at once.
  await letIn(bench.db, BOB);
  for (const same of ["nothing", "same"] as const) {
    await assert.rejects(registers(bench, BOB, same), (error) =>
      isDxError(error, "DX_ACCOUNT_HELD"),
    );
  }
});

test("somebody who leaves and is brought back at the moment of the end is one or the other", async () => {
  const { bench, bob } = await withLife();
  await using _ = bench;
  await leaves(bench);
  bench.later(8 * 24);
  const [, back] = await Promise.all([
    endDueAccounts(10, bench.store, bench.effects),
    registers(bench).catch((error: unknown) => {
      assert.ok(isDxError(error, "DX_ACCOUNT_DOUBTED"));
      return null;
    }),
  ]);
  const row = await firstRow<{ ended_at: Date | null }>(
    bench.db,
    "select ended_at from people where guid = ?",
    [bob.guid],
  );
  if (back?.guid === bob.guid) assert.equal(row?.ended_at, null);
  else assert.notEqual(row?.ended_at, null);
});

test("who is suspended can be closed, and reopened, and is heard when that is over", async () => {
  const { bench, bob } = await withLife();
  await using _ = bench;
  const standing = (is: string | null): Promise<unknown> =>
    rows(bench.db, "update people set standing = ? where jid = ?", [is, BOB]);
  await standing("suspend");
  await closeByOperator(BOB, 1_000, bench.store, bench.effects);
  assert.equal(await bench.count("feeds"), 0);
  assert.deepEqual(await bench.store.reopenAccount(BOB), bob);
  assert.equal(await bench.store.accountByJid(BOB), null, "suspended still");
  await standing(null);
  assert.deepEqual(await bench.store.accountByJid(BOB), bob);
  assert.equal(await bench.count("feeds"), 1);
});
