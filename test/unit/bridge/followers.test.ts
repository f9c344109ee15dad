import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acceptFollower,
  receiveRelation,
  sendDueDigests,
  withdrawFrom,
} from "../../../src/bridge/followers.ts";
import type { Account, KnownPerson } from "../../../src/bridge/ports.ts";
import { diasporaId, jid } from "../../support/fixtures.ts";
import { ALICE, BOB, peopleBench, type PeopleBench } from "./people-bench.ts";

const ASKS = `${ALICE} subscribe`;
const ENDS = `${ALICE} unsubscribe`;

const friends = async (bench: PeopleBench, account: Account): Promise<string[]> =>
  (await bench.within((tx) => tx.limitedReaders(account.key))).map((one) => one.diasporaId);

const quiet = (bench: PeopleBench, { key }: Account): Promise<void> =>
  bench.within((tx) => tx.setPreferences(key, { followers: "quiet" }));

test("who follows asks to see the presence, with a name, once", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await bench.contact(alice, bob);
  await bench.contact(alice, bob);
  assert.deepEqual(await bench.told(bob), [ASKS]);
  const [asked] = await bench.waiting("jid", BOB);
  assert.ok(asked?.content.type === "signal");
  assert.deepEqual(asked.content.signal, {
    kind: "presence",
    presence: "subscribe",
    nick: alice.name,
  });
});

test("what was not put into anybody's own mailbox follows nobody", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await bench.within((tx) =>
    receiveRelation(
      tx,
      {
        verb: "follow",
        actor: { network: "diaspora", id: ALICE },
        object: { type: "person", id: bob.diasporaId },
        audience: "public",
        published: bench.effects.now(),
      },
      alice,
      null,
      bench.effects,
    ),
  );
  assert.equal(await bench.count("relationships"), 0);
});

test("only who was asked and lets the person see it shares what is limited", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await acceptFollower(BOB, ALICE, bench.store);
  assert.deepEqual(await friends(bench, bob), [], "unasked it means nothing");
  await bench.contact(alice, bob);
  assert.deepEqual(await friends(bench, bob), [], "asked is not granted");
  await acceptFollower(BOB, ALICE, bench.store);
  assert.deepEqual(await friends(bench, bob), [ALICE]);
  await acceptFollower(jid("eve@example.org"), ALICE, bench.store);
  await acceptFollower(BOB, diasporaId("nobody@pod.example"), bench.store);
});

test("pitfall 3: an `unsubscribed` takes the right to limited posts back", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await bench.contact(alice, bob);
  await acceptFollower(BOB, ALICE, bench.store);
  await withdrawFrom(BOB, ALICE, bench.store);
  assert.deepEqual(await friends(bench, bob), []);
  await acceptFollower(BOB, ALICE, bench.store);
  assert.deepEqual(await friends(bench, bob), [], "it was not asked for again");
});

test("who wants it quiet shares with those whom they follow and who follow them, until they say no", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await quiet(bench, bob);
  await bench.contact(alice, bob);
  assert.deepEqual(await friends(bench, bob), []);
  await bench.within((tx) => tx.changeRelationship(bob.key, alice.key, { following: true }));
  assert.deepEqual(await friends(bench, bob), [ALICE]);
  await withdrawFrom(BOB, ALICE, bench.store);
  assert.deepEqual(await friends(bench, bob), []);
  bench.later(8 * 24);
  await bench.contact(alice, bob, "unfollow");
  await bench.contact(alice, bob);
  assert.deepEqual(await friends(bench, bob), [], "no stays no");
});

test("pitfall 1: answers to a request are never answered, however often they come", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await bench.contact(alice, bob);
  await bench.deliverAll();
  for (let time = 0; time < 3; time += 1) {
    await acceptFollower(BOB, ALICE, bench.store);
    await withdrawFrom(BOB, ALICE, bench.store);
  }
  assert.equal(await bench.count("deliveries"), 0);
});

