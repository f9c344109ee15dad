/**
 * Must show 5, the good half: what pods send reaches those who subscribed, once, from the
 * right address, with its words; subscribing tells the pod. Envelopes of the original
 * implementations are posted byte for byte.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { attr, pause, until, type SeenItem, type TestClient } from "../support/e2e-client.ts";
import { ourPerson, seenPosts, told } from "../support/e2e-posts.ts";
import {
  entryText,
  NODE,
  optIn,
  publish,
  readItems,
  subscribe,
  unsubscribe,
  virtualJid,
} from "../support/e2e-social.ts";
import { BASE, COMPONENT, DOMAIN, startWorld, type World } from "../support/e2e-world.ts";
import { seal } from "../support/peer-envelope.ts";
import { newGuid, retraction, statusMessage } from "../support/peer-messages.ts";
import { goldenEnvelope, goldenPrivatePayload, vectorPerson } from "../support/peer-person.ts";
import { postPrivate, postPublic } from "../support/peer.ts";

const alice = vectorPerson("alice");
const bob = vectorPerson("bob");
const carol = vectorPerson("carol");
const dave = vectorPerson("dave");
const mallory = vectorPerson("mallory");
const authors = [alice, bob, carol, dave];
const QUIET_MS = 1_000;

let world: World;
let anna: TestClient;
let cleo: TestClient;

before(async () => {
  const people = [...authors, mallory];
  world = await startWorld({ people, forceNodeConfig: true, metrics: true });
  anna = await world.connect("anna");
  cleo = await world.connect("cleo");
  for (const client of [anna, cleo]) await optIn(client, COMPONENT);
});
after(async () => {
  await world.close();
});

function address(id: string): string {
  return virtualJid(id, COMPONENT);
}

function eventsOf(client: TestClient, guid: string): SeenItem[] {
  return client.items.filter(({ id }) => id === guid);
}

test("subscribing sends the person's pod a contact that it can decrypt and verify", async () => {
  for (const author of authors) {
    const answer = await subscribe(anna, address(author.id));
    const subscription = answer.stanza.getChild("pubsub")?.getChild("subscription");
    assert.equal(answer.type, "result", answer.condition);
    assert.equal(subscription?.attrs["subscription"], "subscribed");
    const { opened } = await until("a contact", async () =>
      (await seenPosts(world.peer)).find(
        ({ opened: { name, values } }) => name === "contact" && values["recipient"] === author.id,
      ),
    );
    assert.equal(opened.sender, `anna@${DOMAIN}`);
    assert.equal(opened.values["author"], `anna@${DOMAIN}`);
    assert.equal(opened.values["following"], "true");
    assert.equal(opened.values["sharing"], "true");
  }
  await subscribe(anna, address(alice.id));
  await pause(QUIET_MS);
  assert.equal(world.peer.receipts.length, authors.length, "subscribing again says nothing new");
});

const GOLDEN = [
  "text",
  "unicode",
  "full",
  "65535",
  "control-chars",
  "photos-only",
  "location",
  "poll",
  "event",
  "embed",
  "1024",
  "4096",
  "port",
];

for (const name of GOLDEN) {
  test(`the golden status_message-${name} becomes one event from its author's address`, async () => {
    const golden = goldenEnvelope(`status_message-${name}`);
    assert.equal((await postPublic(world.peer, BASE, golden.body)).status, 202);
    const event = await until("an event", () => eventsOf(anna, golden.guid)[0]);
    assert.equal(event.from, address(golden.sender));
    assert.equal(event.node, NODE);
    const author = event.entry?.getChild("author");
    assert.equal(author?.getChildText("uri"), `xmpp:${address(golden.sender)}`);
    assert.ok((event.entry?.getChildText("title") ?? "") !== "", "a reader drops what is untitled");
    // Mentions are written out for the reader; what is longer than a stanza has its own test.
    const isPlain = golden.text !== null && !golden.text.includes("@{") && name !== "65535";
    // A poll and an event are told in words behind those of the post.
    const told = ["poll", "event", "full"].includes(name) ? "\n\n" : "";
    if (isPlain) assert.ok(`${entryText(event.entry)}${told}`.startsWith(golden.text + told));
    if (isPlain && told === "") assert.equal(entryText(event.entry), golden.text);
    const items = await readItems(anna, address(golden.sender), [golden.guid]);
    assert.deepEqual([...items.keys()], [golden.guid]);
    if (name === "65535") return;
    assert.equal(entryText(items.get(golden.guid)), entryText(event.entry));
  });
}

test("the longest post arrives whole, and its item says where the rest is", async () => {
  const { guid } = goldenEnvelope("status_message-65535");
  const words = entryText(eventsOf(anna, guid)[0]?.entry);
  assert.equal([...words].length, 65_535);
  const item = (await readItems(anna, address(alice.id), [guid])).get(guid);
  const link = `https://pod-a.example/posts/${guid}`;
  assert.ok(entryText(item) === words || entryText(item).endsWith(link));
});

test("a photo is shown and can be fetched", () => {
  const { guid } = goldenEnvelope("status_message-photos-only");
  const entry = eventsOf(anna, guid)[0]?.entry;
  const enclosure = entry?.getChildren("link").find(({ attrs }) => attrs["rel"] === "enclosure");
  assert.match(
    enclosure === undefined ? "" : attr(enclosure, "href"),
    /^https:\/\/pod-a\.example\/uploads\/images\//,
  );
  assert.match(enclosure === undefined ? "" : attr(enclosure, "type"), /^image\//);
});

test("the same envelope again, with and without a final slash, is no second event", async () => {
  const golden = goldenEnvelope("status_message-text");
  for (const path of ["receive/public", "receive/public/"]) {
    const url = new URL(path, BASE).href;
    const answer = await world.peer.fetch(url, { method: "POST", body: golden.body });
    assert.equal(answer.status, 202);
  }
  await pause(QUIET_MS);
  for (const name of GOLDEN) {
    const { guid } = goldenEnvelope(`status_message-${name}`);
    assert.equal(eventsOf(anna, guid).length, 1, name);
  }
});

test("a limited post reaches the addressed person and no other subscriber", async () => {
  await subscribe(cleo, address(alice.id));
  const golden = goldenPrivatePayload("status_message-private");
  const me = await ourPerson(world.peer, anna);
  const payload = golden.payloadXml ?? "";
  assert.equal((await postPrivate(world.peer, me, payload, alice)).status, 202);
  const event = await until("an event", () => eventsOf(anna, golden.guid)[0]);
  assert.equal(event.from, address(alice.id));
  assert.equal(entryText(event.entry), golden.text);
  await pause(QUIET_MS);
  assert.equal(eventsOf(anna, golden.guid).length, 1);
  assert.equal(eventsOf(cleo, golden.guid).length, 0);
  assert.ok((await readItems(anna, address(alice.id))).has(golden.guid));
  assert.ok(!(await readItems(cleo, address(alice.id))).has(golden.guid));
  const asked = await readItems(cleo, address(alice.id), [golden.guid]).catch(() => null);
  assert.equal(asked?.size ?? 0, 0, "nor when it is asked for by its name");
});

test("a trailing slash at the private address is Friendica's, and counts", async () => {
  const me = await ourPerson(world.peer, cleo);
  const guid = newGuid();
  const slashed = { ...me, guid: `${me.guid}/` };
  const payload = statusMessage(alice, { guid, text: "with a slash", public: false });
  assert.equal((await postPrivate(world.peer, slashed, payload, alice)).status, 202);
  await until("an event", () => eventsOf(cleo, guid)[0]);
});

test("nobody else can take a post back, its author can", async () => {
  const guid = newGuid();
  await postPublic(
    world.peer,
    BASE,
    seal(statusMessage(alice, { guid, text: "soon gone" }), alice),
  );
  await until("an event", () => eventsOf(anna, guid)[0]);
  await postPublic(world.peer, BASE, seal(retraction(mallory, guid), mallory));
  await pause(QUIET_MS);
  assert.ok((await readItems(anna, address(alice.id))).has(guid));
  await postPublic(world.peer, BASE, seal(retraction(alice, guid), alice));
  const gone = await until("a retract", () => anna.retracted.find(({ id }) => id === guid));
  assert.equal(gone.from, address(alice.id));
  assert.ok(!(await readItems(anna, address(alice.id))).has(guid));
});

test("after unsubscribing the pod is told and no event comes", async () => {
  assert.equal((await unsubscribe(cleo, address(alice.id))).type, "result");
  const stop = await until("a contact", async () =>
    (await seenPosts(world.peer)).find(
      ({ opened: { sender, values } }) =>
        sender === `cleo@${DOMAIN}` && values["sharing"] === "false",
    ),
  );
  assert.equal(stop.opened.values["following"], "false");
  const guid = newGuid();
  await postPublic(world.peer, BASE, seal(statusMessage(alice, { guid, text: "after" }), alice));
  await until("anna's event", () => eventsOf(anna, guid)[0]);
  await pause(QUIET_MS);
  assert.equal(eventsOf(cleo, guid).length, 0);
});

test("what came while a subscriber was offline waits for the next login", async () => {
  const eva = await world.connect("eva");
  await optIn(eva, COMPONENT);
  await subscribe(eva, address(alice.id));
  await eva.close();
  const guid = newGuid();
  const text = "while you were away";
  await postPublic(world.peer, BASE, seal(statusMessage(alice, { guid, text }), alice));
  await until("anna's event", () => eventsOf(anna, guid)[0]);
  const again = await world.connect("eva");
  assert.equal(entryText((await readItems(again, address(alice.id))).get(guid)), text);
});

/** Each has moved by now: in the order of the flows, and the ends of both. */
const MOVED = [
  'diaspora_x_http_requests_total{door="receive-public",answer="202"}',
  'diaspora_x_http_requests_total{door="receive-user",answer="202"}',
  'diaspora_x_inbox_stored_total{kind="private"}',
  'diaspora_x_open_seconds_count{kind="public"}',
  'diaspora_x_key_operation_seconds_count{operation="decrypt"}',
  'diaspora_x_verified_total{kind="public"}',
  'diaspora_x_received_total{outcome="kept"}',
  'diaspora_x_received_errors_total{stage="open",code="DX_XML_MALFORMED"}',
  'diaspora_x_received_total{outcome="refused"}',
  'diaspora_x_received_lag_seconds_count{kind="private"}',
  'diaspora_x_deliveries_total{kind="stream",outcome="delivered"}',
  'diaspora_x_delivery_lag_seconds_count{kind="stream"}',
  'diaspora_x_stanzas_sent_total{kind="message"}',
  "diaspora_x_barrier_seconds_count",
  'diaspora_x_stanzas_received_total{kind="iq"}',
  'diaspora_x_published_total{outcome="published"}',
  "diaspora_x_publish_seconds_count",
  'diaspora_x_key_operation_seconds_count{operation="sign"}',
  'diaspora_x_posts_total{answer="2xx"}',
  'diaspora_x_post_seconds_count{outcome="answered"}',
  'diaspora_x_deliveries_total{kind="pod",outcome="delivered"}',
  'diaspora_x_deliveries_total{kind="person",outcome="delivered"}',
  'diaspora_x_delivery_lag_seconds_count{kind="pod"}',
  "diaspora_x_stream_logins_total",
  "diaspora_x_stream_online",
  "diaspora_x_stream_holder",
  "diaspora_x_database_up",
  "diaspora_x_database_ping_seconds",
  'diaspora_x_queue_limit{queue="inbox"}',
  'diaspora_x_queue_limit{queue="inserts"}',
  'diaspora_x_queue_limit{queue="outbox"}',
  'diaspora_x_queue_limit{queue="questions"}',
  'diaspora_x_ready{part="stream"}',
];
/** These are told, and may stand at nothing. */
const TOLD = [
  "diaspora_x_inbox_oldest_seconds",
  'diaspora_x_deliveries_waiting{kind="pod"}',
  'diaspora_x_deliveries_oldest_seconds{kind="stream"}',
  'diaspora_x_destinations_backing_off{kind="person"}',
  'diaspora_x_destinations_silent{kind="pod"}',
  'diaspora_x_event_loop_delay_seconds{quantile="0.99"}',
  'diaspora_x_database_connections{state="used"}',
  'diaspora_x_key_operations{operation="sign"}',
  "diaspora_x_stream_waiting_bytes",
];

