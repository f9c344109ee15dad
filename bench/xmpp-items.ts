/** Reads of the 20 newest posts per second: ours, from memory, and ejabberd's own PEP. */
import { xml } from "../test/support/e2e-client.ts";
import { NODE } from "../test/support/e2e-social.ts";
import { percentile } from "./percentiles.ts";
import { addCrowd, addPosts } from "./xmpp-rows.ts";
import { openNode } from "./xmpp-events.ts";
import { BARE, QUICK, ROUNDS, type BenchWorld } from "./xmpp-world.ts";
import type { LightClient } from "./light-client.ts";

const WINDOW_MS = QUICK ? 500 : 3_000;
/** Questions under way at once. */
const IN_FLIGHT = 16;
const POSTS = 1_000;
const FEW = QUICK ? 2_000 : 10_000;
const MANY = QUICK ? 4_000 : 1_000_000;
const AIM_PERCENT = 60;
const AIM_P99 = 1.5;
const NS_PUBSUB = "http://jabber.org/protocol/pubsub";

const QUESTION = xml(
  "pubsub",
  { xmlns: NS_PUBSUB },
  xml("items", { node: NODE, max_items: "20" }),
).toString();

interface Run {
  readonly perSecond: number;
  readonly p99: number;
}

export async function measureItems(bench: BenchWorld): Promise<boolean> {
  const [client] = bench.readers;
  if (client === undefined) throw new Error("no client");
  const own = await countPosts(bench);
  if (own < POSTS) await addPosts(bench.db, bench.alice.id, POSTS - own, "items");
  await addCrowd(bench.db, FEW - POSTS, "few");
  const memory = await prepareMemory(bench);
  const pep = await preparePep(bench);
  const targets = { ours: bench.address, memory, pep };
  const few = await alternate(targets, client);
  await addCrowd(bench.db, MANY - FEW, "many");
  const many = await alternate(targets, client);
  const percent = (100 * many.ours.perSecond) / many.memory.perSecond;
  const slower = many.ours.p99 / few.ours.p99;
  for (const [rows, { ours, memory, pep }] of [
    [FEW, few],
    [MANY, many],
  ] as const) {
    console.log(
      `items, 20 newest, ${String(rows)} posts stored: ${line(ours)}; component answering from ` +
        `memory ${line(memory)}; ejabberd's PEP at 1,000 items ${line(pep)}`,
    );
  }
  const reached = percent >= AIM_PERCENT && slower <= AIM_P99;
  console.log(
    `items: ${percent.toFixed(1)} % of the memory component, aim ${String(AIM_PERCENT)} %; ` +
      `p99 at ${String(MANY)} is ${slower.toFixed(2)} times that at ${String(FEW)}, ` +
      `aim ${String(AIM_P99)}: ${reached ? "reached" : "NOT reached"}`,
  );
  return reached;
}

function line({ perSecond, p99 }: Run): string {
  return `${perSecond.toFixed(0)}/s, p99 ${p99.toFixed(1)} ms`;
}

async function countPosts({ db, alice }: BenchWorld): Promise<number> {
  const result: { rows: { count: string }[] } = await db.raw(
    `select count(*) from activities a join people p on p.id = a.author_id where p.diaspora_id = ?`,
    [alice.id],
  );
  return Number(result.rows[0]?.count ?? 0);
}

type Contender = "ours" | "memory" | "pep";

async function alternate(
  targets: Readonly<Record<Contender, string>>,
  client: LightClient,
): Promise<Record<Contender, Run>> {
  const runs: Record<Contender, Run[]> = { ours: [], memory: [], pep: [] };
  for (const to of Object.values(targets)) await ask(client, to, 1_000);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of ["memory", "ours", "pep"] as const) {
      runs[name].push(await ask(client, targets[name], WINDOW_MS));
    }
  }
  const median = (of: readonly Run[]): Run => ({
    perSecond: percentile(
      of.map((run) => run.perSecond),
      50,
    ),
    p99: percentile(
      of.map((run) => run.p99),
      50,
    ),
  });
  return { ours: median(runs.ours), memory: median(runs.memory), pep: median(runs.pep) };
}

export async function ask(client: LightClient, to: string, milliseconds: number): Promise<Run> {
  const took: number[] = [];
  const began = performance.now();
  const chain = async (): Promise<void> => {
    while (performance.now() - began < milliseconds) {
      const asked = performance.now();
      const length = await client.ask({ to, payload: QUESTION });
      if (length < 5_000) throw new Error(`${to} answered ${String(length)} bytes`);
      took.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, chain));
  return {
    perSecond: (took.length * 1000) / (performance.now() - began),
    p99: percentile(took, 99),
  };
}

/** Answers with what ours answers, kept as elements. */
export async function prepareMemory({ bare, address, anna }: BenchWorld): Promise<string> {
  const items = xml("items", { node: NODE, max_items: "20" });
  const { stanza } = await anna.iq("get", address, xml("pubsub", { xmlns: NS_PUBSUB }, items));
  const answer = stanza.getChild("pubsub", NS_PUBSUB);
  if (answer === undefined) throw new Error("our answer has no items");
  bare.iqCallee.get(NS_PUBSUB, "pubsub", () => answer);
  return `alice@${BARE}`;
}

/** A node with 1,000 items of the same size. */
async function preparePep({ world }: BenchWorld): Promise<string> {
  const author = await world.connect("archive");
  const words = "Words. ".repeat(45);
  for (let id = 0; id < POSTS; id += 1) {
    const entry = xml(
      "entry",
      { xmlns: "http://www.w3.org/2005/Atom" },
      xml("title", {}, words),
      xml("content", { type: "text" }, words),
    );
    const item = xml("item", { id: `a${String(id)}` }, entry);
    const payload = xml("pubsub", { xmlns: NS_PUBSUB }, xml("publish", { node: NODE }, item));
    const answer = await author.iq("set", author.bare, payload);
    if (answer.type === "error") throw new Error(`publishing: ${answer.condition}`);
    if (id === 0) await openNode(author);
  }
  return author.bare;
}
