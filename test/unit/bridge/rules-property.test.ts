import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import type { KnownPerson } from "../../../src/bridge/ports.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { postOf } from "./bench.ts";
import { befriend, commentBy, likeBy, takeBack, threadBench, type Thread } from "./thread-bench.ts";

const ALL = { max: 100, order: "creation" } as const;
const thread = await threadBench();

let used = 0x10000;
const newGuid = (): Guid => guidNumber((used += 1));

interface Message {
  readonly activity: Activity;
  readonly sender: KnownPerson;
}

/** All that may come about one post of alice: written, changed, commented, liked, taken back. */
function messagesOf(post: Guid, gone: readonly boolean[]): Message[] {
  const { alice, carol } = thread;
  const [first, second, like] = [newGuid(), newGuid(), newGuid()];
  const from = (activity: Activity): Message => ({ activity, sender: alice });
  const at = (minute: number): Date => new Date(Date.UTC(2026, 4, 1, 10, minute));
  const published = at(0);
  const edited = (minute: number): Message =>
    from(postOf(alice, { guid: post, markdown: `post ${String(minute)}`, edited: at(minute) }));
  const rewritten = (minute: number): Message =>
    from({ ...commentBy(carol, post, first, `first ${String(minute)}`, at(minute)), published });
  const ends = [
    from(takeBack(alice, first)),
    { activity: takeBack(carol, like, "Like"), sender: carol },
    from(takeBack(alice, post, "Post")),
    from(takeBack(alice, second)),
  ];
  return [
    from(postOf(alice, { guid: post, markdown: "post" })),
    edited(1),
    edited(2),
    from({ ...commentBy(carol, post, first, "first"), published }),
    rewritten(1),
    rewritten(2),
    from(commentBy(alice, post, second, "second")),
    from(likeBy(carol, post, like)),
    ...ends.filter((_, index) => gone[index] === true),
  ];
}

/** As the inbox does: what has to wait for something else is tried again. */
async function receiveAll(messages: readonly Message[]): Promise<void> {
  let waiting = [...messages];
  for (let round = 0; round < 3 && waiting.length > 0; round += 1) {
    const early: Message[] = [];
    for (const message of waiting) {
      try {
        await thread.bench.receive(message.activity, message.sender);
      } catch (error) {
        if (!isDxError(error) || !error.retryable) throw error;
        early.push(message);
      }
    }
    waiting = early;
  }
}

/** What a reader finds of the post, and below and about it. */
async function seen(post: Guid): Promise<unknown> {
  const { alice, bench, dave } = thread;
  const query = { ...ALL, authorKey: alice.key, readerKey: dave.key, ids: [post] };
  const { items } = await bench.store.streamPage(query);
  const below = await bench.store.threadPage({ ...ALL, postGuid: post, readerKey: dave.key });
  return {
    post: items.map(({ activity: { object } }) => "markdown" in object && object.markdown),
    below: below?.page.items
      .map(({ activity: { object, verb } }) => ("markdown" in object ? object.markdown : verb))
      .sort(),
  };
}

function expected([first, like, post, second]: readonly boolean[]): unknown {
  if (post === true) return { post: [], below: undefined };
  const below = [first === true ? [] : ["first 2"], like === true ? [] : ["like"]];
  if (second !== true) below.push(["second"]);
  return { post: ["post 2"], below: below.flat() };
}

test("whatever comes in any order, and any number of times, ends in the same state", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      fc.array(fc.nat(), { minLength: 24, maxLength: 24 }),
      async (gone, order) => {
        const post = newGuid();
        const messages = messagesOf(post, gone);
        const twice = [...messages, ...messages]
          .map((message, index) => ({ message, place: order[index] ?? 0 }))
          .sort((one, other) => one.place - other.place)
          .map(({ message }) => message);
        await receiveAll(twice);
        assert.deepEqual(await seen(post), expected(gone));
      },
    ),
    { numRuns: 12 },
  );
});

type Step = (world: Thread, post: Guid, said: Guid[]) => Promise<unknown>;

/** What people do with a limited post, whether they may or not. */
const STEPS: readonly Step[] = [
  ({ acts, bob }, about) => acts.comment({ jid: bob.jid, about, markdown: "b", key: newGuid() }),
  ({ acts, dave }, about) => acts.comment({ jid: dave.jid, about, markdown: "d", key: newGuid() }),
  ({ acts, bob }, about) => acts.like({ jid: bob.jid, about }),
  ({ acts, bob }, about) => acts.unlike({ jid: bob.jid, about }),
  ({ acts, dave }, about) => acts.like({ jid: dave.jid, about }),
  ({ acts, dave }, root) => acts.share({ jid: dave.jid, root }),
  ({ acts, bob }, guid) => acts.edit({ jid: bob.jid, guid, markdown: newGuid() }),
  ({ acts, bob }, _, [guid]) => acts.retract({ jid: bob.jid, guid: guid ?? newGuid() }),
  ({ bench, carol }, post, said) => {
    const guid = newGuid();
    said.push(guid);
    return bench.receive(commentBy(carol, post, guid), carol, undefined, "<c/>");
  },
  ({ bench, alice }, post) => bench.receive(commentBy(alice, post, newGuid()), alice),
  ({ bench, carol }, _, [guid]) => bench.receive(takeBack(carol, guid ?? newGuid()), carol),
];

test("whatever is done with a limited post reaches nobody outside its audience", async () => {
  await befriend(thread, thread.bob, thread.carol);
  const { acts, bench, bob, carol, dave } = thread;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(STEPS.length - 1), { minLength: 1, maxLength: 10 }),
      async (steps) => {
        await bench.deliverAll();
        const act = { jid: bob.jid, markdown: "for few", key: newGuid() };
        const post = await acts.post({ ...act, audience: "limited" });
        const comments = `urn:xmpp:microblog:0:comments/${post}`;
        await bench.store.transaction(async (tx) => {
          await tx.setComments(post, { service: "comments.example.org", node: "open" });
          for (const node of [comments, `/user/${bob.jid}/posts`]) {
            await tx.addSubscription(bob.key, node, dave.jid, "pubsub");
          }
        });
        const said: Guid[] = [];
        for (const step of steps) {
          await STEPS[step]?.(thread, post, said).catch((error: unknown) => {
            if (!isDxError(error)) throw error;
          });
        }
        assert.deepEqual(await bench.addresses("pod"), []);
        assert.deepEqual(await bench.addresses("node"), []);
        assert.deepEqual(await bench.addresses("person"), [personAddress(carol)]);
        assert.deepEqual(await bench.reading(dave.jid), []);
        const query = { ...ALL, postGuid: post, readerKey: dave.key };
        assert.equal(await bench.store.threadPage(query), null);
      },
    ),
    { numRuns: 12 },
  );
});
