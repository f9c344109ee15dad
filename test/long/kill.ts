/**
 * `npm run kill-test`: the daemon is killed with kill -9 at random moments while 200 posts
 * go each way and both sides keep sending. Afterwards nothing may be lost, and nothing may be
 * there twice once readers have removed repeats by GUID or by (from, node, id), as they do.
 *
 *     npm run kill-test -- [seed]
 */
import { performance } from "node:perf_hooks";
import { pause, until, type TestClient } from "../support/e2e-client.ts";
import { spawnDaemon } from "../support/e2e-daemon.ts";
import { seenPosts, shareWith } from "../support/e2e-posts.ts";
import { seededRandom } from "../support/e2e-random.ts";
import { optIn, publish, readItems, subscribe, virtualJid } from "../support/e2e-social.ts";
import { BASE, COMPONENT, startWorld, type World } from "../support/e2e-world.ts";
import { seal } from "../support/peer-envelope.ts";
import { newGuid, statusMessage } from "../support/peer-messages.ts";
import { vectorPerson } from "../support/peer-person.ts";
import { postPublic } from "../support/peer.ts";

const KILLS = 20;
const POSTS = 200;
/** How long one life of the daemon lasts at most; it takes about a second to come up. */
const LIFE_MS = 4_000;
const SETTLE_MS = 120_000;
const LIMIT_MS = 6 * 60_000;
/** Of one client's publish: its server answers it whatever the daemon does. */
const RESEND_MS = 250;

const alice = vectorPerson("alice");
const service = virtualJid(alice.id, COMPONENT);

interface Outcome {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly repeats: number;
}

interface Sent {
  readonly guid: string;
  readonly text: string;
}

async function main(): Promise<number> {
  const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 2 ** 32));
  console.log(
    `kill -9, ${String(KILLS)} times, ${String(POSTS)} posts each way; seed ${String(seed)}`,
  );
  const began = performance.now();
  const world = await startWorld({ people: [alice], forceNodeConfig: true });
  const overtime = setTimeout(() => {
    console.error(`not done in ${String(LIMIT_MS / 60_000)} minutes`);
    void world.close().then(() => process.exit(1));
  }, LIMIT_MS);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void world.close().then(() => process.exit(1)));
  }
  try {
    const outcomes = await run(world, seededRandom(seed));
    const seconds = Math.round((performance.now() - began) / 1000);
    return report(outcomes, seed, seconds);
  } finally {
    clearTimeout(overtime);
    await world.close();
  }
}

async function run(world: World, random: () => number): Promise<Record<string, Outcome>> {
  const client = await world.connect("anna");
  await optIn(client, COMPONENT);
  await subscribe(client, service);
  await shareWith(world, alice, client);
  // One before the first kill: from then on the node is there and open.
  await publish(client, { text: "out 0" });
  const sent: Sent[] = Array.from({ length: POSTS }, (_, index) => {
    return { guid: newGuid(), text: `in ${String(index + 1)}` };
  });
  const texts = Array.from({ length: POSTS }, (_, index) => `out ${String(index + 1)}`);
  // Apart, so that the order in which they draw does not depend on the clock.
  const lives = Array.from({ length: KILLS }, () => random() * LIFE_MS);
  const gap = (LIFE_MS * KILLS) / 2 / POSTS;
  const gaps = Array.from({ length: POSTS }, () => random() * 2 * gap);
  await Promise.all([
    killAgainAndAgain(world, lives),
    publishAll(client, texts, gaps),
    sendAll(world, sent, gaps),
  ]);
  await until("the daemon ready", () => world.daemon.isReady(), 60_000);
  const outgoing = await settled(() => outgoingOutcome(world, ["out 0", ...texts]));
  const incoming = await settled(() => incomingOutcome(client, sent));
  return { "XMPP → diaspora*": outgoing, "diaspora* → XMPP": incoming };
}

async function killAgainAndAgain(world: World, lives: readonly number[]): Promise<void> {
  for (const life of lives) {
    await pause(life);
    await world.daemon.kill();
    world.daemon = spawnDaemon(world.settings);
  }
  console.log(`${String(lives.length)} kills done`);
}

async function publishAll(
  client: TestClient,
  texts: readonly string[],
  gaps: readonly number[],
): Promise<void> {
  for (const [index, text] of texts.entries()) {
    await pause(gaps[index] ?? 0);
    await publish(client, { text, id: `kill-${String(index + 1)}` });
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
async function settled(look: () => Promise<Outcome>): Promise<Outcome> {
  const end = performance.now() + SETTLE_MS;
  for (;;) {
    const outcome = await look();
    if (outcome.lost.length === 0 || performance.now() > end) {
      // What comes late comes now: repeats and doubles must not be overlooked.
      await pause(3_000);
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

function report(outcomes: Record<string, Outcome>, seed: number, seconds: number): number {
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

process.exit(await main());
