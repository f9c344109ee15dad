/** What whoever begins to follow somebody is shown of what was written before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { follow, unfollow } from "../../../src/bridge/follow.ts";
import { welcomeNewcomers, type NewcomerEffects } from "../../../src/bridge/newcomers.ts";
import type { Account, KnownPerson, SubscribedBy } from "../../../src/bridge/ports.ts";
import { receiveActivity } from "../../../src/bridge/receive.ts";
import { DxError } from "../../../src/errors/error.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { bridgeBench, NODE, NOW, postOf, wordsOf, type Bench } from "./bench.ts";

interface World extends AsyncDisposable {
  readonly bench: Bench;
  readonly alice: KnownPerson;
  /** When alice's pod was asked. */
  readonly asked: Date[];
  /** What the pod does when it is asked. */
  pod: (until: Date) => Promise<void>;
  working: boolean;
  start(by?: SubscribedBy, who?: Account): Promise<void>;
  stop(by?: SubscribedBy, who?: Account): Promise<void>;
  /** All that is due, and due soon. */
  hurry(): Promise<void>;
  /** What waits for this person, in words. */
  shown(form: "event" | "chat", who?: Account): Promise<string[]>;
}

async function newcomersWorld(posts = 0): Promise<World> {
  const bench = await bridgeBench();
  const bob = await bench.account();
  const alice = await bench.remote();
  const act = (by: SubscribedBy, who: Account) => ({
    ...{ jid: who.jid, id: alice.diasporaId, node: NODE, by },
  });
  const effects: NewcomerEffects = {
    ...bench.effects,
    readBack: async (_, until) => {
      world.asked.push(until);
      await world.pod(until);
    },
    isWorkedOn: () => Promise.resolve(!world.working),
  };
  const world: World = {
    bench,
    alice,
    asked: [],
    working: false,
    pod: async (until) => {
      for (let number = 1; number <= posts; number += 1) {
        await comes(world, number, until);
      }
    },
    start: (by = "pubsub", who = bob) => follow(act(by, who), bench.store, bench.effects),
    stop: (by = "pubsub", who = bob) => unfollow(act(by, who), bench.store, bench.effects),
    async hurry() {
      for (let turn = 0; turn < 10; turn += 1) {
        await bench.db.raw(
          `update newcomers set due_at = now() where due_at < now() + interval '10 seconds'`,
        );
        if ((await welcomeNewcomers(10, bench.store, effects)) === 0) return;
      }
    },
    async shown(form, who = bob) {
      const waiting = await bench.waiting("jid", who.jid);
      return wordsOf(waiting.filter((one) => one.form === form && one.content.type === "activity"));
    },
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
  return world;
}

const numbered = (number: number): Guid => guidNumber(0x10_0000 + number);
const day = (number: number): Date => new Date(Date.UTC(2026, 0, number));

/** Her post of that day; `until`: because it was asked for. */
async function comes({ bench, alice }: World, number: number, until?: Date): Promise<void> {
  const words = { guid: numbered(number), markdown: `post ${String(number)}` };
  const activity = { ...postOf(alice, words), published: day(number) };
  const quiet = until === undefined ? {} : { quietBefore: until };
  const verified = { activity, sender: alice.diasporaId, recipient: null, ...quiet };
  await receiveActivity(verified, "0", bench.store, bench.effects);
}

const numbers = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `post ${String(first + index)}`);

test("pitfall 32: who begins to read somebody's feed gets the newest twenty, oldest first, and can read all", async () => {
  await using world = await newcomersWorld(25);
  const { bench, alice } = world;
  await world.start();
  await world.hurry();
  assert.deepEqual(await world.shown("event"), numbers(6, 25));
  assert.deepEqual(await world.shown("chat"), []);
  assert.deepEqual(await bench.addresses("stream"), [], "nobody else is shown them as news");
  assert.equal((await bench.stream(alice, null)).length, 25);
  assert.ok(bench.woken.includes("jid"));
});

