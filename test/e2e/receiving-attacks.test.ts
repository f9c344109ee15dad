/**
 * What somebody with a key and bad intentions sends: what was private, deleted or never
 * opted in stays so, and whoever is slow or full of questions holds nobody else up.
 */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import { pause, until, xml, type SeenItem, type TestClient } from "../support/e2e-client.ts";
import { ourPerson, postArrived } from "../support/e2e-posts.ts";
import { optIn, publish, readItems, subscribe, virtualJid } from "../support/e2e-social.ts";
import { BASE, COMPONENT, DOMAIN, startWorld, type World } from "../support/e2e-world.ts";
import type { DiscoveredPerson } from "../support/peer-discovery.ts";
import { encryptFor, openEnvelope, seal } from "../support/peer-envelope.ts";
import type { PeerAnswer } from "../support/peer-http.ts";
import {
  contact,
  newGuid,
  ownComment,
  reshare,
  retraction,
  statusMessage,
} from "../support/peer-messages.ts";
import { newPerson, record, text, type PeerPerson } from "../support/peer-person.ts";
import { postEncrypted, postPrivate, postPublic } from "../support/peer.ts";

const alice = newPerson("alice@pod-a.example", 1024);
const carol = newPerson("carol@pod-c.example", 1024);
const mallory = newPerson("mallory@pod-m.example", 1024);
const SLOW_HOSTS = Array.from({ length: 240 }, (_, index) => `slow-${String(index)}.example`);
const QUIET_MS = 700;

let world: World;
let anna: TestClient;
let ben: TestClient;
let me: DiscoveredPerson;
let slow: Server;

before(async () => {
  slow = createServer(() => undefined);
  slow.listen(0, "127.0.0.1");
  await new Promise((resolve) => slow.once("listening", resolve));
  const address = slow.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  world = await startWorld({
    people: [alice, carol, mallory],
    forceNodeConfig: true,
    names: new Map(SLOW_HOSTS.map((host) => [host, port])),
  });
  anna = await world.connect("anna");
  ben = await world.connect("ben");
  for (const client of [anna, ben]) {
    await optIn(client, COMPONENT);
    for (const { id } of [alice, mallory]) await subscribe(client, virtualJid(id, COMPONENT));
  }
  me = await ourPerson(world.peer, anna);
});
after(async () => {
  slow.close();
  slow.closeAllConnections();
  await world.close();
});

function get(path: string, method: "GET" | "HEAD" = "GET"): Promise<PeerAnswer> {
  return world.peer.fetch(`${BASE}${path}`, { method });
}

async function sendPublic(payload: string, signer: PeerPerson): Promise<void> {
  assert.equal((await postPublic(world.peer, BASE, seal(payload, signer))).status, 202);
}

function seen(client: TestClient, guid: string): SeenItem[] {
  return client.items.filter(({ id }) => id === guid);
}

async function arrives(guid: string, within?: number): Promise<void> {
  await until("the post", () => seen(anna, guid)[0], within);
}

/** Behind the bad ones, by both doors: when these are there, the others have been looked at. */
async function worked(): Promise<void> {
  const [open, closed] = [newGuid(), newGuid()];
  for (const author of [alice, mallory]) {
    const guid = newGuid();
    await sendPublic(statusMessage(author, { guid, text: "behind" }), author);
    await arrives(guid);
  }
  await sendPublic(statusMessage(alice, { guid: open, text: "behind" }), alice);
  const limited = statusMessage(alice, { guid: closed, text: "behind", public: false });
  await postPrivate(world.peer, me, limited, alice);
  await arrives(open);
  await arrives(closed);
}

