import assert from "node:assert/strict";
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { test } from "node:test";
import { domainOf, type Jid } from "../../../src/activitystreams/ids.ts";
import { forgetEnded } from "../../../src/bridge/account-end.ts";
import { follow } from "../../../src/bridge/follow.ts";
import { moveAccount, type MoveEffects } from "../../../src/bridge/move.ts";
import type { Account } from "../../../src/bridge/ports.ts";
import { hostedNode } from "../../../src/bridge/nodes.ts";
import { post } from "../../../src/bridge/post.ts";
import { register, type RegistrationRules } from "../../../src/bridge/registration.ts";
import { retract } from "../../../src/bridge/retract.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { createSigner } from "../../../src/federation/signer.ts";
import { openPublic } from "../../../src/salmon/receive/open.ts";
import { privateKeyOf } from "../../../src/store/people.ts";
import { rows } from "../../../src/store/database.ts";
import { createVault } from "../../../src/store/vault.ts";
import { jid } from "../../support/fixtures.ts";
import { ALICE, BOB, NODE, peopleBench, type PeopleBench } from "./people-bench.ts";

const POD = "https://pod.example/";
const ELSEWHERE = jid("bob@other.example");
const vault = createVault("a key for tests");

/** IDs of people of other servers have these in them (addressing: code J). */
const RULES: RegistrationRules = {
  admits: () => true,
  diasporaIdOf: (who) =>
    domainOf(who) === "example.org" ? who : `${who.replace("@", "_40")}@dx.example`,
  isSame: () => Promise.resolve("same"),
  graceMs: 0,
};

function newKeys() {
  const pair = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { privatePem: pair.privateKey, publicPem: pair.publicKey };
}

const registers = (bench: PeopleBench, who: Jid): Promise<Account> =>
  register(who, RULES, bench.store, {
    ...bench.effects,
    generateKeys: () => Promise.resolve(newKeys()),
  });

/** bob with a reader on a pod, whom he reads, and a post there. */
async function withLife() {
  const bench = await peopleBench();
  const bob = await registers(bench, BOB);
  const next = await registers(bench, ELSEWHERE);
  const alice = await bench.remote(ALICE, POD);
  await bench.contact(alice, bob);
  await follow({ jid: BOB, id: ALICE, node: NODE, by: "pubsub" }, bench.store, bench.effects);
  const act = { jid: BOB, markdown: "Hello", audience: "public", key: "1" } as const;
  const said = await post(act, bench.store, bench.effects);
  await bench.deliverAll();
  const keyOf = (account: Account) => privateKeyOf(bench.db, vault, account.guid);
  const effects: MoveEffects = {
    ...bench.effects,
    signMove: async (from, to) =>
      sign(
        "RSA-SHA256",
        Buffer.from(`AccountMigration:${from}:${to.diasporaId}`),
        (await keyOf(to)) ?? "",
      ).toString("base64"),
  };
  const moves = (from: Jid, to: Jid) => moveAccount({ from, to }, bench.store, effects);
  return { bench, bob, next, alice, said, moves };
}

test("posts, contacts and readers are the new account's; the pods are told by both keys", async () => {
  const { bench, bob, next, alice, said, moves } = await withLife();
  await using _ = bench;
  await moves(BOB, ELSEWHERE);
  const [delivery, ...more] = await bench.waiting("pod", POD);
  assert.deepEqual(more, []);
  assert.ok(delivery?.content.type === "activity" && "jid" in delivery.content.author);
  const signer = createSigner({ of: (guid) => privateKeyOf(bench.db, vault, guid) });
  const envelope = await signer.envelopeOf(delivery.content.activity, delivery.content.author);
  const keys = new Map([bob, next].map((one) => [one.diasporaId, one.publicKeyPem]));
  const opened = await openPublic(envelope, {
    keyOf: (id) => Promise.resolve(keys.get(id) ?? null),
  });
  assert.equal(opened.sender, bob.diasporaId);
  assert.ok(opened.entity.type === "account_migration");
  const { profile, signature } = opened.entity.properties;
  assert.equal(profile.author, "bob_40other.example@dx.example");
  const text = Buffer.from(`AccountMigration:${bob.diasporaId}:${next.diasporaId}`);
  const bytes = Buffer.from(signature ?? "", "base64");
  assert.ok(verify("RSA-SHA256", text, next.publicKeyPem, bytes));

  const is = await bench.within((tx) => tx.relationship(next.key, alice.key));
  assert.deepEqual([is.following, is.sharing], [true, true]);
  assert.deepEqual(await bench.told(alice), ["follow person"]);
  assert.equal((await bench.store.findActivity(said))?.authorKey, next.key);
  await retract({ jid: ELSEWHERE, guid: said }, bench.store, bench.effects);
  assert.equal((await bench.store.findActivity(said))?.deleted, true);
});

