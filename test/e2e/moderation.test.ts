/**
 * The operator's lists, end to end: the daemon as a process, its commands at the terminal beside
 * it, and pods that share no code with it.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { main } from "../../src/cli.ts";
import { pause, until, xml, type TestClient } from "../support/e2e-client.ts";
import { ourPerson, shareWith, told, toldTo } from "../support/e2e-posts.ts";
import { optIn, publish, readItems, subscribe, virtualJid } from "../support/e2e-social.ts";
import { BASE, COMPONENT, startWorld, type World } from "../support/e2e-world.ts";
import { seal } from "../support/peer-envelope.ts";
import { contact, newGuid, reshare, retraction, statusMessage } from "../support/peer-messages.ts";
import { hostOfPerson, newPerson, type PeerPerson } from "../support/peer-person.ts";
import { comment } from "../support/peer-relayables.ts";
import { postPrivate, postPublic } from "../support/peer.ts";

const alice = newPerson("alice@pod.bad.example", 1024);
const carol = newPerson("carol@pod-c.example", 1024);
const dave = newPerson("dave@pod-d.example", 1024);
/** Nothing came until then: what would have come is faster. */
const QUIET_MS = 1_500;

let world: World;
let anna: TestClient;
let ben: TestClient;

before(async () => {
  world = await startWorld({
    server: "loopback",
    people: [alice, carol, dave],
    forceNodeConfig: true,
    quickKeys: true,
    admins: ["anna"],
  });
  anna = await world.connect("anna");
  ben = await world.connect("ben");
  await optIn(anna, COMPONENT);
  for (const person of [alice, carol]) {
    assert.equal((await subscribe(anna, virtualJid(person.id, COMPONENT))).type, "result");
    await shareWith(world, person, anna);
  }
});
after(async () => {
  await world.close();
});

/** A command at the terminal; what it said. */
async function terminal(...words: string[]): Promise<string> {
  const said: string[] = [];
  const faults: string[] = [];
  const config = join(world.settings.dir, "config.yaml");
  const code = await main([...words, "--config", config], {
    env: {},
    out: (line) => said.push(line),
    err: (line) => faults.push(line),
    readInput: () => Promise.resolve(""),
  });
  assert.equal(code, 0, faults.join("\n"));
  return said.join("\n");
}

async function send(payload: string, signer: PeerPerson): Promise<void> {
  assert.equal((await postPublic(world.peer, BASE, seal(payload, signer))).status, 202);
}

async function post(author: PeerPerson, text: string): Promise<string> {
  const guid = newGuid();
  await send(statusMessage(author, { guid, text }), author);
  return guid;
}

const arrived = (guid: string): boolean => anna.items.some(({ id }) => id === guid);

/** What anna finds in somebody's stream; null: she is told that there is nobody. */
async function streamOf(person: PeerPerson): Promise<string[] | null> {
  try {
    return [...(await readItems(anna, virtualJid(person.id, COMPONENT))).keys()];
  } catch {
    return null;
  }
}

async function got(person: PeerPerson, text: string): Promise<boolean> {
  return (await toldTo(world.peer, person)).some((entity) => entity.get("text") === text);
}

/** Resolves with the answer to a word to the gateway. */
async function chat(client: TestClient, body: string, pattern: RegExp): Promise<string> {
  const from = client.messages.length;
  await client.send(
    xml("message", { to: COMPONENT, type: "chat", id: newGuid() }, xml("body", {}, body)),
  );
  const answer = await until(`an answer to ${body}`, () =>
    client.messages.slice(from).find((message) => pattern.test(message.body)),
  );
  return answer.body;
}

const LIST = [
  "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate",
  ...Array.from({ length: 4_999 }, (_, n) => `bad${String(n)}.example,suspend,False,False,,False`),
  'bad.example,suspend,False,False,"spam, mostly",False',
].join("\n");

