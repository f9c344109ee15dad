import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Jid } from "../../../src/activitystreams/ids.ts";
import type { FeedReader, Reading } from "../../../src/connector/feed-reader.ts";
import { createFeed, type Feed } from "../../../src/connector/feed.ts";
import type { FeedCheck, FeedItem, FeedPorts, FeedState } from "../../../src/connector/ports.ts";
import { DxError } from "../../../src/errors/error.ts";
import { NOBODY } from "../../../src/activitystreams/typed-mentions.ts";
import { silentLog } from "../../../src/log/log.ts";
import { readEvent, type EventItem } from "../../../src/pep/read-event.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { diasporaId, guidNumber, jid } from "../../support/fixtures.ts";

const NODE = "urn:xmpp:microblog:0";
const BOB = jid("bob@example.org");
const EVE = jid("eve@example.org");

function entry(words: string): XmlElement {
  return el(
    "entry",
    { xmlns: "http://www.w3.org/2005/Atom" },
    el("title", {}, words),
    el("updated", {}, "2026-05-01T12:00:00Z"),
  );
}

function event(items: readonly (readonly [string, string | null])[], delayed = false): XmlElement {
  return el(
    "message",
    { type: "headline" },
    el(
      "event",
      { xmlns: "http://jabber.org/protocol/pubsub#event" },
      el(
        "items",
        { node: NODE },
        items.map(([id, words]) => el("item", { id }, words === null ? null : entry(words))),
      ),
    ),
    delayed ? el("delay", { xmlns: "urn:xmpp:delay" }) : null,
  );
}

function found(items: readonly EventItem[]): Reading {
  return { state: "read", items, found: items.map((item) => item.id) };
}

function feedState(who: Jid, changes: Partial<FeedState> = {}): FeedState {
  return {
    personKey: who,
    jid: who,
    subscribed: true,
    baseline: true,
    since: new Date(0),
    checks: 0,
    delivers: true,
    way: "subscription",
    watching: true,
    auditDue: false,
    few: false,
    ...changes,
  };
}

interface Bench {
  readonly feed: Feed;
  readonly published: FeedItem[];
  /** What the ports were told, in order. */
  readonly told: string[];
  readonly checks: FeedCheck[];
  /** Brings what came from there to the collector, as the handlers do. */
  come(from: Jid, message: XmlElement): void;
  readonly due: Set<Jid>;
  until(test: () => boolean): Promise<void>;
}

interface Faults {
  people?: readonly FeedState[];
  due?: readonly Jid[];
  publish?: (item: FeedItem) => Promise<string>;
  canary?: () => Promise<boolean>;
  reading?: () => Reading;
  subscribe?: () => Promise<boolean>;
  isOnline?: () => boolean;
}

function bench(t: TestContext, faults: Faults = {}): Bench {
  const people = new Map(
    (faults.people ?? [feedState(BOB), feedState(EVE)]).map((one) => [one.jid, one]),
  );
  const published: FeedItem[] = [];
  const told: string[] = [];
  const checks: Bench["checks"] = [];
  const due = new Set<Jid>(faults.due);
  const ports: FeedPorts = {
    feedOf: (who) => Promise.resolve(people.get(who) ?? null),
    claimDueFeeds: (limit) => {
      const claimed = [...due].slice(0, limit);
      for (const who of claimed) due.delete(who);
      return Promise.resolve(claimed.flatMap((who) => people.get(who) ?? []));
    },
    allFeedsDue: () => {
      for (const who of people.keys()) due.add(who);
      return Promise.resolve();
    },
    feedDue: (key) => {
      told.push(`due ${key}`);
      due.add(jid(key));
      return Promise.resolve();
    },
    feedTouched: (key) => ports.feedDue(key),
    feedChecked: (key, check) => {
      told.push(`checked ${key}`);
      checks.push(check);
      return Promise.resolve();
    },
    feedDelivered: (key, way) => {
      told.push(`delivered ${key} ${way}`);
      return Promise.resolve(true);
    },
    feedReadable: () => Promise.resolve(false),
    seenItems: () => Promise.resolve(new Map()),
    guidOf: () => guidNumber(9),
    knownPeople: () => Promise.resolve(NOBODY),
    retract: () => Promise.reject(new Error("nothing is taken back here")),
    watchComments: () => Promise.reject(new Error("nobody comments here")),
    tell: () => Promise.reject(new Error("nobody is told anything here")),
    doubts: {
      placeItems: () => Promise.resolve(),
      doubtItems: () => Promise.resolve(),
      doubtAll: () => Promise.resolve(),
      confirmPurge: () => Promise.resolve(0),
      claimDoubts: () => Promise.resolve([]),
      surroundingsOf: () => Promise.resolve({ pushed: false, untouched: false, older: [] }),
      settleDoubt: () => Promise.resolve(),
      missingItems: () => Promise.resolve([]),
      presentItems: () => Promise.resolve({ posts: 0, fresh: false, asked: 0 }),
    },
    publish: async (item) => {
      const outcome = (await faults.publish?.(item)) ?? "published";
      published.push(item);
      return outcome;
    },
  };
  const reader: FeedReader = {
    readUnseen: () =>
      Promise.resolve(faults.reading?.() ?? { state: "read", items: [], found: [] }),
    readItem: () => Promise.resolve({ state: "missing" }),
    readItems: () => Promise.resolve({ state: "missing" }),
    readAsStranger: () => Promise.resolve({ state: "missing" }),
    isShownTo: () => Promise.resolve(false),
    isReadableByStranger: () => faults.canary?.() ?? Promise.resolve(true),
    subscribe: () => faults.subscribe?.() ?? Promise.resolve(true),
  };
  const feed = createFeed({
    ports,
    reader,
    log: silentLog,
    domain: "dx.example.org",
    ownHosts: [],
    dropped: (reason) => told.push(`dropped ${reason}`),
    isOnline: faults.isOnline ?? (() => true),
    connection: () => 1,
    now: () => 0,
  });
  t.after(() => feed.stop());
  return {
    feed,
    published,
    told,
    checks,
    due,
    come: (from, message) => {
      const read = readEvent(message);
      if (read !== null) feed.onEvent(from, read, "subscription");
    },
    async until(holds) {
      for (let round = 0; !holds(); round += 1) {
        assert.ok(round < 300, `only ${told.join(", ")} after 3 s`);
        await sleep(10);
      }
    },
  };
}

