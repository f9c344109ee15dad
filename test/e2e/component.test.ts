/**
 * The gateway as a client and an operator see it: what it says it is, what it answers to
 * what it does not know, opting in and out, a wrong secret, a database of its own.
 */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort } from "../../dev/ports.ts";
import { pause, until, within, xml, type TestClient } from "../support/e2e-client.ts";
import { spawnDaemon, startDaemon } from "../support/e2e-daemon.ts";
import { ourPerson, postArrived, shareWith } from "../support/e2e-posts.ts";
import { NODE, optIn, publish, subscribe, virtualJid } from "../support/e2e-social.ts";
import { COMPONENT, DOMAIN, startWorld, type World } from "../support/e2e-world.ts";
import { contact } from "../support/peer-messages.ts";
import { vectorPerson } from "../support/peer-person.ts";
import { postPrivate } from "../support/peer.ts";

const alice = vectorPerson("alice");
const NS_INFO = "http://jabber.org/protocol/disco#info";
const NS_PUBSUB = "http://jabber.org/protocol/pubsub";
const NS_REGISTER = "jabber:iq:register";

let world: World;
let anna: TestClient;

before(async () => {
  world = await startWorld({ people: [alice], forceNodeConfig: true });
  anna = await world.connect("anna");
});
after(async () => {
  await world.close();
});

async function info(to: string): Promise<{ identities: string[]; features: string[] }> {
  const answer = await anna.iq("get", to, xml("query", { xmlns: NS_INFO }));
  assert.equal(answer.type, "result", answer.condition);
  const query = answer.stanza.getChild("query", NS_INFO);
  return {
    identities: (query?.getChildren("identity") ?? []).map(
      ({ attrs }) => `${String(attrs["category"])}/${String(attrs["type"])}`,
    ),
    features: (query?.getChildren("feature") ?? []).map(({ attrs }) => String(attrs["var"])),
  };
}

test("the component says what it is and what it does", async () => {
  const { identities, features } = await info(COMPONENT);
  assert.ok(identities.includes("gateway/diaspora"), identities.join());
  for (const feature of [NS_INFO, NS_REGISTER, "urn:xmpp:ping", "jabber:iq:version"]) {
    assert.ok(features.includes(feature), `${feature} of ${features.join()}`);
  }
});

test("each namespace that is advertised is answered by something else than `unknown`", async () => {
  const { features } = await info(COMPONENT);
  const asked = features.filter((feature) => /^(?:jabber:iq:|urn:xmpp:ping)/.test(feature));
  assert.ok(asked.length >= 3);
  for (const feature of asked) {
    const name = feature === "urn:xmpp:ping" ? "ping" : "query";
    const answer = await anna.iq("get", COMPONENT, xml(name, { xmlns: feature }));
    assert.notEqual(answer.condition, "service-unavailable", feature);
  }
});

test("ping and version are answered", async () => {
  const ping = await anna.iq("get", COMPONENT, xml("ping", { xmlns: "urn:xmpp:ping" }));
  assert.equal(ping.type, "result");
  const asked = xml("query", { xmlns: "jabber:iq:version" });
  const version = await anna.iq("get", COMPONENT, asked);
  assert.match(version.stanza.getChild("query")?.getChildText("name") ?? "", /diaspora-x/i);
});

const UNKNOWN: readonly (readonly [string, string])[] = [
  ["the component", COMPONENT],
  ["a person", virtualJid(alice.id, COMPONENT)],
  ["a name that is nobody", `nobody@${COMPONENT}`],
  ["a malformed person", `al\\40ice\\40pod@${COMPONENT}`],
];
for (const [what, to] of UNKNOWN) {
  test(`an IQ of an unknown kind to ${what} gets an error, not silence`, async () => {
    for (const type of ["get", "set"] as const) {
      const answer = await anna.iq(type, to, xml("query", { xmlns: "urn:example:unknown" }), 5_000);
      assert.equal(answer.type, "error");
      assert.notEqual(answer.condition, "none");
      assert.notEqual(answer.condition, "internal-server-error");
    }
  });
}

test("only who has opted in may make the gateway follow somebody", async () => {
  const answer = await subscribe(anna, virtualJid(alice.id, COMPONENT));
  assert.equal(answer.type, "error");
  assert.equal(world.peer.receipts.length, 0);
});