test("in a chat it is a handful, with a line that says what they are", async () => {
  await using world = await newcomersWorld(25);
  const bob = await world.bench.store.accountByJid(
    (await world.bench.account("x@example.org")).jid,
  );
  assert.ok(bob !== null);
  await world.start("presence", bob);
  await world.hurry();
  assert.deepEqual(await world.shown("chat", bob), numbers(23, 25));
  assert.deepEqual(await world.shown("event", bob), []);
  assert.deepEqual(wordsOf(await world.bench.waiting("jid", bob.jid)).slice(0, 1), [
    "notice: The newest posts of alice (alice@pod.example), from before you followed them:",
  ]);
});

test("the pod is asked once for each person; the next who follows is shown what is here", async () => {
  await using world = await newcomersWorld(2);
  const dave = await world.bench.account("dave@example.org");
  await world.start();
  await world.hurry();
  await comes(world, 3);
  await world.bench.deliverAll();
  await world.start("pubsub", dave);
  await world.hurry();
  assert.equal(world.asked.length, 1);
  assert.deepEqual(await world.shown("event", dave), numbers(1, 3));
  assert.deepEqual(await world.shown("event"), []);
});

test("two who begin at the same moment are both shown them, and the pod is asked once", async () => {
  await using world = await newcomersWorld(2);
  const dave = await world.bench.account("dave@example.org");
  await Promise.all([world.start(), world.start("pubsub", dave)]);
  await world.hurry();
  assert.equal(world.asked.length, 1);
  assert.deepEqual(await world.shown("event"), numbers(1, 2));
  assert.deepEqual(await world.shown("event", dave), numbers(1, 2));
});

test("who stops and begins again is shown nothing twice", async () => {
  await using world = await newcomersWorld(2);
  await world.start();
  await world.hurry();
  await world.bench.deliverAll();
  await world.stop();
  await world.start();
  await world.hurry();
  assert.deepEqual(await world.shown("event"), []);
});

test("who has stopped meanwhile is shown nothing", async () => {
  await using world = await newcomersWorld(2);
  await world.start();
  await world.stop();
  await world.hurry();
  assert.deepEqual(await world.shown("event"), []);
});

test("they are shown when all that was asked for is here", async () => {
  await using world = await newcomersWorld(2);
  world.working = true;
  await world.start();
  await world.hurry();
  assert.deepEqual(await world.shown("event"), []);
  world.working = false;
  await world.hurry();
  assert.deepEqual(await world.shown("event"), numbers(1, 2));
});

test("what was written since is news, whichever copy comes first, and is not shown twice", async () => {
  await using world = await newcomersWorld();
  const { bench, alice } = world;
  await world.start();
  world.pod = async () => {
    await comes(world, 1, day(10));
    await comes(world, 20, day(10));
  };
  await world.hurry();
  const [row] = await bench.addresses("stream");
  assert.ok(row !== undefined);
  assert.deepEqual(wordsOf(await bench.waiting("stream", alice.key)), ["post 20"]);
});

for (const [trouble, code, asked] of [
  ["is away", "DX_HTTP_UNREACHABLE", 4],
  ["has no such list", "DX_ITEM_NOT_FOUND", 1],
] as const) {
  test(`a pod that ${trouble} is asked ${String(asked)} times, and what is here is shown all the same`, async () => {
    await using world = await newcomersWorld();
    world.pod = () => Promise.reject(new DxError(code));
    await comes(world, 1);
    await world.bench.deliverAll();
    await world.start();
    for (let turn = 0; turn < 6; turn += 1) {
      await world.bench.db.raw("update newcomers set due_at = now() where due_at < 'infinity'");
      await world.hurry();
    }
    assert.equal(world.asked.length, asked);
    assert.deepEqual(await world.shown("event"), ["post 1"]);
  });
}

test("an old post that comes by itself soon after somebody began to follow is shown once", async () => {
  await using world = await newcomersWorld(2);
  await world.start();
  await comes(world, 7);
  await world.hurry();
  const { bench, alice } = world;
  assert.deepEqual(wordsOf(await bench.waiting("stream", alice.key)), ["post 7"]);
  assert.deepEqual(await world.shown("event"), numbers(1, 2));
});

