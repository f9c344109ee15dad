/** XMPP accounts that may have been deleted: nobody else gets what was theirs, and nobody loses it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Jid } from "../../../src/activitystreams/ids.ts";
import { endDueAccounts } from "../../../src/bridge/account-end.ts";
import { settleDoubts, type DoubtEffects } from "../../../src/bridge/doubts.ts";
import { follow } from "../../../src/bridge/follow.ts";
import { moveAccount } from "../../../src/bridge/move.ts";
import type { Account } from "../../../src/bridge/ports.ts";
import {
  closeByOperator,
  register,
  unregister,
  type RegistrationRules,
  type Sameness,
} from "../../../src/bridge/registration.ts";
import { DxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import { rows } from "../../../src/store/database.ts";
import { claimDueFeeds, feedOf } from "../../../src/store/feeds.ts";
import { doubtAccount, everyDoubted, letIn } from "../../../src/store/leaving.ts";
import { jid } from "../../support/fixtures.ts";
import { ALICE, BOB, NODE, peopleBench, type PeopleBench } from "./people-bench.ts";

const POD = "https://pod.example/";
const CAROL = jid("carol@example.org");
const SOON = new Date(0);
const DUE = new Date(Date.now() + 3_600_000);

type IsSame = RegistrationRules["isSame"];

const rules = (isSame: IsSame): RegistrationRules => ({
  admits: () => true,
  diasporaIdOf: (who) => who,
  isSame,
  graceMs: 7 * 24 * 60 * 60_000,
});
const always =
  (same: Sameness): IsSame =>
  () =>
    Promise.resolve(same);

const registers = (bench: PeopleBench, same: Sameness = "same", who = BOB): Promise<Account> =>
  register(who, rules(always(same)), bench.store, bench.effects);

interface Settling {
  readonly asked: Jid[];
  readonly alarms: number[];
  readonly settle: (isSame: IsSame | Sameness, before?: Date) => Promise<void>;
}

function settling(bench: PeopleBench): Settling {
  const asked: Jid[] = [];
  const alarms: number[] = [];
  const effects: DoubtEffects = {
    ...bench.effects,
    log: silentLog,
    onTrusted: (who) => {
      asked.push(who);
      return Promise.resolve();
    },
    onTooMany: (count) => void alarms.push(count),
  };
  return {
    asked,
    alarms,
    settle: (isSame, before = DUE) => {
      const ruled = rules(typeof isSame === "string" ? always(isSame) : isSame);
      return settleDoubts(before, ruled, bench.store, effects);
    },
  };
}

/** What ejabberd and Prosody do when an account is deleted: `unsubscribed` to us. */
async function withdraws(bench: PeopleBench, who: Jid): Promise<void> {
  await letIn(bench.db, who);
  await doubtAccount(bench.db, who);
}

/** bob, whom alice reads and who reads her, and whose server has taken back the presence. */
async function doubted() {
  const bench = await peopleBench();
  const bob = await registers(bench);
  await bench.contact(await bench.remote(), bob);
  await follow({ jid: BOB, id: ALICE, node: NODE, by: "pubsub" }, bench.store, bench.effects);
  await bench.deliverAll();
  await withdraws(bench, BOB);
  return { bench, bob, ...settling(bench) };
}

const code = (expected: string) => (error: unknown) =>
  error instanceof DxError && error.code === expected;

test("pitfall 70: a JID deleted and registered again by somebody else inherits nothing", async () => {
  const { bench, bob, settle } = await doubted();
  await using _ = bench;
  await assert.rejects(registers(bench), code("DX_ACCOUNT_DOUBTED"));
  await settle("other", SOON);
  assert.equal(await bench.store.accountByGuid(bob.guid), null);
  assert.match((await bench.told(bob)).join(), /before 2026-05-08: then it ends/);
  await assert.rejects(registers(bench), code("DX_ACCOUNT_HELD"));
  bench.later(8 * 24);
  assert.deepEqual(await endDueAccounts(9, bench.store, bench.effects), [BOB]);
  assert.equal((await bench.waiting("pod", POD)).length, 1);
  const next = await registers(bench);
  assert.notEqual(next.diasporaId, bob.diasporaId);
  assert.deepEqual(await bench.store.contactsOf(next.key), []);
});

