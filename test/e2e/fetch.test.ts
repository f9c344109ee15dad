/**
 * What pods fetch from us and we from them: the back catalogue on first contact, and posts
 * that something else was about. Read and answered by a pod that shares no code with us.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pause, until, xml, type SeenItem, type TestClient } from "../support/e2e-client.ts";
import { ourPerson } from "../support/e2e-posts.ts";
import {
  entryText,
  optIn,
  publish,
  readItems,
  subscribe,
  unsubscribe,
  virtualJid,
} from "../support/e2e-social.ts";
import { BASE, COMPONENT, DOMAIN, startWorld, type World } from "../support/e2e-world.ts";
import { openEnvelope, seal } from "../support/peer-envelope.ts";
import type { PeerAnswer } from "../support/peer-http.ts";
import {
  newGuid,
  ownComment,
  readEntity,
  reshare,
  retraction,
  statusMessage,
} from "../support/peer-messages.ts";
import { hostOfPerson, newPerson, record, text, type PeerPerson } from "../support/peer-person.ts";
import { postPublic } from "../support/peer.ts";

const alice = newPerson("alice@pod-a.example", 1024);
const carol = newPerson("carol@pod-c.example", 1024);
const erin = newPerson("erin@pod-e.example", 1024);
const QUIET_MS = 1_000;
const WORDS = ["the first", "the second, Grüße 👋 <&> ]]>", "the third"];

let world: World;
let anna: TestClient;
let own: string;

before(async () => {
  world = await startWorld({ people: [alice, carol, erin], forceNodeConfig: true });
  anna = await world.connect("anna");
  await optIn(anna, COMPONENT);
  own = (await ourPerson(world.peer, anna)).guid;
});
after(async () => {
  await world.close();
});

function get(path: string): Promise<PeerAnswer> {
  return world.peer.fetch(new URL(path, BASE).href);
}

async function stream(): Promise<Record<string, unknown>[]> {
  const answer = await get(`people/${own}/stream`);
  assert.equal(answer.status, 200);
  const list: unknown = JSON.parse(answer.body);
  assert.ok(Array.isArray(list));
  return list.map(record);
}

/** As a pod imports what somebody wrote before anybody here knew them. */
test("a pod that finds somebody gets the back catalogue, each post signed by its author", async () => {
  assert.deepEqual(await stream(), []);
  for (const words of WORDS) await publish(anna, { text: words });
  const listed = await until("three posts", async () => {
    const posts = await stream();
    return posts.length === WORDS.length ? posts : undefined;
  });
  const imported: (string | undefined)[] = [];
  for (const post of listed) {
    assert.deepEqual([post["public"], post["author"]], [true, { guid: own }]);
    const guid = text(post["guid"]);
    const answer = await get(`fetch/post/${guid}`);
    assert.equal(answer.status, 200);
    const type = answer.headers["content-type"];
    assert.equal(type, "application/magic-envelope+xml; charset=utf-8");
    const keyOf = async (id: string): Promise<string> => (await world.peer.find(id)).publicPem;
    const opened = await openEnvelope(answer.body, keyOf);
    const { name, values } = readEntity(opened.payload);
    assert.equal(name, "status_message");
    assert.deepEqual(
      [opened.sender, values["author"], values["guid"], values["public"]],
      [`anna@${DOMAIN}`, `anna@${DOMAIN}`, guid, "true"],
    );
    imported.push(values["text"]);
  }
  assert.deepEqual(imported, WORDS.toReversed());
});

test("for nobody there is no stream, and for no post no envelope", async () => {
  for (const path of [`people/${newGuid()}/stream`, `fetch/post/${newGuid()}`]) {
    assert.equal((await get(path)).status, 404, path);
  }
  const [post] = await stream();
  assert.equal((await get(`fetch/comment/${text(post?.["guid"])}`)).status, 404);
});

function seen(guid: string): SeenItem[] {
  return anna.items.filter(({ id }) => id === guid);
}

/** A post that the pod has and never sent. */
function servedPost(
  author: PeerPerson,
  words: string,
  at?: string,
): { guid: string; path: string } {
  const guid = newGuid();
  const path = `${hostOfPerson(author)}/fetch/post/${guid}`;
  const post = { guid, text: words, ...(at === undefined ? {} : { createdAt: new Date(at) }) };
  const body = seal(statusMessage(author, post), author);
  world.peer.pages.set(path, { type: "application/magic-envelope+xml", body });
  return { guid, path };
}

