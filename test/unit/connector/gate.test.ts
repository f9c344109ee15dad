/** Floods at the router: who is turned away, who is not, and what is remembered of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { DropReason } from "../../../src/connector/dropped.ts";
import { createPace } from "../../../src/connector/pace.ts";
import { createSeldom } from "../../../src/connector/seldom.ts";
import { shortKey } from "../../../src/connector/short-key.ts";
import { ERRORS } from "../../../src/errors/registry.ts";
import { METRICS } from "../../../src/metrics/catalogue.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { jid } from "../../support/fixtures.ts";
import { hanging, HOME, iq, message, settled, times } from "./gate-bench.ts";
import { DOMAIN } from "./support.ts";

const EVENT = { ns: "http://jabber.org/protocol/pubsub#event", name: "event" };

const event = (from: string): XmlElement =>
  el("message", { type: "headline", from, to: DOMAIN }, el(EVENT.name, { xmlns: EVENT.ns }));
test("questions of one person that hang leave room for everybody else's", async (t) => {
  const flood = hanging(t);
  times(1_000, (n) => {
    flood.send(iq("get", `mallory@${HOME}/${n}`));
  });
  await settled();
  assert.deepEqual(flood.answers(), { "resource-constraint": 900 });
  times(50, (n) => {
    flood.send(iq("get", `person${n}@${HOME}/phone`));
  });
  await settled();
  assert.deepEqual(flood.answers(), { "resource-constraint": 900 });
  flood.release();
  await settled();
  assert.deepEqual(flood.answers(), { "resource-constraint": 900, result: 150 });
  assert.equal(flood.refused.length, 900);
});

test("strangers from any number of hosts and under any number of names leave room for our people", async (t) => {
  const flood = hanging(t);
  times(3_000, (n) => {
    flood.send(iq("get", `mallory${n}@evil${String(Number(n) % 50)}.example`));
  });
  await settled();
  assert.deepEqual(flood.answers(), { "resource-constraint": 2_900 });
  times(200, (n) => {
    flood.send(iq("get", `person${n}@${HOME}/phone`));
  });
  await settled();
  assert.deepEqual(flood.answers(), { "resource-constraint": 2_900 });
});

test("one host's people leave room for strangers of other hosts", async (t) => {
  const flood = hanging(t);
  times(1_000, (n) => {
    flood.send(iq("get", `mallory${n}@evil.example`));
  });
  await settled();
  assert.deepEqual(flood.answers(), { "resource-constraint": 950 });
  flood.send(iq("get", "eve@good.example"));
  await settled();
  assert.deepEqual(flood.answers(), { "resource-constraint": 950 });
});

test("what one sender's messages and presences crowd out is dropped, counted and not answered", async (t) => {
  const flood = hanging(t);
  times(1_000, () => {
    flood.send(el("presence", { from: "mallory@evil.example/x", to: DOMAIN }));
  });
  await settled();
  assert.deepEqual([...new Set(flood.dropped)], ["crowded"]);
  assert.equal(flood.dropped.length, 750);
  flood.send(message(`alice@${HOME}/phone`));
  await settled();
  assert.equal(flood.heard.at(-1), `alice@${HOME}`);
  assert.deepEqual(flood.answers(), {});
});

const EVENTS = "pubsub events";
const PRESENCES = "presences";
/** All at one moment; what is let in is dealt with at once. */
const PACED: readonly (readonly [
  what: string,
  stanza: (from: string) => XmlElement,
  perJid: number,
  perHost: number,
])[] = [
  ["IQs that change something", (from) => iq("set", from), 200, 2_000],
  ["messages", (from) => message(from), 100, 1_000],
  [
    "presence subscriptions",
    (from) => el("presence", { type: "subscribe", from, to: DOMAIN }),
    200,
    2_000,
  ],
  [EVENTS, event, 500, 5_000],
  [PRESENCES, (from) => el("presence", { from, to: DOMAIN }), 500, 5_000],
];
for (const [what, stanza, perJid, perHost] of PACED) {
  for (const [who, from, most] of [
    [
      "one person of ours",
      () => `mallory@${HOME}/x`,
      [EVENTS, PRESENCES].includes(what) ? Infinity : perJid,
    ],
    ["one stranger", () => "mallory@evil.example/x", perJid],
    ["a host of strangers", (n: string) => `mallory${n}@evil.example`, perHost],
  ] as const) {
    test(`of a flood of ${what} of ${who} ${most === Infinity ? "all" : String(most)} are let in, and more with time`, async (t) => {
      const all = most === Infinity ? 2_500 : most + 500;
      const flood = hanging(t);
      flood.release();
      const count = (): number => flood.heard.length + (flood.answers()["result"] ?? 0);
      for (let n = 0; n < all; n += 1) {
        flood.send(stanza(from(String(n))));
        if (n % 50 === 0) await settled();
      }
      await settled();
      assert.equal(count(), Math.min(all, most));
      flood.clock.now += 1_000;
      flood.send(stanza(from("again")));
      await settled();
      assert.equal(count(), Math.min(all, most) + 1);
      const told = what.startsWith("IQs");
      assert.equal(flood.dropped.length, told ? 0 : Math.max(0, all - most));
      assert.equal(flood.refused.length, told ? all - most : 0);
      if (told) assert.equal(flood.answers()["policy-violation"], all - most);
    });
  }
}