test("a limited post is at no address, by no name, type or method", async () => {
  const guid = newGuid();
  const limited = statusMessage(alice, { guid, text: "for anna", public: false });
  await postPrivate(world.peer, me, limited, alice);
  await arrives(guid);
  const unknown = (await get(`fetch/post/${newGuid()}`)).body;
  const paths = [
    ...["post", "status_message", "reshare", "comment", "poll", "event", "photo", "Post"].map(
      (type) => `fetch/${type}/${guid}`,
    ),
    `fetch/post/${guid}/`,
    `fetch/post/${guid.toUpperCase()}`,
    `fetch/post/${guid.replace(/^./, (c) => `%${c.charCodeAt(0).toString(16)}`)}`,
    `fetch/%70ost/${guid}`,
    `fetch//post/${guid}`,
    `posts/${guid}`,
    `people/${guid}`,
    `people/${alice.guid}`,
    `people/${alice.guid}/stream`,
    `media/${guid}.jpg`,
  ];
  for (const path of paths) {
    const { status, body } = await get(path);
    assert.deepEqual([status, body], [404, unknown], path);
    assert.equal((await get(path, "HEAD")).status, 404, `HEAD ${path}`);
  }
  const feed = await readItems(ben, virtualJid(alice.id, COMPONENT), [guid]).catch(() => null);
  assert.equal(feed?.size ?? 0, 0);
  // Its author alone could make it public, and not by saying so later.
  await sendPublic(statusMessage(alice, { guid, text: "for anna" }), alice);
  await sendPublic(statusMessage(mallory, { guid, text: "mine" }), mallory);
  await sendPublic(reshare(mallory, newGuid(), { author: alice.id, guid }), mallory);
  await worked();
  assert.equal((await get(`fetch/post/${guid}`)).status, 404);
  assert.equal(seen(ben, guid).length, 0);
  assert.equal(seen(anna, guid).length, 1);
});

test("a body at the wrong door is kept as politely as any, and does nothing", async () => {
  const guids = [1, 2, 3, 4].map(newGuid);
  const [open = "", bare = "", closed = "", third = ""] = guids;
  const body = (guid: string, isPublic: boolean): string =>
    seal(statusMessage(alice, { guid, text: "lost", public: isPublic }), alice);
  const answers = [
    await postEncrypted(world.peer, me, body(open, true)),
    await postEncrypted(world.peer, me, body(bare, false)),
    await postPublic(world.peer, BASE, encryptFor(me.publicPem, body(closed, false))),
    await postPublic(world.peer, BASE, body(third, false)),
  ];
  assert.deepEqual(
    answers.map(({ status, body }) => [status, body]),
    answers.map(() => [202, ""]),
  );
  await worked();
  for (const guid of guids) assert.equal(seen(anna, guid).length, 0);
});

test("an own post answers to nobody else's message with its GUID", async () => {
  const words = `mine ${newGuid()}`;
  await publish(anna, { text: words });
  const guid = await until("the post served", async () => {
    const list: unknown = JSON.parse((await get(`people/${me.guid}/stream`)).body);
    return Array.isArray(list) && list.length > 0 ? text(record(list[0])["guid"]) : undefined;
  });
  await sendPublic(statusMessage(mallory, { guid, text: "taken" }), mallory);
  const limited = statusMessage(mallory, { guid, text: "taken", public: false });
  await postPrivate(world.peer, me, limited, mallory);
  for (const type of ["Post", "StatusMessage", "Comment", "Photo", "Person"]) {
    await sendPublic(retraction(mallory, guid, type), mallory);
    await postPrivate(world.peer, me, retraction(mallory, guid, type), mallory);
  }
  const claimed = { ...mallory, id: me.id };
  await sendPublic(retraction(claimed, guid), mallory);
  await sendPublic(retraction(claimed, guid), claimed);
  await sendPublic(ownComment(mallory, guid, "spam"), mallory);
  await worked();
  const { payload, sender } = await openEnvelope(
    (await get(`fetch/post/${guid}`)).body,
    async (id) => (await world.peer.find(id)).publicPem,
  );
  assert.equal(sender, `anna@${DOMAIN}`);
  assert.ok(payload.includes(words));
  assert.equal(seen(anna, guid).length + seen(ben, guid).length, 0);
});