test("who comes to the old JID is a new person, with nothing of the one who moved", async () => {
  const { bench, bob, next, moves } = await withLife();
  await using _ = bench;
  await moves(BOB, ELSEWHERE);
  assert.equal(await bench.store.accountByJid(BOB), null);
  assert.equal(await bench.store.reopenAccount(BOB), null);
  const stranger = await registers(bench, BOB);
  assert.equal(stranger.diasporaId, "bob_2d2@example.org");
  assert.ok(![bob.guid, next.guid].includes(stranger.guid));
  assert.deepEqual(await bench.store.contactsOf(stranger.key), []);
  assert.deepEqual(await bench.within((tx) => tx.contactPods(stranger.key)), []);
  const all = { authorKey: stranger.key, readerKey: null, max: 9, order: "creation" } as const;
  assert.deepEqual((await bench.store.streamPage(all)).items, []);
});

test("whoever reads what the component holds for the old account reads the new one's, and nothing leads to the old JID", async () => {
  const { bench, bob, next, said, moves } = await withLife();
  await using _ = bench;
  const [carol, dan] = [jid("carol@example.org"), jid("dan@example.org")];
  const subscribed = { person_id: bob.key, pubsub: true };
  await bench.db("subscriptions").insert([
    { ...subscribed, node: hostedNode(BOB), jid: carol },
    { ...subscribed, node: hostedNode(BOB), jid: dan },
    { ...subscribed, person_id: next.key, node: hostedNode(ELSEWHERE), jid: dan },
  ]);
  await bench
    .db("activities")
    .where({ guid: said })
    .update({ comments_service: BOB, comments_node: "comments/1" });
  await moves(BOB, ELSEWHERE);
  const left = await rows<{ node: string; jid: string }>(
    bench.db,
    "select node, jid from subscriptions where person_id = ? order by jid",
    [next.key],
  );
  assert.deepEqual(
    left.map((one) => ({ ...one })),
    [carol, dan].map((who) => ({ node: hostedNode(ELSEWHERE), jid: who })),
  );
  const places = await rows(
    bench.db,
    "select 1 from activities where comments_service is not null or comments_node is not null",
    [],
  );
  assert.deepEqual(places, []);
});

test("the old key goes when the pods are told; the new one stays", async () => {
  const { bench, bob, next, moves } = await withLife();
  await using _ = bench;
  await moves(BOB, ELSEWHERE);
  await forgetEnded(9, bench.store, bench.effects);
  assert.notEqual(await privateKeyOf(bench.db, vault, bob.guid), null);
  await bench.deliverAll();
  await forgetEnded(9, bench.store, bench.effects);
  assert.equal(await privateKeyOf(bench.db, vault, bob.guid), null);
  assert.notEqual(await privateKeyOf(bench.db, vault, next.guid), null);
  assert.equal(await bench.store.nameUse(bob.diasporaId), "departed");
});

test("nobody moves twice, to themselves, or without both accounts", async () => {
  const { bench, moves } = await withLife();
  await using _ = bench;
  const refused = (error: unknown): boolean =>
    isDxError(error, "DX_NOT_REGISTERED") || isDxError(error, "DX_BAD_REQUEST");
  await assert.rejects(moves(BOB, BOB), refused);
  await assert.rejects(moves(BOB, jid("nobody@other.example")), refused);
  const done = await Promise.allSettled([moves(BOB, ELSEWHERE), moves(BOB, ELSEWHERE)]);
  assert.equal(done.filter(({ status }) => status === "fulfilled").length, 1);
  await assert.rejects(moves(BOB, ELSEWHERE), refused);
  assert.equal((await bench.waiting("pod", POD)).length, 1);
});
