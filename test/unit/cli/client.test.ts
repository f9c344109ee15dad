import assert from "node:assert/strict";
import { test } from "node:test";
import { bareJid } from "../../../src/activitystreams/ids.ts";
import type { ClientIq, XmppClient } from "../../../src/client/connect.ts";
import { endpointOf } from "../../../src/client/endpoint.ts";
import { followedJid } from "../../../src/client/follow.ts";
import { movimEntry } from "../../../src/client/movim-entry.ts";
import { optIn } from "../../../src/client/opt-in.ts";
import { publishEntry } from "../../../src/client/publish.ts";
import { exchangeRaw } from "../../../src/client/raw.ts";
import { lineOf, printable, seenIn } from "../../../src/client/watch.ts";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import { childElements, childText, el, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";

/** A client whose server is a function. */
function fakeClient(answer: (iq: ClientIq) => XmlElement | DxError) {
  const bare = bareJid("bob@box.local");
  assert.ok(bare !== null);
  const asked: ClientIq[] = [];
  const sent: XmlElement[] = [];
  const listeners = new Set<(stanza: XmlElement) => void>();
  const request = (iq: ClientIq): Promise<XmlElement> => {
    asked.push(iq);
    const result = answer(iq);
    return result instanceof DxError ? Promise.reject(result) : Promise.resolve(result);
  };
  const client: XmppClient = {
    bare,
    full: `${bare}/r1`,
    request,
    ask: request,
    send: (stanza) => {
      sent.push(stanza);
      return Promise.resolve();
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    closed: new Promise(() => undefined),
    close: () => Promise.resolve(),
  };
  const receive = (stanza: XmlElement): void => {
    for (const listener of listeners) listener(stanza);
  };
  return { client, asked, sent, receive, listeners };
}

const RESULT = el("iq", { type: "result" });

test("an entry has Movim's elements in Movim's order", () => {
  const at = new Date("2026-11-21T12:00:00Z");
  const { id, element } = movimEntry(
    { text: "Hello **you** #cats\nmore", id: "item-1", at },
    "bob@box.local",
  );
  assert.equal(id, "item-1");
  assert.deepEqual(
    childElements(element).map((child) => child.name),
    ["id", "title", "author", "link", "content", "content", "published", "category", "updated"],
  );
  assert.equal(childText(element, "id"), "item-1");
  assert.equal(childText(element, "published"), "2026-11-21T12:00:00.000Z");
  const xml = serialise(element);
  assert.match(xml, /<uri>xmpp:bob@box\.local<\/uri>/);
  assert.match(xml, /href="xmpp:bob@box\.local\?;node=urn:xmpp:microblog:0;item=item-1"/);
  assert.match(
    xml,
    /<content type="xhtml"><div xmlns="http:\/\/www\.w3\.org\/1999\/xhtml">.*<strong>you<\/strong>/s,
  );
  assert.match(xml, /<content type="text">Hello \*\*you\*\* #cats\nmore<\/content>/);
});

test("a post is published with options that keep it and open the node", async () => {
  const { client, asked } = fakeClient(() => RESULT);
  const id = await publishEntry(client, { text: "hi" });
  const [iq] = asked;
  assert.ok(iq !== undefined && asked.length === 1);
  const xml = serialise(iq.payload);
  assert.match(xml, new RegExp(`<item id="${id}"><entry `));
  assert.match(xml, /<field var="pubsub#persist_items"><value>true<\/value>/);
  assert.match(xml, /<field var="pubsub#access_model"><value>open<\/value>/);
});

test("a private post asks for a node that only who sees the presence may read", async () => {
  const { client, asked } = fakeClient(() => RESULT);
  await publishEntry(client, { text: "hi", limited: true });
  assert.match(serialise(asked[0]?.payload ?? el("none")), /access_model"><value>presence</);
});

for (const condition of ["conflict", "precondition-not-met", "resource-constraint"]) {
  test(`on ${condition} the node is configured and the post published without options`, async () => {
    const { client, asked } = fakeClient(({ payload }) =>
      serialise(payload).includes("publish-options") ? refusal(condition) : RESULT,
    );
    await publishEntry(client, { text: "hi" });
    const [, configure, again] = asked.map(({ payload }) => serialise(payload));
    assert.match(
      configure ?? "",
      /pubsub#owner.*<configure node="urn:xmpp:microblog:0">.*#node_config/s,
    );
    assert.match(again ?? "", /<publish /);
    assert.doesNotMatch(again ?? "", /publish-options/);
  });
}

test("a node that is not there yet is made, as ejabberd wants it after resource-constraint", async () => {
  const { client, asked } = fakeClient(({ payload }) => {
    const xml = serialise(payload);
    if (xml.includes("publish-options")) return refusal("resource-constraint");
    return xml.includes("#owner") ? refusal("item-not-found") : RESULT;
  });
  await publishEntry(client, { text: "hi" });
  assert.match(
    serialise(asked[2]?.payload ?? el("none")),
    /<create node="urn:xmpp:microblog:0"\/><configure>/,
  );
});

test("any other refusal is the user's to see, and nothing is configured", async () => {
  const { client, asked } = fakeClient(() => refusal("forbidden"));
  await assert.rejects(publishEntry(client, { text: "hi" }), (error) =>
    isDxError(error, "DX_IQ_ERROR"),
  );
  assert.equal(asked.length, 1);
});

test("opting in registers and grants the presence to the gateway and nobody else", async () => {
  const { client, asked, sent, receive, listeners } = fakeClient(({ type, to, payload }) => {
    if (type === "set" && to === "dx.box.local") {
      receive(el("presence", { from: "mallory@box.local", type: "subscribe" }));
      receive(el("presence", { from: "dx.box.local", type: "subscribe" }));
    }
    return el(
      "iq",
      { type: "result" },
      el("query", payload.attrs, el("instructions", {}, "You are bob@pod.")),
    );
  });
  const { approved, instructions } = await optIn(client, "dx.box.local", 1_000);
  assert.equal(approved, true);
  assert.equal(instructions, "You are bob@pod.");
  const grants = sent.filter(({ attrs }) => attrs["type"] === "subscribed");
  assert.deepEqual(
    grants.map(({ attrs }) => attrs["to"]),
    ["dx.box.local"],
  );
  assert.ok(asked.some(({ type, to }) => type === "set" && to === "dx.box.local"));
  assert.equal(listeners.size, 0);
});

test("opting in again does not wait for a request that will not come", async () => {
  const { client } = fakeClient(({ payload }) =>
    el(
      "iq",
      { type: "result" },
      el("query", payload.attrs, el("item", { jid: "dx.box.local", subscription: "from" })),
    ),
  );
  assert.equal((await optIn(client, "dx.box.local", 60_000)).approved, true);
});

test("a gateway that never asks for the presence is told as it is", async () => {
  const { client } = fakeClient(({ payload }) =>
    el("iq", { type: "result" }, el("query", payload.attrs)),
  );
  assert.equal((await optIn(client, "dx.box.local", 20)).approved, false);
});

const EVENT = `<message from="alice\\40pod.example@dx.box.local"><event xmlns="http://jabber.org/protocol/pubsub#event"><items node="urn:xmpp:microblog:0"><item id="g1"><entry xmlns="http://www.w3.org/2005/Atom"><title>Hello</title><author><name>Alice</name></author><content type="text">Hello world</content></entry></item><retract id="g0"/></items></event></message>`;

test("posts, retractions, messages and presence requests are seen, each as one thing", () => {
  assert.deepEqual(
    seenIn(readXml(EVENT)).map(({ kind, id, author, text }) => [kind, id, author, text]),
    [
      ["post", "g1", "Alice", "Hello world"],
      ["retracted", "g0", "", ""],
    ],
  );
  const chat = el("message", { from: "ann@box.local", type: "chat" }, el("body", {}, "hi"));
  assert.deepEqual(
    seenIn(chat).map(({ kind, text }) => [kind, text]),
    [["message", "hi"]],
  );
  assert.deepEqual(seenIn(el("presence", { from: "x@y", type: "subscribe" }))[0]?.kind, "presence");
  assert.deepEqual(seenIn(el("presence", { from: "x@y" })), []);
  assert.deepEqual(seenIn(el("message", { from: "x@y" })), []);
});

test("a line is one line, with time, sender, author and text", () => {
  const [post] = seenIn(readXml(EVENT));
  assert.ok(post !== undefined);
  const line = lineOf({ ...post, text: "two\nlines" }, new Date(2026, 10, 21, 9, 5, 7));
  assert.equal(line, "09:05:07 alice\\40pod.example@dx.box.local (Alice) [post g1] two ¶ lines");
});

const HOSTILE: readonly [string, string][] = [
  ["\u001b[2J\u001b]0;title\u0007gone", "[2J]0;titlegone"],
  ["\u009b31mred", "31mred"],
  ["user\u202egnp.exe", "usergnp.exe"],
  ["a\rb", "a ¶ b"],
];

for (const [text, expected] of HOSTILE) {
  test(`a stranger's text does not command the terminal: ${JSON.stringify(text)}`, () => {
    assert.equal(printable(text), expected);
  });
}

test("a printed text is bounded", () => {
  assert.ok(printable("x".repeat(1_000_000)).length < 3_000);
});

const FOLLOWED: readonly [string, string | undefined, string][] = [
  ["alice@pod.example", "dx.box.local", "alice\\40pod.example@dx.box.local"],
  ["Alice@Pod.Example", "dx.box.local", "alice\\40pod.example@dx.box.local"],
  ["alice@localhost:4002", "dx.box.local", "alice\\40localhost\\3a4002@dx.box.local"],
  ["alice\\40pod.example@dx.box.local", "dx.box.local", "alice\\40pod.example@dx.box.local"],
  ["ann@box.local", undefined, "ann@box.local"],
];

for (const [who, component, jid] of FOLLOWED) {
  test(`following ${who} at ${String(component)} is a subscription to ${jid}`, () => {
    assert.equal(followedJid(who, component), jid);
  });
}

test("what is no address is not followed", () => {
  assert.throws(
    () => followedJid("not an address", "dx.box.local"),
    (error) => isDxError(error, "DX_USAGE"),
  );
});

test("a server is found by what was given, by its SRV records, or by its domain", async () => {
  const none = () => Promise.reject(new Error("ENOTFOUND"));
  const records = () =>
    Promise.resolve([
      { name: "b.example", port: 5223, priority: 10, weight: 1 },
      { name: "a.example", port: 5224, priority: 5, weight: 1 },
    ]);
  assert.deepEqual(await endpointOf("box.local", { host: "127.0.0.1", port: 5 }, records), {
    host: "127.0.0.1",
    port: 5,
  });
  assert.deepEqual(await endpointOf("box.local", { port: 5 }, records), {
    host: "box.local",
    port: 5,
  });
  assert.deepEqual(await endpointOf("box.local", {}, records), { host: "a.example", port: 5224 });
  assert.deepEqual(await endpointOf("box.local", {}, none), { host: "box.local", port: 5222 });
});

test("a raw IQ is answered as it is, an error with it; other things are refused before they are sent", async () => {
  const { client, sent } = fakeClient(() =>
    el("iq", { type: "error" }, el("error", { type: "cancel" })),
  );
  const { lines, refused } = await exchangeRaw(
    client,
    `<iq type="get" to="x.example"><query xmlns="a"/></iq>`,
  );
  assert.equal(refused, true);
  assert.match(lines[0] ?? "", /<error type="cancel"\/>/);
  for (const bad of [
    "<iq type='get'/>",
    "<iq type='result'><a/></iq>",
    "<iq type='set'><a/><b/></iq>",
    "<stream/>",
  ]) {
    await assert.rejects(exchangeRaw(client, bad), (error) => isDxError(error, "DX_USAGE"), bad);
  }
  assert.equal(sent.length, 0);
});

function refusal(condition: string): DxError {
  return new DxError("DX_IQ_ERROR", { evidence: { condition } });
}