test("a pod on a list of 5,000 is shut out in every way, and taken back it is there again", async () => {
  const file = join(world.dir, "list.csv");
  writeFileSync(file, LIST);
  const kept = await post(alice, "before");
  const taken = await post(alice, "before, and taken back");
  await until("alice's posts", () => arrived(kept) && arrived(taken));
  const passedOn = newGuid();
  await send(reshare(carol, passedOn, { author: alice.id, guid: kept }), carol);
  await until("carol's reshare", () => arrived(passedOn));
  await publish(anna, { text: "to both" });
  for (const person of [alice, carol]) await told(world.peer, person, { text: "to both" });

  // Tried, it changes nothing and says what it would do.
  const tried = await terminal("moderation", "import", file, "--dry-run");
  assert.match(tried, /^5000 entries would be put/);
  assert.match(tried, /1 person, 3 posts, 1 contact, 1 subscription/);
  assert.match(tried, new RegExp(`${anna.bare} — ${alice.id}`));
  assert.equal(await terminal("moderation", "list"), "");
  assert.equal((await streamOf(alice))?.includes(kept), true);

  await terminal("moderation", "import", file);
  assert.match(await terminal("pod", "show", "pod.bad.example"), /suspended\n.*spam, mostly/);
  // Within a second, in the daemon that runs beside.
  await until("the pod hidden", async () => (await streamOf(alice)) === null, 5_000);
  assert.equal((await streamOf(carol))?.includes(passedOn), false);

  // Not directly, not by reshare, not by relay, not by fetch, not by discovery.
  const asked = world.peer.asked.length;
  const direct = await post(alice, "directly");
  const unknown = newGuid();
  const sealed = seal(statusMessage(alice, { guid: unknown, text: "fetched" }), alice);
  world.peer.pages.set(`${hostOfPerson(alice)}/fetch/post/${unknown}`, {
    type: "application/magic-envelope+xml",
    body: sealed,
  });
  const reshares = [newGuid(), newGuid()];
  await send(reshare(carol, reshares[0] ?? "", { author: alice.id, guid: unknown }), carol);
  await send(reshare(carol, reshares[1] ?? "", { author: alice.id, guid: kept }), carol);
  await send(
    statusMessage(carol, { guid: newGuid(), text: `diaspora://${alice.id}/post/${unknown}` }),
    carol,
  );
  const below = await post(carol, "a place to comment");
  const relayed = comment(alice, below, "relayed");
  await send(relayed.payload, carol);
  await until("carol heard", () => arrived(below));
  const stranger = await subscribe(anna, virtualJid("new@pod.bad.example", COMPONENT));
  assert.equal(stranger.condition, "not-allowed");
  await publish(anna, { text: "to carol only" });
  await told(world.peer, carol, { text: "to carol only" });
  await pause(QUIET_MS);
  assert.deepEqual([direct, unknown, ...reshares, relayed.guid].filter(arrived), []);
  assert.equal(await got(alice, "to carol only"), false);
  const toBad = world.peer.asked.slice(asked).filter((place) => place.includes("bad.example"));
  assert.deepEqual(toBad, []);
  // What is hidden can be taken back still.
  await send(retraction(alice, taken), alice);

  assert.match(
    await terminal("moderation", "import", file, "--remove"),
    /^5000 entries taken back/,
  );
  const back = await until("alice's stream", async () => (await streamOf(alice)) ?? undefined);
  assert.equal(back.includes(kept), true);
  assert.equal(back.includes(taken), false);
  assert.equal(back.includes(direct), false);
  assert.equal((await streamOf(carol))?.includes(passedOn), true);
  const again = await post(alice, "after");
  await until("alice heard again", () => arrived(again));
  await publish(anna, { text: "to both again" });
  await told(world.peer, alice, { text: "to both again" });
});

test("an admin does the same from a chat, and nobody else sees that this can be done", async () => {
  const said = await chat(anna, "judge suspend pod.bad.example spam", /pod\.bad\.example/);
  assert.match(said, /^Done for pod\.bad\.example/);
  assert.equal(await streamOf(alice), null);
  assert.match(await chat(anna, "standings", /entr/), /suspend pod\.bad\.example \(spam\)/);
  await optIn(ben, COMPONENT);
  assert.match(await chat(ben, "judge suspend pod-c.example", /judge/), /no command “judge”/);
  assert.doesNotMatch(await chat(ben, "help", /register/), /judge|standings|quarantine/);
  await chat(anna, "judge lift pod.bad.example", /Done/);
  assert.notEqual(await streamOf(alice), null);
});

test("somebody on the XMPP side who is suspended is shut out, and gone from outside", async () => {
  const own = await ourPerson(world.peer, anna);
  await terminal("suspend", "xmpp:ben@home.example");
  await until("ben shut out", async () => {
    const answer = await subscribe(ben, virtualJid(carol.id, COMPONENT));
    return answer.condition === "service-unavailable";
  });
  const finger = (user: string): string =>
    `${BASE}.well-known/webfinger?resource=acct:${user}@home.example`;
  assert.equal((await world.peer.fetch(finger("ben"))).status, 404);
  assert.equal((await world.peer.fetch(finger("anna"))).status, 200);
  assert.ok(own.guid !== "");
  await terminal("unblock", "xmpp:ben@home.example");
  await until("ben back", async () => (await world.peer.fetch(finger("ben"))).status === 200);
});

test("with a list of pods the others are closed in both directions", async () => {
  await world.daemon.stop();
  world.settings.moderation = { pods: "listed" };
  await world.restartDaemon();
  await terminal("allow", "pod-c.example");
  await until("carol's stream", async () => (await streamOf(carol)) !== null);
  assert.equal(await streamOf(alice), null);
  const shut = await post(alice, "not on the list");
  const open = await post(carol, "on the list");
  await until("carol heard", () => arrived(open));
  await publish(anna, { text: "to the list" });
  await told(world.peer, carol, { text: "to the list" });
  await pause(QUIET_MS);
  assert.equal(arrived(shut), false);
  assert.equal(await got(alice, "to the list"), false);
  await terminal("allow", "bad.example");
  const later = await post(alice, "on the list now");
  await until("alice heard", () => arrived(later));
});

test("strangers wait for a yes, where the operator wants that", async () => {
  await world.daemon.stop();
  world.settings.moderation = { quarantine: "people" };
  await world.restartDaemon();
  const me = await ourPerson(world.peer, anna);
  const from = anna.messages.length;
  await postPrivate(world.peer, me, contact(dave, me.id, "start"), dave);
  const told = await until("a word about dave", () =>
    anna.messages.slice(from).find(({ body }) => body.includes(dave.id)),
  );
  assert.match(told.body, /wants to follow you.*accept dave@pod-d\.example/);
  const isAsked = (): boolean =>
    anna.presences.some(
      ({ attrs }) =>
        attrs["type"] === "subscribe" && attrs["from"] === virtualJid(dave.id, COMPONENT),
    );
  await pause(QUIET_MS);
  assert.equal(isAsked(), false);
  assert.match(await terminal("quarantine", "list"), /dave@pod-d\.example wants to follow anna@/);
  await chat(anna, "accept dave@pod-d.example", /can reach you/);
  await until("asked to let dave follow", isAsked);
});
