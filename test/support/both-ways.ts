/**
 * Posts that go both ways while something happens to the daemon: whoever sends them sends them
 * again until they are taken, as pods and clients do. Afterwards nothing may be lost, and nothing
 * there twice once readers have removed repeats by GUID or by (from, node, id), as they do.
 */
import { performance } from "node:perf_hooks";
import { pause, type TestClient } from "./e2e-client.ts";
import { seenPosts, shareWith } from "./e2e-posts.ts";
import { optIn, publish, readItems, subscribe, virtualJid } from "./e2e-social.ts";
import { BASE, COMPONENT, type World } from "./e2e-world.ts";
import { seal } from "./peer-envelope.ts";
import { newGuid, statusMessage } from "./peer-messages.ts";
import { vectorPerson } from "./peer-person.ts";
import { postPublic } from "./peer.ts";

/** For what was put off by a fault. */
const SETTLE_MS = 120_000;
/** Of one client's publish: its server answers it whatever the daemon does. */
const RESEND_MS = 250;

/** Who posts from the pod. */
export const alice = vectorPerson("alice");
const service = virtualJid(alice.id, COMPONENT);

export interface Outcome {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly repeats: number;
}

interface Sent {
  readonly guid: string;
  readonly text: string;
}

export interface Traffic {
  /** Resolves when all is sent. */
  send(): Promise<void>;
  /** Looks until nothing is missing, or for as long as can be expected. */
  outcomes(): Promise<Record<string, Outcome>>;
}

export interface TrafficOptions {
  readonly world: World;
  /** Each way. */
  readonly posts: number;
  /** How long it lasts, about. */
  readonly forMs: number;
  readonly random: () => number;
  /** How long to wait at the end for what comes twice. */
  readonly quietMs?: number;
}

/** Somebody here and alice follow each other, and both are about to write. */
export async function prepareTraffic(options: TrafficOptions): Promise<Traffic> {
  const { forMs, posts, quietMs = 3_000, random, world } = options;
  const client = await world.connect("anna");
  await optIn(client, COMPONENT);
  await subscribe(client, service);
  await shareWith(world, alice, client);
  // One before the first fault: from then on the node is there and open.
  await publish(client, { text: "out 0" });
  const sent: Sent[] = Array.from({ length: posts }, (_, index) => {
    return { guid: newGuid(), text: `in ${String(index + 1)}` };
  });
  const texts = Array.from({ length: posts }, (_, index) => `out ${String(index + 1)}`);
  const gaps = Array.from({ length: posts }, () => (random() * 2 * forMs) / posts);
  return {
    async send() {
      await Promise.all([publishAll(client, texts, gaps), sendAll(world, sent, gaps)]);
    },
    async outcomes() {
      const outgoing = await settled(() => outgoingOutcome(world, ["out 0", ...texts]), quietMs);
      const incoming = await settled(() => incomingOutcome(client, sent), quietMs);
      return { "XMPP → diaspora*": outgoing, "diaspora* → XMPP": incoming };
    },
  };
}

async function publishAll(
  client: TestClient,
  texts: readonly string[],
  gaps: readonly number[],
): Promise<void> {
  for (const [index, text] of texts.entries()) {
    await pause(gaps[index] ?? 0);
    await publish(client, { text, id: `way-${String(index + 1)}` });
  }
}

/** Each message on its own, as from a pod's queue: refused or cut off, it is sent again. */
async function sendAll(
  world: World,
  sent: readonly Sent[],
  gaps: readonly number[],
): Promise<void> {
  const under: Promise<void>[] = [];
  for (const [index, post] of sent.entries()) {
    await pause(gaps[index] ?? 0);
    under.push(sendUntilTaken(world, seal(statusMessage(alice, post), alice)));
  }
  await Promise.all(under);
}

async function sendUntilTaken(world: World, body: string): Promise<void> {
  const end = performance.now() + SETTLE_MS;
  while (performance.now() < end) {
    const answer = await postPublic(world.peer, BASE, body).catch(() => null);
    if (answer !== null && answer.status >= 200 && answer.status < 300) return;
    await pause(RESEND_MS);
  }
  throw new Error("a message was not taken in all the time");
}

/** Looks until nothing is missing, or for as long as can be expected. */
async function settled(look: () => Promise<Outcome>, quietMs: number): Promise<Outcome> {
  const end = performance.now() + SETTLE_MS;
  for (;;) {
    const outcome = await look();
    if (outcome.lost.length === 0 || performance.now() > end) {
      // What comes late comes now: repeats and doubles must not be overlooked.
      await pause(quietMs);
      return await look();
    }
    await pause(1_000);
  }
}

async function outgoingOutcome(world: World, texts: readonly string[]): Promise<Outcome> {
  const guids = new Map<string, Set<string>>();
  let receipts = 0;
  for (const { opened } of await seenPosts(world.peer)) {
    const { guid, text } = opened.values;
    if (opened.name !== "status_message" || guid === undefined || text === undefined) continue;
    receipts += 1;
    guids.set(text, (guids.get(text) ?? new Set()).add(guid));
  }
  return outcomeOf(texts, guids, receipts);
}

async function incomingOutcome(client: TestClient, sent: readonly Sent[]): Promise<Outcome> {
  const keys = new Map<string, Set<string>>();
  let events = 0;
  for (const { from, node, id, entry } of client.items) {
    const text = sent.find(({ guid }) => guid === id)?.text ?? titleOf(entry);
    if (!text.startsWith("in ")) continue;
    events += 1;
    keys.set(text, (keys.get(text) ?? new Set()).add(`${from} ${node} ${id}`));
  }
  const missing = sent.filter(({ text }) => !keys.has(text));
  for (let first = 0; first < missing.length; first += 20) {
    const asked = missing.slice(first, first + 20);
    const found = await readItems(
      client,
      service,
      asked.map(({ guid }) => guid),
    );
    for (const { guid, text } of asked) if (found.has(guid)) keys.set(text, new Set([guid]));
  }
  return outcomeOf(
    sent.map(({ text }) => text),
    keys,
    events,
  );
}

function titleOf(entry: TestClient["items"][number]["entry"]): string {
  return entry?.getChildText("title") ?? "";
}

function outcomeOf(
  texts: readonly string[],
  keys: ReadonlyMap<string, ReadonlySet<string>>,
  raw: number,
): Outcome {
  const distinct = [...keys.values()].reduce((sum, set) => sum + set.size, 0);
  return {
    lost: texts.filter((text) => !keys.has(text)),
    doubled: texts.filter((text) => (keys.get(text)?.size ?? 0) > 1),
    repeats: Math.max(0, raw - distinct),
  };
}

/** The exit code. */
export function report(
  outcomes: Readonly<Record<string, Outcome>>,
  seed: number,
  seconds: number,
): number {
  let bad = 0;
  for (const [way, { lost, doubled, repeats }] of Object.entries(outcomes)) {
    bad += lost.length + doubled.length;
    console.log(
      `${way}: lost ${String(lost.length)}, doubled ${String(doubled.length)}, ` +
        `raw repeats ${String(repeats)}`,
    );
    if (lost.length > 0) console.log(`  lost: ${lost.join(", ")}`);
    if (doubled.length > 0) console.log(`  doubled: ${doubled.join(", ")}`);
  }
  console.log(`${bad === 0 ? "passed" : "FAILED"} in ${String(seconds)} s; seed ${String(seed)}`);
  return bad === 0 ? 0 : 1;
}