test("a post of the second in which somebody began to follow, by a clock that is late, is shown once", async () => {
  await using world = await newcomersWorld();
  const { bench, alice } = world;
  await world.start();
  const published = new Date(Date.now() - 60_000);
  const activity = { ...postOf(alice, { guid: numbered(1), markdown: "just now" }), published };
  const effects = { ...bench.effects, now: () => new Date() };
  const verified = { activity, sender: alice.diasporaId, recipient: null };
  await receiveActivity(verified, "0", bench.store, effects);
  await world.hurry();
  assert.deepEqual(wordsOf(await bench.waiting("stream", alice.key)), ["just now"]);
  assert.deepEqual(await world.shown("event"), []);
});

test("limited posts are shown to nobody by this", async () => {
  await using world = await newcomersWorld(1);
  const { bench, alice } = world;
  const bob = await bench.store.accountByJid((await bench.account("y@example.org")).jid);
  assert.ok(bob !== null);
  const limited = { ...postOf(alice, { guid: numbered(50) }, "limited"), published: NOW };
  await bench.receive(limited, alice, bob);
  await bench.deliverAll();
  await world.start();
  await world.hurry();
  assert.deepEqual(await world.shown("event"), ["post 1"]);
});

test("a pod that does not answer is asked once for all who have just begun to follow", async () => {
  await using world = await newcomersWorld();
  world.pod = () => Promise.reject(new DxError("DX_HTTP_TIMEOUT"));
  await world.start();
  for (const name of ["dave", "erin", "frank"]) {
    await world.start("pubsub", await world.bench.account(`${name}@example.org`));
  }
  await world.hurry();
  assert.equal(world.asked.length, 1);
  const { db } = world.bench;
  const due = await db("newcomers").whereRaw("due_at > now() and due_at < 'infinity'");
  assert.equal(due.length, 4, "all are looked after again");
});

test("who was shown them by another daemon is not looked after again by one that was slow", async () => {
  await using world = await newcomersWorld(2);
  const { db } = world.bench;
  const { pod } = world;
  world.pod = async (until) => {
    await pod(until);
    await db.raw("update newcomers set due_at = 'infinity'");
  };
  await world.start();
  await world.hurry();
  assert.equal(world.asked.length, 1);
  assert.deepEqual(await world.shown("event"), []);
});

test("no reshare shows whoever follows somebody whom they have blocked, or the operator closed out", async () => {
  await using world = await newcomersWorld(1);
  const { bench, alice } = world;
  const [bob, dave] = [await bench.account("z@example.org"), await bench.account("d@example.org")];
  const closed = await bench.remote("closed@bad.example", "https://bad.example/");
  const loud = await bench.remote("loud@noisy.example", "https://noisy.example/");
  const carol = await bench.remote("carol@other.example", "https://other.example/");
  for (const [number, author] of [closed, loud, carol].entries()) {
    const root = numbered(60 + number);
    await bench.receive(postOf(author, { guid: root }), author);
    const named = { author: author.diasporaId, guid: root };
    const object = { type: "share", guid: numbered(70 + number), root: named } as const;
    await bench.receive({ ...postOf(alice, {}), verb: "share", object }, alice);
  }
  await bench.deliverAll();
  await bench.db.raw("update people set standing = 'suspend' where id = ?", [closed.key]);
  await bench.db.raw("update people set standing = 'silence' where id = ?", [loud.key]);
  await bench.store.transaction(async (tx) => {
    await tx.changeRelationship(bob.key, carol.key, { blocked: true });
    await tx.changeRelationship(dave.key, loud.key, { following: true });
  });
  await world.start("pubsub", bob);
  await world.start("pubsub", dave);
  await world.hurry();
  assert.deepEqual(await world.shown("event", bob), ["post 1"]);
  assert.deepEqual(await world.shown("event", dave), ["post 1", "share", "share"]);
});

test("where one of the two has left, nothing is looked after any more", async () => {
  await using world = await newcomersWorld(1);
  const { bench, alice } = world;
  const dave = await bench.account("dave@example.org");
  await world.start();
  await world.start("pubsub", dave);
  await bench.db.raw("update people set closed_at = now() where id = ?", [dave.key]);
  await world.hurry();
  assert.deepEqual(await world.shown("event"), ["post 1"]);
  const eve = await bench.account("eve@example.org");
  await world.start("pubsub", eve);
  await bench.db.raw("update people set closed_at = now() where id = ?", [alice.key]);
  await world.hurry();
  const left = await bench.db("newcomers").where("due_at", "<", "infinity");
  assert.deepEqual(left, []);
});