test("what belongs to alice is hers to say, at either door", async () => {
  const guid = newGuid();
  await sendPublic(statusMessage(alice, { guid, text: "hers" }), alice);
  await arrives(guid);
  const asAlice = { id: alice.id };
  const forged = [
    retraction(mallory, guid),
    retraction(alice, guid),
    statusMessage(asAlice, { guid: newGuid(), text: "not hers" }),
    contact(alice, me.id, "block"),
    `<profile><author>${alice.id}</author><full_name>Not Alice</full_name></profile>`,
    `<account_deletion><author>${alice.id}</author></account_deletion>`,
    `<account_migration><author>${alice.id}</author><profile><author>${mallory.id}</author>` +
      `<first_name>M</first_name></profile><signature>AAAA</signature></account_migration>`,
  ];
  const before = anna.items.length;
  for (const payload of forged) {
    await sendPublic(payload, mallory);
    await postPrivate(world.peer, me, payload, mallory);
  }
  await worked();
  const news = anna.items.slice(before).map(({ entry }) => entry?.toString() ?? "");
  assert.ok(news.every((entry) => !/not hers|Not Alice/i.test(entry)));
  const kept = await readItems(anna, virtualJid(alice.id, COMPONENT));
  assert.ok(kept.has(guid));
  assert.doesNotMatch(kept.get(guid)?.toString() ?? "", /Not Alice/);
});

test("a contact that was sent to one person plants nothing on another", async () => {
  const other = await ourPerson(world.peer, ben);
  const forAnna = seal(contact(carol, me.id, "start"), carol);
  await postEncrypted(world.peer, other, encryptFor(other.publicPem, forAnna));
  await sendPublic(contact(carol, other.id, "start"), carol);
  await worked();
  const words = `not for pod-c ${newGuid()}`;
  await publish(ben, { text: words });
  await postArrived(world.peer, "pod-m.example", words);
  await pause(QUIET_MS);
  assert.ok(world.peer.receipts.every(({ host }) => host !== "pod-c.example"));
});

test("two hundred and forty senders who are slow to be looked up hold up nobody else", async () => {
  const body = seal(statusMessage(mallory, { guid: newGuid(), text: "wait" }), mallory);
  for (const host of SLOW_HOSTS) {
    const keyId = Buffer.from(`nobody@${host}`).toString("base64url");
    const claim = body.replace(/key_id="[^"]*"/, `key_id="${keyId}"`);
    assert.equal((await postPublic(world.peer, BASE, claim)).status, 202);
  }
  const guid = newGuid();
  await sendPublic(statusMessage(alice, { guid, text: "in time" }), alice);
  await arrives(guid, 8_000);
  slow.close();
  slow.closeAllConnections();
});

test("who leaves is gone: their posts, their pages, their mailbox", async () => {
  const list: unknown = JSON.parse((await get(`people/${me.guid}/stream`)).body);
  assert.ok(Array.isArray(list) && list.length > 0);
  const post = text(record(list[0])["guid"]);
  const remove = xml("query", { xmlns: "jabber:iq:register" }, xml("remove"));
  assert.equal((await anna.iq("set", COMPONENT, remove)).type, "result");
  const resource = `.well-known/webfinger?resource=acct:${me.id}`;
  const ghost = `.well-known/webfinger?resource=acct:nobody@${DOMAIN}`;
  const pairs = [
    [`fetch/post/${post}`, `fetch/post/${newGuid()}`],
    [`people/${me.guid}/stream`, `people/${newGuid()}/stream`],
    [`people/${me.guid}`, `people/${newGuid()}`],
    [`hcard/users/${me.guid}`, `hcard/users/${newGuid()}`],
    ["u/anna", "u/nobody"],
    [resource, ghost],
  ] as const;
  for (const [path, unknown] of pairs) {
    const [gone, never] = [await get(path), await get(unknown)];
    assert.deepEqual([gone.status, gone.body], [404, never.body], path);
  }
  const limited = statusMessage(alice, { guid: newGuid(), text: "too late", public: false });
  const mailbox = await postPrivate(world.peer, me, limited, alice);
  const nobody = await postPrivate(world.peer, { ...me, guid: newGuid() }, limited, alice);
  assert.deepEqual([mailbox.status, mailbox.body], [404, nobody.body]);
});