test("a follower of nobody on the federation is told so", async () => {
  const ben = await world.connect("ben");
  await optIn(ben, COMPONENT);
  // The last is one of our own people: following oneself through the gateway would go in a circle.
  for (const id of ["ghost@pod-a.example", "ghost@no-such-pod.example", "ben@home.example"]) {
    const answer = await subscribe(ben, virtualJid(id, COMPONENT));
    assert.equal(answer.type, "error", id);
    assert.notEqual(answer.condition, "internal-server-error", id);
  }
});

test("nobody but the author publishes at a person's address", async () => {
  const item = xml("item", { id: "x" }, xml("entry", { xmlns: "http://www.w3.org/2005/Atom" }));
  const payload = xml("pubsub", { xmlns: NS_PUBSUB }, xml("publish", { node: NODE }, item));
  const answer = await anna.iq("set", virtualJid(alice.id, COMPONENT), payload);
  assert.deepEqual([answer.type, answer.condition], ["error", "forbidden"]);
});

test("opting in, out and in again: found, not found, the same person found", async () => {
  await optIn(anna, COMPONENT);
  const first = await ourPerson(world.peer, anna);
  await shareWith(world, alice, anna);
  const remove = xml("query", { xmlns: NS_REGISTER }, xml("remove"));
  assert.equal((await anna.iq("set", COMPONENT, remove)).type, "result");
  const webfinger = `https://${DOMAIN}/.well-known/webfinger?resource=acct:anna@${DOMAIN}`;
  assert.equal((await world.peer.fetch(webfinger)).status, 404);
  assert.equal((await world.peer.fetch(`${first.seed}hcard/users/${first.guid}`)).status, 404);
  const stray = await postPrivate(world.peer, first, contact(alice, first.id, "start"), alice);
  assert.equal(stray.status, 404);
  const posted = world.peer.receipts.length;
  await publish(anna, { text: "after I had left" });
  await pause(1_500);
  assert.equal(world.peer.receipts.length, posted, "who has left is not federated");

  const again = await anna.iq("set", COMPONENT, xml("query", { xmlns: NS_REGISTER }));
  assert.equal(again.type, "result", again.condition);
  const back = await world.peer.fetch(webfinger);
  assert.equal(back.status, 200);
  assert.ok(back.body.includes(first.guid), "pods keep key and guid for ever");
});

test("a second registration is no error and changes nothing", async () => {
  const before = await world.peer.fetch((await ourPerson(world.peer, anna)).seed);
  assert.equal(before.status, 200);
  const answer = await anna.iq("set", COMPONENT, xml("query", { xmlns: NS_REGISTER }));
  assert.equal(answer.type, "result", answer.condition);
});

test("with a wrong secret the daemon says so and ends, or waits without hammering", async () => {
  await world.daemon.stop();
  const dir = join(world.dir, "wrong-secret");
  mkdirSync(dir);
  const component = { ...world.settings.component, secret: "not the secret" };
  const daemon = spawnDaemon({ ...world.settings, dir, component, httpPort: await freePort() });
  const said = await until(
    "a word about the secret",
    () => /secret|not-authorized|password/i.exec(daemon.log()),
    20_000,
  );
  assert.ok(said[0] !== "");
  await within(daemon.exited, 5_000);
  assert.ok(!daemon.log().includes("not the secret"), "the secret itself is not in the log");
  const code = await daemon.stop();
  const attempts = ejabberdLog().match(/Failed external component \w*/g)?.length ?? 0;
  assert.ok(attempts >= 1 && attempts <= 5, `${String(attempts)} attempts`);
  assert.notEqual(code, 0);
  await world.restartDaemon();
});

function ejabberdLog(): string {
  const folder = join(world.dir, "ejabberd/log");
  return readdirSync(folder)
    .filter((name) => name.startsWith("ejabberd"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
}

test("with a database of its own the daemon comes back after kill -9, with everything", async () => {
  await world.daemon.stop();
  const dir = join(world.dir, "embedded");
  mkdirSync(dir);
  const settings = { ...world.settings, dir, databaseUrl: null };
  let daemon = await startDaemon(settings);
  try {
    const cleo = await world.connect("cleo");
    await optIn(cleo, COMPONENT);
    await shareWith(world, alice, cleo);
    await daemon.kill();
    await publish(cleo, { text: "its database was orphaned" });
    daemon = await startDaemon(settings);
    await postArrived(world.peer, "pod-a.example", "its database was orphaned", 30_000);
  } finally {
    assert.equal(await daemon.stop(), 0);
  }
  await world.restartDaemon();
});
