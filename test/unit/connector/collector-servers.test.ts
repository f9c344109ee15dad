/** What the collector makes of each server's habits (as measured on the real ones). */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { feedOf } from "../../../src/store/feeds.ts";
import { el, isElement, type XmlNode } from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { BOB, collectorBench, DOMAIN, entry, NODE } from "./collector-bench.ts";
import { SERVERS, type Habits } from "./fake-pep.ts";

const WAYS: Readonly<Record<string, string | null>> = {
  "ejabberd with presence_based_delivery: false": "subscription",
  "ejabberd as it comes": "presence",
  Prosody: "subscription",
  Openfire: "presence",
  "a server that sends nothing": null,
};

const servers: readonly (readonly [string, Habits])[] = Object.entries(SERVERS);

for (const [name, habits] of servers) {
  suite(name, { concurrency: 3 }, () => {
    test("pitfalls 19 and 20: posts arrive once and in order, whatever copies come and whatever is read", async (t) => {
      const { post, server, looked, told, until } = await collectorBench(t, habits, {
        before: (bench) => {
          bench.post("0", "zero");
        },
      });
      post("1", "one");
      post("2", "two");
      server.repeat(BOB, NODE);
      await looked();
      server.repeat(BOB, NODE);
      post("3", "three");
      await looked();
      await until(() => told.length >= 4);
      await looked();
      assert.deepEqual(told, [
        "publish 0 zero",
        "publish 1 one",
        "publish 2 two",
        "publish 3 three",
      ]);
    });

    test("what was published, changed and taken back during an outage arrives later, in order", async (t) => {
      const { post, server, feed, looked, hurry, told, until } = await collectorBench(t, habits);
      post("1", "one");
      post("2", "two");
      post("3", "three");
      await looked();
      await until(() => told.length === 3);
      // A look that is still under way does not know of the outage yet.
      await hurry();
      server.quietly(() => {
        post("4", "four");
        post("2", "two, changed");
        server.retract(BOB, NODE, "3");
        post("5", "five");
      });
      feed.onOnline();
      await looked();
      await until(() => told.length >= 6);
      const posts = ["publish 4 four", "edit 2 two, changed", "publish 5 five"];
      assert.deepEqual(told.slice(3, 6), posts);
      await looked();
      await hurry(() => told.length > 6);
      assert.deepEqual(told.slice(6), ["retract 3"]);
    });

    test("a long outage is made up for, whatever event comes first", async (t) => {
      const { post, server, feed, looked, told, until } = await collectorBench(t, habits);
      post("0", "before");
      await looked();
      await until(() => told.length === 1);
      const missed = Array.from({ length: 250 }, (_, index) => String(index + 1));
      server.quietly(() => {
        for (const id of missed) post(id, "words");
      });
      post("last", "words");
      feed.onOnline();
      await looked();
      await looked();
      await until(() => told.length >= 252);
      const [early, ...rest] = told.slice(1).filter((line) => !line.includes(" last "));
      assert.deepEqual(
        [early, ...rest],
        missed.map((id) => `publish ${id} words`),
      );
    });

    test("other words within the same second are an edit", async (t) => {
      const { server, looked, told, until } = await collectorBench(t, habits);
      const first = entry("one");
      const second = { ...first, children: first.children.map(shouted) };
      for (const payload of [first, second])
        server.publish(BOB, NODE, { id: "1", publisher: BOB, payload });
      await looked();
      await until(() => told.length === (habits.toCaps || habits.toSubscriber ? 2 : 1));
      assert.equal(told.at(-1)?.split(" ").at(-1), "ONE");
    });

    test("pitfall 21: what a full node pushes out stays on the federation", async (t) => {
      const bench = await collectorBench(t, habits);
      bench.post("1", "one");
      await bench.looked();
      bench.server.configure(BOB, NODE, { maxItems: 2 });
      for (const id of ["2", "3", "4"]) {
        bench.post(id, `post ${id}`);
        await bench.looked();
      }
      await bench.until(() => bench.told.length === 4);
      await bench.hurry();
      await bench.hurry();
      assert.equal(
        bench.told.some((line) => line.startsWith("retract")),
        false,
        bench.told.join(),
      );
    });

    test("pitfall 18: by which way events come is told by what comes, and said once", async (t) => {
      const { post, looked, db, lines } = await collectorBench(t, habits);
      await looked();
      for (const id of ["1", "2", "3"]) {
        post(id, `post ${id}`);
        await looked();
      }
      const feed = await feedOf(db, BOB);
      assert.deepEqual([feed?.way, feed?.delivers], [WAYS[name], WAYS[name] !== null]);
      const said = lines.filter((line) => line.includes("this server's people"));
      const last = WAYS[name] === null ? /found by reading/ : new RegExp(`by ${WAYS[name] ?? ""}`);
      assert.match(said.at(-1) ?? "", last);
      assert.equal(new Set(said).size, said.length);
    });

    test("pitfall 66: after a restart nothing is news, and what is new is", async (t) => {
      const { post, server, looked, restart, told, until } = await collectorBench(t, habits);
      post("1", "one");
      post("2", "two");
      await looked();
      await until(() => told.length === 2);
      await restart();
      server.repeat(BOB, NODE);
      post("3", "three");
      await looked();
      await looked();
      assert.deepEqual(told.slice(2), ["publish 3 three"]);
    });

    test("a post that was emptied while nobody listened is found once, not at every look", async (t) => {
      const { post, server, looked, restart, db, told, until } = await collectorBench(t, habits);
      post("1", "one");
      await looked();
      await until(() => told.length === 1);
      server.quietly(() => {
        post("1", "");
      });
      await restart();
      for (let round = 0; round < 4; round += 1) await looked();
      assert.ok(((await feedOf(db, BOB))?.checks ?? 0) > 0, "looks become seldom");
    });

    test("pitfall 39: nothing leaves a node that was closed, and its owner is told once", async (t) => {
      const { post, server, looked, told, until } = await collectorBench(t, habits);
      post("1", "one");
      await looked();
      await until(() => told.length === 1);
      server.configure(BOB, NODE, { open: false });
      post("2", "two");
      post("3", "three");
      await looked();
      await looked();
      assert.deepEqual(told.slice(1), [`tell ${BOB} Your microblog node (urn:xmpp:mi`]);
      server.configure(BOB, NODE, { open: true });
      post("4", "four");
      await looked();
      await until(() => told.length === 3);
      assert.equal(told[2], "publish 4 four");
    });
  });
}

function shouted(node: XmlNode): XmlNode {
  return isElement(node) && node.local === "title" ? { ...node, children: ["ONE"] } : node;
}

test("pitfall 29: nothing but max_items and item ids is asked of a node", async (t) => {
  const { post, looked, server } = await collectorBench(t, SERVERS.Prosody);
  post("1", "one");
  await looked();
  assert.ok(server.payloads.length > 3);
  for (const payload of server.payloads) assert.equal(serialise(payload).includes("rsm"), false);
});

test("pitfall 43: the body of an event is nobody's words", async (t) => {
  const { router, server, told, until, dropped } = await collectorBench(t, SERVERS.Prosody);
  server.configure(BOB, NODE, { open: true });
  const body = el("body", {}, "A new post");
  const item = el("item", { id: "1" }, entry("one"));
  const event = el(
    "event",
    { xmlns: "http://jabber.org/protocol/pubsub#event" },
    el("items", { node: NODE }, item),
  );
  await router.handle(el("message", { type: "headline", from: BOB, to: DOMAIN }, body, event));
  await router.handle(el("message", { type: "headline", from: BOB, to: DOMAIN }, body));
  await until(() => told.length === 1);
  assert.deepEqual([told, dropped], [["publish 1 one"], ["nobody"]]);
});
