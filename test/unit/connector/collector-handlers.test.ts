/** A hostile neighbour: what is not a server's own word about somebody's node is dropped and counted. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { BOB, collectorBench, DOMAIN, entry, NODE } from "./collector-bench.ts";
import { SERVERS } from "./fake-pep.ts";

const NS_EVENT = "http://jabber.org/protocol/pubsub#event";

function event(node = NODE): XmlElement {
  return el(
    "event",
    { xmlns: NS_EVENT },
    el("items", { node }, el("item", { id: "forged" }, entry("Forged"))),
  );
}

const message = (from: string, ...children: XmlElement[]): XmlElement =>
  el("message", { type: "headline", from, to: DOMAIN }, ...children);

const forwarded = el("forwarded", { xmlns: "urn:xmpp:forward:0" }, message(BOB, event()));
const carbon = (name: string): XmlElement => el(name, { xmlns: "urn:xmpp:carbons:2" }, forwarded);
const privilege = (version: number): XmlElement =>
  el("privilege", { xmlns: `urn:xmpp:privilege:${String(version)}` }, forwarded);

const CASES: readonly (readonly [string, XmlElement, string])[] = [
  ["pitfall 49: an event in the name of a client", message(`${BOB}/phone`, event()), "full-jid"],
  ["pitfall 49: an event of a stranger", message("mal@evil.example", event()), "stranger"],
  [
    "pitfall 49: an event of a look-alike",
    message("bob@example.org.evil.example", event()),
    "stranger",
  ],
  ["a node that nobody asked for", message(BOB, event("urn:xmpp:bookmarks:1")), "other-node"],
  ["a node of comments that nobody watches", message(BOB, event(`${NODE}:comments/x`)), "stranger"],
  ["an event that says nothing", message(BOB, el("event", { xmlns: NS_EVENT })), "no-event"],
  ["pitfall 44: a carbon that was received", message(BOB, carbon("received")), "wrapped"],
  ["pitfall 44: a carbon that was sent", message(BOB, carbon("sent")), "wrapped"],
  ["pitfall 44: a carbon beside an event", message(BOB, carbon("sent"), event()), "wrapped"],
  ["pitfall 44: a forwarded event", message(BOB, forwarded), "wrapped"],
  ["pitfall 44: a privileged event", message("example.org", privilege(2)), "wrapped"],
  ["pitfall 44: a privileged event of a person", message(BOB, privilege(1)), "wrapped"],
];

suite("a hostile neighbour", { concurrency: 4 }, () => {
  for (const [what, stanza, reason] of CASES) {
    test(`${what} is dropped and counted, and nothing is answered`, async (t) => {
      const bench = await collectorBench(t, SERVERS.Prosody);
      await bench.router.handle(stanza);
      await bench.until(() => bench.dropped.length === 1);
      assert.deepEqual(bench.dropped, [reason]);
      assert.deepEqual([bench.told, bench.answers], [[], []]);
    });
  }

  test("events of the nodes in which people tell of themselves make them be looked at", async (t) => {
    const bench = await collectorBench(t, SERVERS.Openfire);
    for (const node of [
      "urn:xmpp:vcard4",
      "urn:xmpp:avatar:metadata",
      "http://jabber.org/protocol/nick",
    ]) {
      await bench.router.handle(message(BOB, event(node)));
    }
    assert.deepEqual(bench.told, [`profile ${BOB}`, `profile ${BOB}`, `profile ${BOB}`]);
  });

  test("the caps ask for them, and for the posts", async (t) => {
    const bench = await collectorBench(t, SERVERS.Prosody);
    const asked = bench.router.features("component").filter((name) => name.endsWith("+notify"));
    assert.deepEqual(asked, [
      "http://jabber.org/protocol/nick+notify",
      "urn:xmpp:avatar:metadata+notify",
      "urn:xmpp:microblog:0+notify",
      "urn:xmpp:vcard4+notify",
    ]);
  });

  test("a flood of one person's events holds nobody else's, and is read later", async (t) => {
    const bench = await collectorBench(t, SERVERS.Prosody);
    for (let number = 0; number < 2_100; number += 1) {
      void bench.router.handle(message("mal@evil.example", event()));
    }
    bench.post("1", "one");
    await bench.until(() => bench.told.length === 1 && bench.dropped.length >= 2_100);
    assert.deepEqual(bench.told, ["publish 1 one"]);
    assert.ok(bench.dropped.includes("crowded"));
  });
});
