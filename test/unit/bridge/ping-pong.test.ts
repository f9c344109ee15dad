import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { personAddress, type PendingDelivery } from "../../../src/activitystreams/delivery.ts";
import { block, unblock } from "../../../src/bridge/block.ts";
import { follow, unfollow, unfollowWholly } from "../../../src/bridge/follow.ts";
import { acceptFollower, sendDueDigests, withdrawFrom } from "../../../src/bridge/followers.ts";
import type { Account, KnownPerson } from "../../../src/bridge/ports.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { NODE, peopleBench, type PeopleBench } from "./people-bench.ts";

interface Pair {
  readonly bench: PeopleBench;
  readonly bob: Account;
  readonly alice: KnownPerson;
}

type Move = (pair: Pair) => Promise<unknown>;

const by = (way: "pubsub" | "presence") => (pair: Pair) => ({
  ...{ jid: pair.bob.jid, id: pair.alice.diasporaId, node: NODE },
  by: way,
});
const both = ({ bob, alice }: Pair) => [bob.jid, alice.diasporaId] as const;
const rules = ({ bench }: Pair) => [bench.store, bench.effects] as const;

/** What bob and his clients, and alice and her pod, do on their own. */
const MOVES: Readonly<Record<string, Move>> = {
  "bob follows by his roster": (pair) => follow(by("presence")(pair), ...rules(pair)),
  "bob subscribes": (pair) => follow(by("pubsub")(pair), ...rules(pair)),
  "bob unsubscribes": (pair) => unfollow(by("pubsub")(pair), ...rules(pair)),
  "bob unfollows": (pair) => unfollowWholly({ ...by("pubsub")(pair) }, ...rules(pair)),
  "bob lets her": (pair) => acceptFollower(...both(pair), pair.bench.store),
  "bob refuses her": (pair) => withdrawFrom(...both(pair), pair.bench.store),
  "bob blocks her": (pair) => block(...both(pair), ...rules(pair)),
  "bob unblocks her": (pair) => unblock(...both(pair), ...rules(pair)),
  "alice shares": ({ bench, alice, bob }) => bench.contact(alice, bob, "follow"),
  "alice stops": ({ bench, alice, bob }) => bench.contact(alice, bob, "unfollow"),
  "alice blocks him": ({ bench, alice, bob }) => bench.contact(alice, bob, "block"),
  "days go by": async ({ bench }) => {
    bench.later(9 * 24);
    await sendDueDigests(10, bench.store, bench.effects);
  },
};

/** Both answer whatever they are told, at once, and without a thought for what they said before. */
function answersTo({ content }: PendingDelivery): readonly string[] {
  if (content.type === "activity") {
    if (content.activity.verb === "follow") return ["alice shares"];
    return content.activity.object.type === "person" ? ["alice stops"] : [];
  }
  if (content.signal.kind !== "presence") return [];
  switch (content.signal.presence) {
    case "subscribe":
      return ["bob lets her", "bob follows by his roster"];
    case "unsubscribe":
      return ["bob refuses her", "bob unfollows"];
    case "unsubscribed":
      return ["bob unfollows"];
    case "subscribed":
      return [];
  }
}

async function move(pair: Pair, name: string): Promise<void> {
  try {
    await MOVES[name]?.(pair);
  } catch (error) {
    if (!isDxError(error)) throw error;
  }
}

/** How many messages went until all was quiet. */
async function settle(pair: Pair): Promise<number> {
  const { bench, bob, alice } = pair;
  for (let messages = 0; messages <= 50;) {
    const waiting = [
      ...(await bench.waiting("person", personAddress(alice))),
      ...(await bench.waiting("jid", bob.jid)),
    ];
    if (waiting.length === 0) return messages;
    messages += waiting.length;
    await bench.deliverAll();
    for (const answer of waiting.flatMap(answersTo)) await move(pair, answer);
  }
  throw new assert.AssertionError({ message: "no end of answers" });
}

test("pitfalls 1, 2: two sides that answer everything come to an end, a few messages after each act", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...Object.keys(MOVES)), { minLength: 1, maxLength: 12 }),
      async (names) => {
        await using bench = await peopleBench();
        const pair = { bench, bob: await bench.account(), alice: await bench.remote() };
        for (const name of names) {
          await move(pair, name);
          const messages = await settle(pair);
          assert.ok(messages <= 6, `${String(messages)} messages after “${name}”`);
        }
      },
    ),
    { numRuns: 25 },
  );
});

test("acts that come one upon the other before anything is sent come to an end just so", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...Object.keys(MOVES)), { minLength: 1, maxLength: 12 }),
      async (names) => {
        await using bench = await peopleBench();
        const pair = { bench, bob: await bench.account(), alice: await bench.remote() };
        for (const name of names) await move(pair, name);
        const messages = await settle(pair);
        assert.ok(messages <= 4 + 3 * names.length, String(messages));
      },
    ),
    { numRuns: 25 },
  );
});