test("who is the same at every look is trusted after a while, and asked for the presence again", async () => {
  const { bench, bob, settle, asked } = await doubted();
  await using _ = bench;
  await settle("same", SOON);
  assert.equal(await bench.store.isDoubted(BOB), true, "not yet");
  await settle("same");
  assert.deepEqual(await registers(bench), bob);
  assert.deepEqual(asked, [BOB]);
  // Granted again, it is seen again when it is taken back.
  await withdraws(bench, BOB);
  assert.equal(await bench.store.isDoubted(BOB), true);
});

test("pitfall 70: what is shown after one look that found nothing proves nothing", async () => {
  const { bench, settle } = await doubted();
  await using _ = bench;
  for (let n = 0; n < 20; n += 1) {
    const other = jid(`p${String(n)}@example.org`);
    await registers(bench, "same", other);
    await withdraws(bench, other);
  }
  // Many are doubted, so nobody is closed; what was seen is kept.
  for (let turn = 0; turn < 30; turn += 1) await settle("other", SOON);
  await settle("same");
  assert.equal(await bench.store.isDoubted(BOB), true);
  assert.equal(await bench.store.accountByJid(BOB), null);
});

for (const [what, same, words] of [
  ["cannot be read", "unknown", /may not read your microblog/],
  ["has nothing that is known", "nothing", /no post of yours is known/],
] as const) {
  test(`who only removed the gateway, and whose node ${what}, is closed and loses nothing`, async () => {
    const { bench, bob, settle } = await doubted();
    await using _ = bench;
    await settle(same, SOON);
    assert.equal((await everyDoubted(bench.db))[0]?.closedAt, null);
    await settle(same);
    assert.match((await bench.told(bob)).join(), words);
    assert.match((await bench.told(bob)).join(), /Nothing is erased/);
    bench.later(400 * 24);
    assert.deepEqual(await endDueAccounts(9, bench.store, bench.effects), []);
    const [doubt] = await everyDoubted(bench.db);
    assert.deepEqual([doubt?.jid, doubt?.endsAt], [BOB, null]);
    // Posts are public: copies of them prove nothing.
    for (const is of ["nothing", "unknown", "same"] as const) {
      await assert.rejects(registers(bench, is), code("DX_ACCOUNT_HELD"));
    }
    assert.deepEqual(await bench.store.reopenAccount(BOB), bob);
    assert.deepEqual(await everyDoubted(bench.db), []);
  });
}

test("the operator settles a doubt, one way or the other", async () => {
  const { bench, bob, settle } = await doubted();
  await using _ = bench;
  assert.deepEqual(await bench.store.reopenAccount(BOB), bob);
  assert.deepEqual(await registers(bench), bob);
  await withdraws(bench, BOB);
  await settle("nothing");
  assert.deepEqual(await bench.store.reopenAccount(BOB), bob);
  await withdraws(bench, BOB);
  await closeByOperator(BOB, 0, bench.store, bench.effects);
  assert.deepEqual(await endDueAccounts(9, bench.store, bench.effects), [BOB]);
});

test("pitfall 70: nothing that is done from a doubted JID gets round the doubt", async () => {
  const { bench, settle } = await doubted();
  await using _ = bench;
  await registers(bench, "same", CAROL);
  assert.equal(await bench.store.accountByJid(BOB), null, "no export, no act");
  const effects = { ...bench.effects, signMove: () => Promise.resolve("signature") };
  await assert.rejects(
    moveAccount({ from: BOB, to: CAROL }, bench.store, effects),
    code("DX_NOT_REGISTERED"),
  );
  const ruled = rules(always("same"));
  assert.equal(await unregister(BOB, ruled, bench.store, bench.effects), null);
  await assert.rejects(registers(bench), code("DX_ACCOUNT_DOUBTED"));
  await letIn(bench.db, BOB);
  await settle("other");
  await assert.rejects(registers(bench, "nothing"), code("DX_ACCOUNT_HELD"));
});

