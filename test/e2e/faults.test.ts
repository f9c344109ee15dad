/**
 * Must show 5, what breaks around the daemon: the database goes away or stands still, the
 * XMPP server restarts, a pod fails. Senders are asked to come back, the daemon stays, and
 * everything arrives afterwards, once.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { pause, until, type TestClient } from "../support/e2e-client.ts";
import { postArrived, seenPosts, shareWith } from "../support/e2e-posts.ts";
import { goOnline, optIn, publish, subscribe, virtualJid } from "../support/e2e-social.ts";
import { BASE, COMPONENT, startWorld, type World } from "../support/e2e-world.ts";
import { seal } from "../support/peer-envelope.ts";
import { newGuid, statusMessage } from "../support/peer-messages.ts";
import type { PeerAnswer } from "../support/peer-http.ts";
import { vectorPerson } from "../support/peer-person.ts";
import { postPublic } from "../support/peer.ts";

const alice = vectorPerson("alice");
/** diaspora* waits this long for an answer. */
const PATIENCE_MS = 30_000;

let world: World;
let anna: TestClient;
let daemonPid = 0;

before(async () => {
  world = await startWorld({ people: [alice], forceNodeConfig: true });
  anna = await world.connect("anna");
  await optIn(anna, COMPONENT);
  await subscribe(anna, virtualJid(alice.id, COMPONENT));
  await shareWith(world, alice, anna);
  daemonPid = world.daemon.pid;
});
after(async () => {
  await world.close();
});
beforeEach(() => {
  assert.equal(world.daemon.pid, daemonPid);
});

/** One post each way, as a proof that everything works. */
async function bothWaysWork(): Promise<void> {
  const guid = newGuid();
  const text = `out ${guid}`;
  await publish(anna, { text });
  await postArrived(world.peer, "pod-a.example", text, 40_000);
  const body = seal(statusMessage(alice, { guid, text: "in" }), alice);
  await retriedUntilTaken(body);
  await until("the event", () => anna.items.find(({ id }) => id === guid), 40_000);
}

/** A real pod tries again until it is answered 2xx; this one does so faster. */
async function retriedUntilTaken(body: string): Promise<void> {
  await until(
    "the message taken",
    async () => {
      const answer = await postPublic(world.peer, BASE, body).catch(() => null);
      return answer !== null && answer.status === 202;
    },
    40_000,
  );
}

function askedToComeBack(answer: PeerAnswer): void {
  assert.equal(answer.status, 503);
  assert.match(answer.headers["retry-after"] ?? "", /^[1-9]\d*$/);
}

test("a database that is gone: 503 with Retry-After, and afterwards nothing is missing", async () => {
  await bothWaysWork();
  await world.database.stop();
  const guid = newGuid();
  const body = seal(statusMessage(alice, { guid, text: "knock" }), alice);
  const began = Date.now();
  askedToComeBack(await postPublic(world.peer, BASE, body));
  assert.ok(Date.now() - began < PATIENCE_MS);
  const me = await world.peer.find(anna.bare);
  const url = `${BASE}receive/users/${me.guid}`;
  askedToComeBack(await world.peer.fetch(url, { method: "POST", body: "{}" }));
  await publish(anna, { text: "into the void" });
  await pause(2_000);
  await world.restartDatabase();
  await retriedUntilTaken(body);
  await until("the event", () => anna.items.find(({ id }) => id === guid), 40_000);
  await postArrived(world.peer, "pod-a.example", "into the void", 40_000);
  await bothWaysWork();
});

test("a database that stands still: 503 before the sender's patience ends", async () => {
  const guid = newGuid();
  const body = seal(statusMessage(alice, { guid, text: "knock knock" }), alice);
  const stopped = processesOf(world.database.pid);
  for (const pid of stopped) process.kill(pid, "SIGSTOP");
  try {
    const answers = await Promise.all(
      [1, 2, 3].map(() =>
        world.peer.fetch(`${BASE}receive/public`, {
          method: "POST",
          body,
          timeoutMs: PATIENCE_MS,
        }),
      ),
    );
    for (const answer of answers) askedToComeBack(answer);
  } finally {
    for (const pid of stopped) process.kill(pid, "SIGCONT");
  }
  await retriedUntilTaken(body);
  await until("the event", () => anna.items.find(({ id }) => id === guid), 40_000);
  await bothWaysWork();
  assert.equal(anna.items.filter(({ id }) => id === guid).length, 1);
});

/** The postmaster and its children: the backends that answer, and the writers. */
function processesOf(pid: number): number[] {
  const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, "utf8");
  return [pid, ...children.trim().split(/\s+/).filter(Boolean).map(Number)];
}

test("a pod that answers 500 to one message still gets the next, and once each", async () => {
  await world.peer.setFault(500);
  await publish(anna, { text: "the unlucky one" });
  await until("the refused one", () => world.peer.receipts.find(({ status }) => status === 500));
  await world.peer.setFault(null);
  await publish(anna, { text: "the lucky one" });
  await postArrived(world.peer, "pod-a.example", "the lucky one");
  await until(
    "the unlucky one after all",
    async () =>
      (await seenPosts(world.peer)).find(
        ({ receipt, opened }) =>
          receipt.status === 202 && opened.values["text"] === "the unlucky one",
      ),
    60_000,
  );
});

test("a pod that was away for a moment gets what waited for it", async () => {
  await world.peer.setFault("refuse");
  await publish(anna, { text: "nobody at home" });
  await pause(1_500);
  await world.peer.setFault(null);
  await postArrived(world.peer, "pod-a.example", "nobody at home", 30_000);
});

test("an XMPP server that restarts finds the component again, and posts go on", async () => {
  await world.restartServer();
  anna = await world.connect("anna");
  await goOnline(anna);
  await until("the daemon ready", () => world.daemon.isReady(), 40_000);
  await bothWaysWork();
});

test("after all that the daemon is the same process and no post came twice", async () => {
  assert.equal(await world.daemon.isReady(), true);
  // What was under way in the moment when the database went may come twice; posts were not.
  const taken = (await seenPosts(world.peer))
    .filter(({ opened, receipt }) => opened.name === "status_message" && receipt.status < 300)
    .map(({ opened }) => opened.values["text"]);
  assert.deepEqual(taken, [...new Set(taken)]);
});

test("a daemon that is told to stop while a pod does not answer ends in order", async () => {
  const asked = world.peer.receipts.length;
  await world.peer.setFault("hang");
  await publish(anna, { text: "to somebody who listens and says nothing" });
  await until("a request that hangs", () => world.peer.receipts.length > asked, 40_000);
  const began = Date.now();
  assert.equal(await world.daemon.stop(), 0);
  assert.ok(Date.now() - began < PATIENCE_MS / 2);
});
