import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bareJid } from "../../../src/activitystreams/ids.ts";
import { createPresenceSide } from "../../../src/connector/presence-handlers.ts";
import {
  askSubscription,
  nextSubscription,
  NO_SUBSCRIPTION,
  type PresenceReply,
  type Subscription,
  type SubscriptionEvent,
} from "../../../src/connector/presence-state.ts";
import { parseSender } from "../../../src/connector/stanza.ts";
import { createSeldom } from "../../../src/connector/seldom.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";

const FOLLOWED: Subscription = { theirs: true, ours: "none" };
const ASKED: Subscription = { theirs: false, ours: "asked" };
const BOTH: Subscription = { theirs: true, ours: "granted" };

const STEPS: readonly (readonly [
  Subscription,
  SubscriptionEvent,
  Subscription,
  string,
  string | null,
])[] = [
  [NO_SUBSCRIPTION, "subscribe", FOLLOWED, "subscribed available", "followed"],
  [FOLLOWED, "subscribe", FOLLOWED, "subscribed available", null],
  [FOLLOWED, "unsubscribe", NO_SUBSCRIPTION, "unsubscribed unavailable", "unfollowed"],
  [NO_SUBSCRIPTION, "unsubscribe", NO_SUBSCRIPTION, "", null],
  [FOLLOWED, "probe", FOLLOWED, "available", null],
  [NO_SUBSCRIPTION, "probe", NO_SUBSCRIPTION, "unsubscribed", null],
  [ASKED, "subscribed", { theirs: false, ours: "granted" }, "", "consented"],
  [NO_SUBSCRIPTION, "subscribed", NO_SUBSCRIPTION, "", null],
  [BOTH, "subscribed", BOTH, "", null],
  [BOTH, "unsubscribed", FOLLOWED, "", "withdrew"],
  [ASKED, "unsubscribed", NO_SUBSCRIPTION, "", "withdrew"],
  [NO_SUBSCRIPTION, "unsubscribed", NO_SUBSCRIPTION, "", null],
];
for (const [before, event, after, replies, change] of STEPS) {
  const state = `${before.theirs ? "seen" : "unseen"}, ${before.ours}`;
  test(`${event} while ${state}: ${replies === "" ? "silence" : replies}`, () => {
    const step = nextSubscription(before, event);
    assert.deepEqual(step, { after, replies: replies === "" ? [] : replies.split(" "), change });
  });
}

test("trap: two sides that accept and ask back by themselves come to rest", () => {
  const sides = { a: askSubscription(NO_SUBSCRIPTION).after, b: NO_SUBSCRIPTION };
  const queue: ["a" | "b", PresenceReply][] = [["b", "subscribe"]];
  let steps = 0;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    steps += 1;
    assert.ok(steps < 50, "they go on for ever");
    const [to, type] = next;
    if (type === "available" || type === "unavailable") continue;
    const step = nextSubscription(sides[to], type);
    // Each asks back whenever it is followed, as buddycloud does.
    const asked = askSubscription(step.after);
    const back = step.change === "followed" ? asked : { after: step.after, replies: [] };
    sides[to] = back.after;
    for (const reply of [...step.replies, ...back.replies]) {
      queue.push([to === "a" ? "b" : "a", reply]);
    }
  }
  assert.deepEqual(sides, { a: BOTH, b: BOTH });
});

test("subscribe is sent once, however often somebody wants it", () => {
  const first = askSubscription(NO_SUBSCRIPTION);
  assert.deepEqual(first.replies, ["subscribe"]);
  assert.deepEqual(askSubscription(first.after).replies, []);
  assert.deepEqual(askSubscription(BOTH).replies, []);
});

test("nothing that we send in answer is answered by us when it comes back", () => {
  const events = fc.constantFrom<SubscriptionEvent>("subscribed", "unsubscribed");
  const states = fc.record({
    theirs: fc.boolean(),
    ours: fc.constantFrom("none", "asked", "granted"),
  });
  fc.assert(
    fc.property(
      states,
      events,
      (before, event) => nextSubscription(before, event).replies.length === 0,
    ),
  );
});

test("a flood of probes is answered once in ten seconds for each asker", async () => {
  let now = 0;
  const sent: XmlElement[] = [];
  const side = createPresenceSide("component", {
    load: () => Promise.resolve(FOLLOWED),
    save: () => Promise.resolve(),
    changed: () => Promise.resolve(),
    send: (stanza) => {
      sent.push(stanza);
      return Promise.resolve();
    },
    caps: () => el("c"),
    now: () => now,
  });
  const probe = side.handlers.find(({ types }) => types[0] === "probe");
  const own = bareJid("bridge.example.org");
  const from = parseSender("alice@example.org");
  assert.ok(probe && own && from);
  const incoming = {
    stanza: el("presence", { type: "probe" }),
    from,
    to: { class: "component", jid: own, resource: null, person: null },
  } as const;
  for (let i = 0; i < 20; i += 1) await probe.receive(incoming);
  assert.equal(sent.length, 1);
  now = 10_000;
  await probe.receive(incoming);
  assert.equal(sent.length, 2);
});

test("what is remembered of askers has an end", () => {
  const seldom = createSeldom({ everyMs: 1_000, keys: 2 }, () => 0);
  assert.deepEqual(["a", "a", "b", "c", "a"].map(seldom.allows), [true, false, true, true, true]);
});