const ids = (items: readonly FeedItem[]): string[] =>
  items.map((item) => `${item.jid} ${item.itemId}`);

// Most of it is waiting.
suite("the collector", { concurrency: true }, () => {
  test("an event brings its items to the rules, with all that they need to decide", async (t) => {
    const { come, published, until } = bench(t);
    come(BOB, event([["1", "Hello"]]));
    await until(() => published.length === 1);
    const [item] = published;
    assert.ok(item !== undefined);
    const { reading, hash, shows, ...facts } = item;
    assert.equal(await shows(diasporaId("alice@pod.example")), false);
    assert.deepEqual(facts, {
      jid: BOB,
      node: NODE,
      itemId: "1",
      published: new Date("2026-05-01T12:00:00Z"),
      fresh: true,
      baselineDone: true,
      optedIn: new Date(0),
      readableByStranger: true,
    });
    assert.match(hash, /^2:[0-9a-f]{64}$/);
    const read = reading(guidNumber(1), () => guidNumber(2));
    assert.ok(read !== null);
    assert.equal(read.note?.markdown, "Hello");
    assert.deepEqual([read.via, read.comments, read.audience], [null, null, "node"]);
  });

  test("one person's items come in order, however long one takes; others do not wait", async (t) => {
    const gate = Promise.withResolvers<undefined>();
    const { come, published, until } = bench(t, {
      publish: async (item) => {
        if (item.jid === BOB && item.itemId === "1") await gate.promise;
        return "published";
      },
    });
    come(
      BOB,
      event([
        ["1", "a"],
        ["2", "b"],
      ]),
    );
    come(BOB, event([["3", "c"]]));
    come(EVE, event([["4", "d"]]));
    await until(() => published.length === 1);
    assert.deepEqual(ids(published), [`${EVE} 4`]);
    gate.resolve(undefined);
    await until(() => published.length === 4);
    assert.deepEqual(ids(published).slice(1), [`${BOB} 1`, `${BOB} 2`, `${BOB} 3`]);
  });

  test("copies of a published item are dropped, an edit is not, nor a copy that was not published", async (t) => {
    let outcome = "withheld";
    const { come, published, until } = bench(t, { publish: () => Promise.resolve(outcome) });
    come(BOB, event([["1", "a"]]));
    await until(() => published.length === 1);
    outcome = "published";
    come(BOB, event([["1", "a"]]));
    await until(() => published.length === 2);
    come(BOB, event([["1", "a"]]));
    come(BOB, event([["1", "edited"]]));
    await until(() => published.length === 3);
    come(EVE, event([["1", "a"]]));
    await until(() => published.length === 4);
    assert.deepEqual(ids(published), [`${BOB} 1`, `${BOB} 1`, `${BOB} 1`, `${EVE} 1`]);
  });

  test("without a clear answer about who can read it nothing is decided, and the node is read again", async (t) => {
    let clear = false;
    const { feed, come, published, told, until } = bench(t, {
      canary: () => (clear ? Promise.resolve(true) : Promise.reject(new DxError("DX_IQ_TIMEOUT"))),
      reading: () => found([{ id: "1", publisher: null, payload: entry("a") }]),
    });
    come(BOB, event([["1", "a"]]));
    await until(() => told.includes(`due ${BOB}`));
    await sleep(30);
    assert.equal(published.length, 0);
    assert.equal(told.includes(`checked ${BOB}`), false, "a look without an answer is no look");
    clear = true;
    feed.look(BOB);
    await until(() => published.length === 1);
    assert.deepEqual(
      published.map((item) => item.fresh),
      [false],
    );
  });

  test("who can read it is asked for each event, not remembered", async (t) => {
    const answers = [true, false];
    const { come, published, until } = bench(t, {
      canary: () => Promise.resolve(answers.shift() ?? false),
    });
    come(BOB, event([["1", "a"]]));
    come(BOB, event([["2", "b"]]));
    await until(() => published.length === 2);
    assert.deepEqual(
      published.map((item) => item.readableByStranger),
      [true, false],
    );
  });

  test("what is sent again with a delay is not taken for news", async (t) => {
    const { come, published, until } = bench(t);
    come(BOB, event([["1", "a"]], true));
    await until(() => published.length === 1);
    assert.equal(published[0]?.fresh, false);
  });

  test("an event without its payload makes the node be read", async (t) => {
    const items: EventItem[] = [{ id: "1", publisher: null, payload: entry("a") }];
    const { come, published, told, until } = bench(t, {
      reading: () => found(items),
    });
    come(BOB, event([["1", null]]));
    await until(() => published.length === 1);
    assert.ok(told.includes(`due ${BOB}`));
    await until(() => told.includes(`checked ${BOB}`));
  });

  for (const [what, from, message] of [
    ["of somebody who has not opted in", jid("stranger@example.org"), event([["1", "a"]])],
    ["that is chat", BOB, el("message", {}, el("body", {}, "hi"))],
    ["without items", BOB, event([])],
    [
      "with a payload that is no entry",
      BOB,
      el(
        "message",
        {},
        el(
          "event",
          { xmlns: "http://jabber.org/protocol/pubsub#event" },
          el("items", { node: NODE }, el("item", { id: "1" }, el("x", { xmlns: "urn:x" }))),
        ),
      ),
    ],
    [
      "of another node",
      BOB,
      el(
        "message",
        {},
        el(
          "event",
          { xmlns: "http://jabber.org/protocol/pubsub#event" },
          el("items", { node: "urn:xmpp:avatar:data" }, el("item", { id: "1" }, entry("a"))),
        ),
      ),
    ],
  ] as const) {
    test(`a message ${what} brings nothing`, async (t) => {
      const { come, published } = bench(t);
      come(from, message);
      await sleep(20);
      assert.deepEqual(published, []);
    });
  }

  test("the first event of a node tells that events arrive, and that the subscription can be made", async (t) => {
    const { come, told, until } = bench(t, {
      people: [feedState(BOB, { subscribed: false, delivers: false })],
    });
    come(BOB, event([["1", "a"]]));
    await until(() => told.includes(`delivered ${BOB} subscription`));
    assert.ok(told.includes(`due ${BOB}`));
  });

  for (const [what, reading, subscribed, expected] of [
    ["that is not there yet", { state: "missing" }, false, { subscribed: false, baseline: true }],
    ["that we may not read", { state: "refused" }, false, { subscribed: false, baseline: false }],
    ["that is empty", found([]), true, { subscribed: true, baseline: true }],
  ] as const) {
    test(`a node ${what} is looked at again, and its beginning is known or not`, async (t) => {
      const { checks, until } = bench(t, {
        people: [
          feedState(BOB, { subscribed: false, baseline: false, delivers: false, checks: 2 }),
        ],
        due: [BOB],
        reading: () => reading,
        subscribe: () => Promise.resolve(subscribed),
      });
      await until(() => checks.length === 1);
      const facts = { missed: false, audited: false, nextCheckAt: new Date(20_000) };
      assert.deepEqual(checks[0], { watched: true, ...expected, ...facts });
    });
  }

  test("while the stream is down nothing is read; when it is back everybody is", async (t) => {
    let online = false;
    const { feed, told, until } = bench(t, { isOnline: () => online });
    feed.look(BOB);
    await sleep(30);
    assert.equal(told.length, 0);
    online = true;
    feed.onOnline();
    await until(() => told.includes(`checked ${BOB}`) && told.includes(`checked ${EVE}`));
  });

  test("after stopping nothing is read any more", async (t) => {
    const { feed, told } = bench(t);
    await feed.stop();
    feed.look(BOB);
    feed.onOnline();
    await sleep(30);
    assert.deepEqual(told, []);
  });
});
