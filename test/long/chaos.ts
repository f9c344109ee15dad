/**
 * `npm run chaos -- MINUTES`: two bridges, ejabberd and PostgreSQL under load from both sides,
 * while they are killed, restarted, frozen, cut off from each other and left half open, at random
 * from a seed. At the end nothing may be lost, doubled, or out of order within its thread.
 *
 *     npm run chaos -- 10 --seed 7 --faults kill-bridge,stall --count 60 --items 20000
 */
import { parseArgs } from "node:util";
import { pause } from "../support/e2e-client.ts";
import { seededRandom } from "../support/e2e-random.ts";
import { openBook } from "./chaos/book.ts";
import { startClock, type Clock } from "./chaos/clock.ts";
import { enterAll } from "./chaos/cast.ts";
import { FAULT_KINDS, planFaults, runFaults, wordsOf, type Fault } from "./chaos/faults.ts";
import { runLoad, type Stage } from "./chaos/load.ts";
import { openMemory } from "./chaos/memory.ts";
import { openPod } from "./chaos/pod.ts";
import { report } from "./chaos/report.ts";
import { missing } from "./chaos/verdict.ts";
import { SIDES, startChaosWorld, type ChaosWorld } from "./chaos/world.ts";

const FAULTS_A_MINUTE = 6;
const ITEMS_A_MINUTE = 2_000;
/**
 * Back-offs of pods that failed twice in a row are minutes long, and the end of a post of which no
 * event came is believed at a second look, ten minutes after the first.
 */
const SETTLE_SECONDS = 13 * 60;
/** What comes late comes now: repeats and doubles must not be overlooked. */
const LATE_MS = 5_000;

interface Wishes {
  readonly minutes: number;
  readonly seed: number;
  readonly items: number;
  /** At the end, when nothing breaks any more. */
  readonly settleMs: number;
  readonly plan: (links: readonly string[]) => Fault[];
}

function wishesOf(args: readonly string[]): Wishes {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seed: { type: "string" },
      faults: { type: "string" },
      count: { type: "string" },
      items: { type: "string" },
      settle: { type: "string" },
    },
  });
  const minutes = Number(positionals[0] ?? 10);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
  const items = Number(values.items ?? ITEMS_A_MINUTE * minutes);
  const settleMs = Number(values.settle ?? SETTLE_SECONDS) * 1000;
  const count = Number(values.count ?? FAULTS_A_MINUTE * minutes);
  const names = values.faults?.split(",") ?? [...FAULT_KINDS];
  const kinds = FAULT_KINDS.filter((kind) => names.includes(kind));
  if (
    ![minutes, seed, items, count, settleMs].every(Number.isFinite) ||
    kinds.length !== names.length
  ) {
    throw new Error(`chaos MINUTES [--seed N] [--count N] [--items N] [--settle SECONDS]
  [--faults ${FAULT_KINDS.join(",")}]`);
  }
  const random = seededRandom(seed);
  const withinMs = minutes * 60_000;
  const plan = (links: readonly string[]): Fault[] =>
    planFaults({ random, kinds, count, withinMs, links });
  return { minutes, seed, items, settleMs, plan };
}

async function main(): Promise<number> {
  const wishes = wishesOf(process.argv.slice(2));
  const world = await startChaosWorld();
  const clock = startClock();
  const limitMs = wishes.minutes * 60_000 + wishes.settleMs + 5 * 60_000;
  void clock.until(limitMs).then(async () => {
    console.error("not done in all the time");
    await world.close();
    process.exit(1);
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void world.close().then(() => process.exit(1)));
  }
  process.on("uncaughtException", (error) => {
    // COMPAT(xmpp.js): what arrives behind the end of a stream finds its parser gone.
    if (error instanceof TypeError && error.stack?.includes("_onData") === true) return;
    console.error(error);
    void world.close().then(() => process.exit(1));
  });
  try {
    return await run(world, wishes, clock);
  } finally {
    await world.close();
  }
}

async function run(world: ChaosWorld, wishes: Wishes, clock: Clock): Promise<number> {
  const { minutes, seed, items, plan } = wishes;
  const faults = plan([...world.links.keys()]);
  console.log(`${String(minutes)} minutes, ${String(items)} items; seed ${String(seed)}`);
  console.log(`${String(faults.length)} faults:\n${faults.map(wordsOf).join("\n")}`);
  const book = openBook();
  const pod = openPod(world, book);
  const cast = await enterAll(world, book, pod);
  console.log("everybody has everybody else; it begins");
  const memory = openMemory(book);
  let over = false;
  const random = seededRandom(seed + 1);
  const stage: Stage = { world, book, pod, cast, memory, random, clock, isOver: () => over };
  const withinMs = minutes * 60_000;
  const watching = watch(stage);
  const passing = async (): Promise<void> => {
    await clock.until(clock.now() + withinMs);
    over = true;
  };
  await Promise.all([
    passing(),
    runFaults(faults, { world, clock, serverKilled: () => memory.compare() }),
    runLoad(stage, items, withinMs),
  ]);
  for (const link of world.links.values()) link.heal(false);
  const settledMs = await settle(stage, wishes.settleMs);
  clearInterval(watching);
  const isGood = await report(stage, { faults: faults.length, seed, settledMs });
  await cast.end();
  return isGood ? 0 : 1;
}

function watch({ book, pod, world, clock }: Stage): NodeJS.Timeout {
  return setInterval(() => {
    const seconds = String(Math.round(clock.now() / 1000));
    const restarts = SIDES.map((side) => String(world.bridges[side].endedByItself)).join(" and ");
    console.log(
      `${seconds.padStart(5)} s: ${String(book.facts.length)} sent, ` +
        `${String(missing(book).length)} on their way, ${String(pod.underway)} not taken yet, ` +
        `ended by themselves ${restarts}`,
    );
  }, 10_000);
}

/** How long it took. */
async function settle({ book, pod, clock }: Stage, withinMs: number): Promise<number> {
  const began = clock.now();
  while (clock.now() - began < withinMs) {
    if (missing(book).length === 0 && pod.underway === 0) break;
    await pause(1_000);
  }
  const settledMs = clock.now() - began;
  await pause(LATE_MS);
  return settledMs;
}

process.exit(await main());