async function send(payload: string, signer: PeerPerson): Promise<void> {
  assert.equal((await postPublic(world.peer, BASE, seal(payload, signer))).status, 202);
}

const TRIGGERS: readonly [what: string, payload: (guid: string) => string, by: PeerPerson][] = [
  ["a comment on it", (guid) => ownComment(alice, guid, "as I said"), alice],
  ["a reshare of it", (guid) => reshare(carol, newGuid(), { author: alice.id, guid }), carol],
  [
    "a link to it",
    (guid) =>
      statusMessage(carol, { guid: newGuid(), text: `see diaspora://${alice.id}/post/${guid} !` }),
    carol,
  ],
];

for (const [what, payload, by] of TRIGGERS) {
  test(`${what} makes us fetch an unknown post, which a follower sees once`, async () => {
    await subscribe(anna, virtualJid(alice.id, COMPONENT));
    const { guid, path } = servedPost(alice, `found by ${what}`);
    for (let n = 0; n < 2; n += 1) await send(payload(guid), by);
    const event = await until("an event", () => seen(guid)[0]);
    assert.equal(event.from, virtualJid(alice.id, COMPONENT));
    assert.equal(entryText(event.entry), `found by ${what}`);
    await send(statusMessage(alice, { guid, text: `found by ${what}` }), alice);
    await pause(QUIET_MS);
    assert.equal(seen(guid).length, 1);
    assert.deepEqual(
      world.peer.asked.filter((place) => place === path),
      [path],
    );
  });
}

test("a post by somebody else is not taken for the one that was asked for", async () => {
  const { guid, path } = servedPost(alice, "asked for");
  const body = seal(statusMessage(carol, { guid, text: "by somebody else" }), carol);
  world.peer.pages.set(path, { type: "application/magic-envelope+xml", body });
  await send(reshare(carol, newGuid(), { author: alice.id, guid }), carol);
  await until("the question", () => world.peer.asked.includes(path) || undefined);
  await pause(QUIET_MS);
  const items = await readItems(anna, virtualJid(carol.id, COMPONENT));
  assert.ok(!items.has(guid));
  assert.equal((await get(`fetch/post/${guid}`)).status, 404);
});

test("a post of somebody else is found where they live, until they take it back", async () => {
  const guid = newGuid();
  await send(statusMessage(alice, { guid, text: "mine" }), alice);
  const moved = await until("the post", async () => {
    const answer = await get(`fetch/post/${guid}`);
    return answer.status === 302 ? answer : undefined;
  });
  assert.equal(moved.headers.location, `https://${hostOfPerson(alice)}/fetch/post/${guid}`);
  await send(retraction(alice, guid), alice);
  await until("404", async () => (await get(`fetch/post/${guid}`)).status === 404 || undefined);
});

test("who follows somebody for the first time is shown what was written before, once", async () => {
  const address = virtualJid(erin.id, COMPONENT);
  const posts = ["newer", "older"].map((words) => servedPost(erin, words, "2026-01-01T00:00:00Z"));
  const author = { guid: erin.guid };
  const list = posts.map(({ guid }) => ({ guid, public: true, author }));
  const place = `${hostOfPerson(erin)}/people/${erin.guid}/stream`;
  world.peer.pages.set(place, { type: "application/json", body: JSON.stringify(list) });
  await subscribe(anna, address);
  for (const { guid } of posts) await until("an event", () => seen(guid)[0]);
  const items = await readItems(anna, address);
  assert.deepEqual(
    posts.map(({ guid }) => items.has(guid)),
    [true, true],
  );
  await unsubscribe(anna, address);
  await subscribe(anna, address);
  await pause(QUIET_MS * 3);
  assert.equal(world.peer.asked.filter((path) => path === place).length, 1);
  for (const { guid } of posts) assert.equal(seen(guid).length, 1);
});

test("after leaving, neither stream nor posts are there", async () => {
  const [post] = await stream();
  const remove = xml("query", { xmlns: "jabber:iq:register" }, xml("remove"));
  assert.equal((await anna.iq("set", COMPONENT, remove)).type, "result");
  for (const path of [`people/${own}/stream`, `fetch/post/${text(post?.["guid"])}`]) {
    assert.equal((await get(path)).status, 404, path);
  }
});
