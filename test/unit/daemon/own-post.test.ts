/** Posts of commands in their author's own node, on servers that differ. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Guid, Jid } from "../../../src/activitystreams/ids.ts";
import { publishItem } from "../../../src/bridge/publish.ts";
import type { PrivilegedOutcome } from "../../../src/connector/privilege.ts";
import { createOwnPosts, type OwnPosts } from "../../../src/daemon/own-post.ts";
import { DxError } from "../../../src/errors/error.ts";
import { child, childrenNamed, childText, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { guidNumber, note, remotePost } from "../../support/fixtures.ts";
import { bridgeBench, NODE, NOW, type Bench } from "../bridge/bench.ts";

interface Server {
  /** null: there is no such node. */
  access: "open" | "presence" | null;
  /** What a stranger is told of a node that is none. */
  readonly missing: "missing" | "refused";
  readonly items: Map<string, XmlElement>;
  /** What it does with the options of a publish. */
  readonly options: "heeds" | "ignores" | "knows none";
  readonly lets: "everything" | "nothing";
  /** Called before each publish. */
  meanwhile: () => void;
  /** What comes of a retraction instead of an answer. */
  readonly fails: Error | null;
}

function server(changes: Partial<Server> = {}): Server {
  return {
    ...{ access: null, missing: "missing", items: new Map<string, XmlElement>() },
    ...{ options: "heeds", lets: "everything", meanwhile: () => undefined, fails: null },
    ...changes,
  };
}

const guidOf = (_: Jid, __: string, itemId: string): Guid =>
  guidNumber(0xa000 + Number.parseInt(itemId.slice(0, 3), 16));

function ownPosts(at: Server, { store }: Pick<Bench, "store">): OwnPosts {
  const answer = (outcome: PrivilegedOutcome): Promise<PrivilegedOutcome> =>
    Promise.resolve(at.lets === "nothing" ? "not-possible" : outcome);
  return createOwnPosts({
    rules: { store, guidOf },
    maxBytes: 60_000,
    now: () => NOW,
    reader: {
      readAsStranger: (_, __, id) => {
        if (at.access === null) return Promise.resolve({ state: at.missing });
        if (at.access !== "open") return Promise.resolve({ state: "refused" });
        const all = [...at.items].map(([itemId, payload]) => ({
          id: itemId,
          payload,
          publisher: null,
        }));
        const items = all.filter((item) => id === undefined || item.id === id);
        return Promise.resolve({ state: "read", items, found: items.map((item) => item.id) });
      },
    },
    privilege: {
      publishAs: (_, node, { id, payload }, options) => {
        assert.equal(node, NODE);
        at.meanwhile();
        const wanted = options?.["pubsub#access_model"];
        if (at.lets === "nothing") return answer("not-possible");
        if (wanted !== undefined && at.options === "knows none") return answer("conflict");
        const heeded = at.options === "heeds" ? wanted : undefined;
        if (at.access !== null && heeded !== undefined && heeded !== at.access) {
          return answer("conflict");
        }
        at.access ??= heeded === "open" ? "open" : "presence";
        at.items.set(id, payload);
        return answer("done");
      },
      retractAs: (_, __, id) =>
        at.fails === null
          ? answer(at.items.delete(id) ? "done" : "not-possible")
          : Promise.reject(at.fails),
    },
  });
}

const PUBLISHED: readonly (readonly [what: string, server: () => Server, published: boolean])[] = [
  ["a node that is open already", () => server({ access: "open" }), true],
  ["a node that the publish makes open", () => server(), true],
  [
    "a node that is made closed, as it is when a client of the owner makes it at that moment,",
    () => server({ options: "ignores" }),
    false,
  ],
  [
    "an open node on a server that knows no such options",
    () => server({ access: "open", options: "knows none" }),
    true,
  ],
  [
    "a closed node on a server that heeds no options",
    () => server({ access: "presence", options: "ignores" }),
    false,
  ],
  [
    "a node that is none, of which a stranger is told that it is closed (Prosody)",
    () => server({ missing: "refused" }),
    true,
  ],
  ["a node that is closed", () => server({ access: "presence" }), false],
  ["a server that lets us do nothing", () => server({ lets: "nothing" }), false],
  [
    "a node that its owner closes at that moment",
    () => {
      const at = server({ access: "open" });
      at.meanwhile = () => (at.access = "presence");
      return at;
    },
    false,
  ],
  [
    "a node that a client of the owner makes at that moment, for contacts",
    () => {
      const at = server();
      at.meanwhile = () => (at.access ??= "presence");
      return at;
    },
    false,
  ],
];
for (const [what, make, published] of PUBLISHED) {
  test(`into ${what} a public post ${published ? "goes" : "does not go, and none is left there"}`, async () => {
    await using bench = await bridgeBench();
    const bob = await bench.account();
    const at = make();
    const own = ownPosts(at, bench);
    const guid = await own.publishOwn(bob.jid, { markdown: "Hello *you*", key: "1" });
    const [id] = at.items.keys();
    assert.equal(guid, published ? guidOf(bob.jid, NODE, id ?? "") : null);
    assert.equal(at.items.size, published ? 1 : 0);
    if (!published) return;
    assert.equal(at.access, "open");
    assert.equal(await own.publishOwn(bob.jid, { markdown: "Hello *you*", key: "1" }), guid);
    assert.equal(at.items.size, 1, "the same command twice is one post");
  });
}