test("pitfall 70: what others write in private waits while somebody is doubted, also when closed for it", async () => {
  const { bench, bob, settle } = await doubted();
  await using _ = bench;
  const alice = await bench.store.remoteById(ALICE);
  assert.ok(alice !== null);
  await bench.within(async (tx) => {
    const published = bench.effects.now();
    const actor = { network: "diaspora", id: ALICE, name: "Alice" } as const;
    const object = { type: "account", id: ALICE } as const;
    const end = { verb: "terminate", actor, object, audience: "public", published } as const;
    const id = await tx.insertActivity(bench.effects.randomGuid(), alice.key, end);
    await tx.deliver(id ?? "", "root", { kind: "jid", addresses: [BOB], form: "chat" });
    await tx.tell(BOB, "Alice likes it");
  });
  assert.deepEqual(await bench.told(bob), []);
  await settle("unknown");
  const told = await bench.told(bob);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /may not read your microblog/);
  assert.equal(await bench.count("deliveries"), 3);
  await bench.store.reopenAccount(BOB);
  assert.deepEqual((await bench.told(bob)).slice(0, 2), [
    "terminate account",
    "says Alice likes it",
  ]);
});

test("while somebody is doubted nothing is collected; who is trusted again is looked at", async () => {
  const { bench, settle } = await doubted();
  await using _ = bench;
  assert.equal(await feedOf(bench.db, BOB), null);
  assert.deepEqual(await claimDueFeeds(bench.db, 9), []);
  await settle("same");
  const due = await claimDueFeeds(bench.db, 9);
  assert.deepEqual(
    due.map(({ jid: whose }) => whose),
    [BOB],
  );
});

test("where the server gives no answer, the doubt stays", async () => {
  const { bench, settle } = await doubted();
  await using _ = bench;
  await settle(() => Promise.reject(new DxError("DX_IQ_TIMEOUT")));
  assert.equal(await bench.store.isDoubted(BOB), true);
  assert.notEqual(await bench.store.openAccount(BOB), null);
});

test("who never let the gateway see their presence is not doubted for refusing it", async () => {
  await using bench = await peopleBench();
  const bob = await registers(bench);
  await doubtAccount(bench.db, BOB);
  assert.equal(await bench.store.isDoubted(BOB), false);
  assert.deepEqual(await registers(bench), bob);
});

test("a server that lost its rosters closes nobody; who shows the same is trusted, whoever the others are", async () => {
  await using bench = await peopleBench();
  const { settle, alarms } = settling(bench);
  const people = Array.from({ length: 25 }, (_, n) => jid(`p${String(n)}@example.org`));
  for (const who of people) {
    await registers(bench, "same", who);
    await withdraws(bench, who);
  }
  await rows(bench.db, "update people set doubted_at = now() - interval '1 hour' where jid <> ?", [
    "p24@example.org",
  ]);
  // Those that cannot be settled do not stand before the one that can.
  const isSame: IsSame = (who) => Promise.resolve(who === "p24@example.org" ? "same" : "unknown");
  for (let turn = 0; turn < 60; turn += 1) await settle(isSame);
  assert.equal(await bench.store.isDoubted(jid("p24@example.org")), false);
  assert.equal(
    (await everyDoubted(bench.db)).filter(({ closedAt }) => closedAt !== null).length,
    0,
  );
  assert.equal(alarms[0], 25);
});

test("suspended accounts are not looked at, and stand before nobody", async () => {
  const { bench } = await doubted();
  await using _ = bench;
  await rows(bench.db, "update people set standing = 'suspend' where jid = ?", [BOB]);
  assert.deepEqual(await bench.store.doubted(DUE, 20), []);
});