test("a flood of strangers takes nothing of our people's pace, nor of other hosts'", async (t) => {
  const flood = hanging(t);
  flood.release();
  for (let n = 0; n < 5_000; n += 1) {
    flood.send(message(`mallory${String(n)}@evil.example`));
    if (n % 50 === 0) await settled();
  }
  const before = flood.heard.length;
  flood.send(message(`alice@${HOME}/phone`));
  flood.send(message("eve@good.example/phone"));
  await settled();
  assert.equal(flood.heard.length, before + 2);
});

test("pitfall 70: whoever sends much before their account is deleted cannot hide the deletion", async (t) => {
  const flood = hanging(t);
  const presence = (type: string, from: string): XmlElement =>
    el("presence", { type, from, to: DOMAIN });
  // They hang, so that there is no room for more of this sender.
  times(1_000, (n) => {
    flood.send(presence(Number(n) % 2 === 0 ? "unsubscribe" : "subscribe", `mallory@${HOME}/x`));
  });
  await settled();
  const refused = flood.dropped.length;
  assert.ok(refused > 0);
  flood.send(presence("unsubscribed", `mallory@${HOME}`));
  flood.release();
  await settled();
  assert.deepEqual([flood.dropped.length, flood.heard.length], [refused, 1_001 - refused]);
});

test("the end of a subscription is taken in any number", async (t) => {
  const flood = hanging(t);
  flood.release();
  for (let n = 0; n < 1_000; n += 1) {
    const type = n % 2 === 0 ? "unsubscribe" : "unsubscribed";
    flood.send(el("presence", { type, from: "eve@evil.example", to: DOMAIN }));
    if (n % 50 === 0) await settled();
  }
  await settled();
  assert.deepEqual([flood.heard.length, flood.dropped], [1_000, []]);
});

test("the operator's own service tells of any number of posts at once", async (t) => {
  const flood = hanging(t);
  times(5_000, () => {
    flood.send(event(`pubsub.${HOME}`));
  });
  await settled();
  assert.deepEqual(flood.dropped, []);
});

test("pitfall 14: errors are heard in any number and answered never", async (t) => {
  const flood = hanging(t);
  flood.release();
  for (let n = 0; n < 5_000; n += 1) {
    flood.send(message(`alice@${HOME}/phone`, "error"));
    if (n % 50 === 0) await settled();
  }
  await settled();
  assert.equal(flood.heard.length, 5_000);
  assert.deepEqual(flood.answers(), {});
});

const LOOK_ALIKES: readonly (readonly [what: string, from: string | undefined, to: string])[] = [
  ["no sender", undefined, DOMAIN],
  ["a sender of our own domain", `bob\\40pod.example@${DOMAIN}`, DOMAIN],
  ["a sender of our own domain in capitals", `Bob@${DOMAIN.toUpperCase()}`, DOMAIN],
  ["what is no address", "a b@example.org", DOMAIN],
  ["a domain that begins like ours", "alice@example.org", `${DOMAIN}.evil.example`],
  ["a domain that ends like ours", "alice@example.org", `evil-${DOMAIN}`],
];
for (const [what, from, to] of LOOK_ALIKES) {
  test(`pitfalls 42, 74: a message with ${what} is dropped and counted`, async (t) => {
    const flood = hanging(t);
    flood.send(el("message", { type: "chat", from, to }, el("body", {}, "hello")));
    await settled();
    assert.deepEqual(flood.dropped, ["address"]);
    assert.deepEqual([flood.heard, flood.answers()], [[], {}]);
  });
}

function heapAfterCollection(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
  return process.memoryUsage().heapUsed;
}

test("what is remembered of a flood under many long names stays small", () => {
  const long = "x".repeat(1_000);
  const before = heapAfterCollection();
  const pace = createPace(
    () => false,
    () => 0,
  );
  const seldom = createSeldom({ everyMs: 1_000, keys: 1_000 }, () => 0);
  for (let n = 0; n < 30_000; n += 1) {
    const from = jid(`${long}${String(n)}@h${String(n)}.example`);
    assert.ok(pace.allows(from, "message"));
    assert.ok(seldom.allows(from));
    assert.ok(!seldom.allows(from));
  }
  assert.ok(heapAfterCollection() - before < 10e6);
  assert.equal(shortKey("alice@example.org"), "alice@example.org");
  assert.ok(shortKey(`${long}1`).length < 50);
  assert.notEqual(shortKey(`${long}1`), shortKey(`${long}2`));
});

test("a clock that is set back gives nobody less", () => {
  let now = 10_000;
  const pace = createPace(
    () => false,
    () => now,
  );
  const mallory = jid("mallory@evil.example");
  for (let n = 0; n < 100; n += 1) assert.ok(pace.allows(mallory, "message"));
  now = 0;
  assert.ok(!pace.allows(mallory, "message"));
  now = 1_000;
  assert.ok(pace.allows(mallory, "message"));
});

/** Exhaustive by its type. */
const REASONS: Readonly<Record<DropReason, true>> = {
  "no-event": true,
  "other-node": true,
  stranger: true,
  "full-jid": true,
  wrapped: true,
  unverified: true,
  overwritten: true,
  "too-many": true,
  address: true,
  nobody: true,
  refused: true,
  crowded: true,
  "too-fast": true,
  unasked: true,
  "too-big": true,
  suspended: true,
};

test("every reason to drop something, and every condition of an error, has a figure of its own", () => {
  const { labels } = METRICS.diaspora_x_stanzas_dropped_total;
  assert.deepEqual(
    Object.keys(REASONS).filter((reason) => !labels.reason.some((known) => known === reason)),
    [],
  );
  const { condition: conditions } = METRICS.diaspora_x_requests_refused_total.labels;
  for (const [code, { stanza }] of Object.entries(ERRORS)) {
    assert.ok(conditions.includes(stanza[1]), code);
  }
});