const ENTRY = readXml(
  `<entry xmlns="http://www.w3.org/2005/Atom"><title>Old words</title><id>first-post</id>
   <author><name>Bob</name><uri>xmpp:bob@example.org</uri></author>
   <link rel="replies" title="comments" href="xmpp:comments.example.org?;node=urn%3Axmpp%3Amicroblog%3A0%3Acomments%2Ffirst-post"/>
   <link rel="enclosure" href="https://up.example/a.jpg" type="image/jpeg"/>
   <content type="text">Old words</content><category term="old"/>
   <geoloc xmlns="http://jabber.org/protocol/geoloc"><text>Here</text></geoloc>
   <published>2026-01-01T00:00:00Z</published><updated>2026-01-01T00:00:00Z</updated></entry>`,
);

/** A post that Bob's client wrote, and what his server has of it. */
async function collected(bench: Bench, at: Server, photos = 1): Promise<{ jid: Jid; guid: Guid }> {
  const { jid } = await bench.account();
  const photo = (number: number) => ({ guid: guidNumber(number), url: "https://dx.example.org/m" });
  const found: { guid: Guid | null } = { guid: null };
  await publishItem(
    {
      ...{ jid, node: NODE, itemId: "first-post", hash: "h", published: NOW },
      ...{ fresh: true, baselineDone: true, optedIn: NOW, readableByStranger: true },
      reading: (guid) => {
        found.guid = guid;
        const pictures = Array.from({ length: photos }, (_, index) => photo(0x500 + index));
        const said = note({ guid, markdown: "Old words", photos: pictures });
        return { note: said, via: null, comments: null, audience: "node" };
      },
    },
    bench.store,
    bench.effects,
  );
  assert.ok(found.guid !== null);
  at.items.set("first-post", ENTRY);
  return { jid, guid: found.guid };
}

test("a changed post keeps all that its client wrote beside the words", async () => {
  await using bench = await bridgeBench();
  const at = server({ access: "open" });
  const { jid, guid } = await collected(bench, at);
  assert.equal(await ownPosts(at, bench).editOwn(jid, guid, "New **words** #now"), "done");
  const entry = at.items.get("first-post");
  assert.ok(entry !== undefined);
  assert.deepEqual(
    childrenNamed(entry, "content").map(({ attrs }) => attrs["type"]),
    ["text", "xhtml"],
  );
  assert.equal(childText(entry, "content"), "New **words** #now");
  assert.equal(childText(entry, "updated"), NOW.toISOString());
  assert.equal(childText(entry, "published"), "2026-01-01T00:00:00Z");
  assert.equal(childText(entry, "id"), "first-post");
  assert.deepEqual(
    childrenNamed(entry, "category").map(({ attrs }) => attrs["term"]),
    ["now"],
  );
  assert.deepEqual(
    childrenNamed(entry, "link").map(({ attrs }) => attrs["rel"]),
    ["replies", "enclosure"],
  );
  assert.ok(child(entry, "geoloc", "http://jabber.org/protocol/geoloc"));
});

test("a post whose pictures only its words show is not changed there", async () => {
  await using bench = await bridgeBench();
  const at = server({ access: "open" });
  const { jid, guid } = await collected(bench, at, 2);
  assert.equal(await ownPosts(at, bench).editOwn(jid, guid, "New words"), "not-possible");
  assert.equal(at.items.get("first-post"), ENTRY);
});

test("a post is taken back there, also when the federation has taken it back already", async () => {
  await using bench = await bridgeBench();
  const at = server({ access: "open" });
  const { jid, guid } = await collected(bench, at);
  const known = await bench.store.findActivity(guid);
  await bench.store.transaction((tx) => tx.entombActivity(known?.id ?? ""));
  const own = ownPosts(at, bench);
  assert.equal(await own.editOwn(jid, guid, "Back again"), "elsewhere");
  assert.equal(await own.retractOwn(jid, guid), "done");
  assert.equal(at.items.size, 0);
  assert.equal(await own.retractOwn(jid, guid), "not-possible", "their server knows of none");
});

for (const code of ["DX_IQ_TIMEOUT", "DX_STREAM_DOWN"] as const) {
  test(`where a retraction has no answer (${code}), the author is told to do it, not that it failed`, async () => {
    await using bench = await bridgeBench();
    const at = server({ access: "open", fails: new DxError(code) });
    const { jid, guid } = await collected(bench, at);
    assert.equal(await ownPosts(at, bench).retractOwn(jid, guid), "not-possible");
  });
}

test("nobody changes or takes back what is somebody else's, or stands elsewhere", async () => {
  await using bench = await bridgeBench();
  const at = server({ access: "open" });
  const { jid, guid } = await collected(bench, at);
  const eve = await bench.account("eve@example.org");
  const alice = await bench.remote();
  const post = remotePost({ guid: guidNumber(0x700) });
  await bench.receive(post, alice);
  const own = ownPosts(at, bench);
  for (const [who, what] of [
    [eve.jid, guid],
    [jid, guidNumber(0x700)],
    [jid, guidNumber(0x701)],
  ] as const) {
    assert.equal(await own.editOwn(who, what, "x"), "elsewhere");
    assert.equal(await own.retractOwn(who, what), "elsewhere");
  }
  assert.equal(at.items.get("first-post"), ENTRY);
});