test("pitfall 2: who stops following says so once, and only where there was something", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await bench.contact(alice, bob, "unfollow");
  assert.deepEqual(await bench.told(bob), []);
  await bench.contact(alice, bob);
  await acceptFollower(BOB, ALICE, bench.store);
  await bench.contact(alice, bob, "unfollow");
  await bench.contact(alice, bob, "block");
  assert.deepEqual(await bench.told(bob), [ASKS, ENDS]);
  assert.deepEqual(await friends(bench, bob), []);
});

for (const [hours, expected] of [
  [6 * 24, [ASKS, ENDS]],
  [7 * 24, [ASKS, ENDS, ASKS]],
] as const) {
  test(`pitfall 1: who comes back after ${String(hours / 24)} days ${
    expected.length === 3 ? "asks again" : "does not ask again"
  }`, async () => {
    await using bench = await peopleBench();
    const [bob, alice] = [await bench.account(), await bench.remote()];
    await bench.contact(alice, bob);
    await bench.contact(alice, bob, "unfollow");
    bench.later(hours);
    await bench.contact(alice, bob);
    assert.deepEqual(await bench.told(bob), expected);
  });
}

test("who wants it quiet is told in words, and nobody asks to see the presence", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await quiet(bench, bob);
  await bench.contact(alice, bob);
  assert.deepEqual(await bench.told(bob), [`says alice (${ALICE}) follows you now.`]);
  await bench.contact(alice, bob, "unfollow");
  assert.equal((await bench.told(bob)).length, 1, "there is no request to take back");
});

async function crowd(bench: PeopleBench, size: number): Promise<KnownPerson[]> {
  const people: KnownPerson[] = [];
  for (let number = 10; number < 10 + size; number += 1) {
    people.push(await bench.remote(`p${String(number)}@pod.example`));
  }
  return people;
}

for (const how of ["ask", "quiet"] as const) {
  test(`pitfall 86: of a wave of followers 20 are told one by one (${how}), the rest in one message a day later`, async () => {
    await using bench = await peopleBench();
    const bob = await bench.account();
    if (how === "quiet") await quiet(bench, bob);
    const people = await crowd(bench, 45);
    for (const person of people) await bench.contact(person, bob);
    assert.equal((await bench.told(bob)).length, 20);
    await bench.deliverAll();
    assert.equal(await sendDueDigests(10, bench.store, bench.effects), 0, "it is not due yet");
    bench.later(24);
    assert.equal(await sendDueDigests(10, bench.store, bench.effects), 1);
    assert.equal(await sendDueDigests(10, bench.store, bench.effects), 0);
    const [text, ...more] = await bench.told(bob);
    assert.deepEqual(more, []);
    assert.match(text ?? "", /^says These people follow you now: p30 \(p30@.*, and 5 more\.$/);
    await acceptFollower(BOB, people[44]?.diasporaId ?? ALICE, bench.store);
    assert.deepEqual(await friends(bench, bob), [], "who was not asked for has no rights");
  });
}

test("a digest names nobody who has stopped or was blocked since", async () => {
  await using bench = await peopleBench();
  const bob = await bench.account();
  const people = await crowd(bench, 23);
  for (const person of people) await bench.contact(person, bob);
  const [gone, blocked, left] = people.slice(20);
  assert.ok(gone !== undefined && blocked !== undefined && left !== undefined);
  await bench.contact(gone, bob, "unfollow");
  await bench.within((tx) => tx.changeRelationship(bob.key, blocked.key, { blocked: true }));
  await bench.deliverAll();
  bench.later(24);
  await sendDueDigests(10, bench.store, bench.effects);
  assert.deepEqual(await bench.told(bob), [
    `says These people follow you now: ${left.name} (${left.diasporaId}).`,
  ]);
});

test("a name that would break a line or fill a page is shortened", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await quiet(bench, bob);
  await bench.contact({ ...alice, name: `A\n${"x".repeat(500)}` }, bob);
  const [text] = await bench.told(bob);
  assert.equal(text, `says A ${"x".repeat(68)} (${ALICE}) follows you now.`);
});
