/**
 * How long one post takes each way while nothing else happens (Must show 9): from the client's
 * publish to the pod's POST, and from the pod's POST to the client's event. One at a time, on
 * loopback, with a real ejabberd, PostgreSQL with fsync, RSA-4096 for our person. Beside it
 * the bare path in the same run: the same client and server, and a component that does
 * nothing.
 */
import { performance } from "node:perf_hooks";
import { pause, until, within, xml, type TestClient } from "../test/support/e2e-client.ts";
import { shareWith } from "../test/support/e2e-posts.ts";
import {
  goOnline,
  movimItem,
  NODE,
  optIn,
  publish,
  subscribe,
  virtualJid,
} from "../test/support/e2e-social.ts";
import { BASE, COMPONENT, SECRET, startWorld, type World } from "../test/support/e2e-world.ts";
import { seal } from "../test/support/peer-envelope.ts";
import { newGuid, statusMessage } from "../test/support/peer-messages.ts";
import { newPerson } from "../test/support/peer-person.ts";
import { postPublic } from "../test/support/peer.ts";
import { startBareComponent, type BareComponent } from "./bare-component.ts";
import { latencyLine, percentile } from "./percentiles.ts";

const POSTS = 500;
const WARM_UP = 50;
/** Between two posts: this is about latency at rest, not about throughput. */
const REST_MS = 25;
const ARRIVAL_MS = 10_000;
const BARE = "bare.home.example";
const AIM_OUT_MS = 20;
const AIM_IN_MS = 10;

const alice = newPerson("alice@pod-a.example");

export async function main(): Promise<number> {
  const world = await startWorld({
    people: [alice],
    forceNodeConfig: true,
    durable: true,
    otherComponents: [BARE],
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void world.close().then(() => process.exit(1)));
  }
  try {
    return await measure(world);
  } finally {
    await world.close();
  }
}

async function measure(world: World): Promise<number> {
  const anna = await world.connect("anna");
  await optIn(anna, COMPONENT);
  await subscribe(anna, virtualJid(alice.id, COMPONENT));
  await shareWith(world, alice, anna);
  const out = await outgoing(world, anna);
  console.log(latencyLine("out: publish → the pod's POST", out));
  const incoming = await inbound(world, anna);
  console.log(latencyLine("in:  the pod's POST → event", incoming));
  await bareReference(world);
  const reached = percentile(out, 50) < AIM_OUT_MS && percentile(incoming, 50) < AIM_IN_MS;
  console.log(
    `aims: out p50 < ${String(AIM_OUT_MS)} ms, in p50 < ${String(AIM_IN_MS)} ms: ` +
      (reached ? "reached" : "NOT reached"),
  );
  return reached ? 0 : 1;
}

/** One IQ: the node is there and configured, as it is from the second post on. */
async function outgoing(world: World, client: TestClient): Promise<number[]> {
  const posted = world.peer.receipts.length;
  await publish(client, { text: "the first makes the node" });
  await until("the first post", () => world.peer.receipts.length > posted);
  return await repeat(() => arrivalOf(world, () => publishPlain(client)));
}

async function publishPlain(client: TestClient): Promise<void> {
  const item = movimItem(client.bare, { text: `a short post ${newGuid()}` });
  const payload = xml("publish", { node: NODE }, item);
  const answer = await client.iq(
    "set",
    client.bare,
    xml("pubsub", { xmlns: "http://jabber.org/protocol/pubsub" }, payload),
  );
  if (answer.type === "error") throw new Error(`publishing: ${answer.condition}`);
}

/** Milliseconds until the next POST at the peer. */
async function arrivalOf(world: World, send: () => Promise<void>): Promise<number> {
  const arrived = Promise.withResolvers<number>();
  const stop = world.peer.onReceipt((receipt) => {
    arrived.resolve(receipt.at);
  });
  const began = performance.now();
  try {
    await send();
    if (!(await within(arrived.promise, ARRIVAL_MS))) throw new Error("no POST came");
    return (await arrived.promise) - began;
  } finally {
    stop();
  }
}

async function inbound(world: World, client: TestClient): Promise<number[]> {
  // Signed beforehand: the peer's RSA in JavaScript would warm one of the cores.
  const sealed = Array.from({ length: WARM_UP + POSTS }, () => {
    const guid = newGuid();
    const post = statusMessage(alice, { guid, text: `a short post ${guid}` });
    return { guid, body: seal(post, alice) };
  });
  return await repeat(async () => {
    const next = sealed.pop();
    if (next === undefined) throw new Error("nothing left to send");
    return await eventOf(client, next.guid, async () => {
      const { status } = await postPublic(world.peer, BASE, next.body);
      if (status !== 202) throw new Error(`the POST was answered ${String(status)}`);
    });
  });
}

async function eventOf(client: TestClient, id: string, send: () => Promise<void>): Promise<number> {
  const arrived = Promise.withResolvers<number>();
  const stop = client.onItem((item) => {
    if (item.id === id) arrived.resolve(item.at);
  });
  const began = performance.now();
  try {
    await send();
    if (!(await within(arrived.promise, ARRIVAL_MS))) throw new Error("no event came");
    return (await arrived.promise) - began;
  } finally {
    stop();
  }
}

async function repeat(once: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let count = 0; count < WARM_UP + POSTS; count += 1) {
    const value = await once();
    if (count >= WARM_UP) values.push(value);
    // What is done behind a post (rows finished, leases given back) belongs to that post.
    await pause(REST_MS);
  }
  return values;
}

/** Somebody who is not registered, so that the daemon has no part in it. */
async function bareReference(world: World): Promise<void> {
  const bert = await world.connect("bert");
  await goOnline(bert);
  await publish(bert, { text: "the first makes the node" });
  const bare = await startBareComponent({
    domain: BARE,
    secret: SECRET,
    port: world.server.componentPort,
    person: bert.bare,
    node: NODE,
    target: "https://pod-a.example/receive/public",
    hosts: world.peer.hosts,
  });
  try {
    const out = await repeat(() => arrivalOf(world, () => publishPlain(bert)));
    console.log(latencyLine("    bare path out (no database, no crypto)", out));
    console.log(latencyLine("    bare path in", await bareInbound(world, bare, bert)));
  } finally {
    bare.close();
  }
}

async function bareInbound(
  world: World,
  bare: BareComponent,
  client: TestClient,
): Promise<number[]> {
  world.peer.hosts.set(BARE, bare.httpPort);
  return await repeat(async () => {
    const id = newGuid();
    return await eventOf(client, id, async () => {
      await world.peer.fetch(`http://${BARE}/`, { method: "POST", body: id });
    });
  });
}