test("every stage of both flows can be seen in the figures, and each part of the daemon in /ready", async () => {
  await subscribe(anna, address(alice.id));
  await postPublic(world.peer, BASE, "this is no envelope");
  await publish(anna, { text: "to be seen" });
  await told(world.peer, alice, { entity: "status_message", text: "to be seen" }, 40_000);
  const { metricsPort = 0, httpPort } = world.settings;
  const figures = async (): Promise<Map<string, number>> => {
    const answer = await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`);
    const lines = (await answer.text())
      .split("\n")
      .filter((line) => line.startsWith("diaspora_x_"));
    return new Map(
      lines.map((line) => {
        const blank = line.lastIndexOf(" ");
        return [line.slice(0, blank), Number(line.slice(blank + 1))];
      }),
    );
  };
  let still: readonly string[] = MOVED;
  const looked = until("all have moved", async () => {
    const found = await figures();
    still = MOVED.filter((name) => (found.get(name) ?? 0) <= 0);
    return still.length === 0;
  });
  await looked.catch(() => undefined);
  assert.deepEqual(still, []);
  const found = await figures();
  for (const name of TOLD) assert.ok((found.get(name) ?? -1) >= 0, name);
  for (const port of [httpPort, metricsPort]) {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/ready`);
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), {
      status: "ready",
      parts: {
        database: { ok: true, says: "answers" },
        migrations: { ok: true, says: "up to date" },
        stream: { ok: true, says: "online" },
        inbox: { ok: true, says: "has room" },
        draining: { ok: true, says: "no" },
      },
    });
  }
});
