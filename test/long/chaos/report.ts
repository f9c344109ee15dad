/** What is printed at the end, and whether all is well. */
import { within } from "../../support/e2e-client.ts";
import type { Stage } from "./load.ts";
import { DIRECTIONS, missing, verdict, type Count } from "./verdict.ts";
import { whatWaits, whereIs } from "./whereabouts.ts";
import { SIDES, type ChaosWorld } from "./world.ts";

export interface Course {
  readonly seed: number;
  readonly faults: number;
  readonly settledMs: number;
}

const READ_MS = 60_000;
/** Of each kind. */
const SHOWN = 10;
const COLUMNS = [
  "sent",
  "received",
  "overtaken",
  "not held",
  "lost",
  "doubled",
  "out of order",
  "raw repeats",
];

/** Whether nothing is lost, doubled or out of order. */
export async function report(stage: Stage, { seed, faults, settledMs }: Course): Promise<boolean> {
  const { book, pod, world } = stage;
  const counts = verdict(book);
  console.log(["".padEnd(12), ...COLUMNS.map((name) => name.padStart(12))].join(""));
  for (const direction of DIRECTIONS) {
    const count = counts.get(direction);
    if (count !== undefined) console.log(direction.padEnd(12) + cellsOf(count));
  }
  const all = [...counts.values()];
  const sum = (of: (count: Count) => number): number => all.reduce((n, count) => n + of(count), 0);
  console.log(`${"together".padEnd(12)}${cellsOf(together(all))}`);
  if (book.lostByServer.size > 0) {
    console.log(
      `ejabberd, killed by -9, had lost ${String(book.lostByServer.size)} posts that it had ` +
        "acknowledged; what did not arrive of their threads is counted as not held",
    );
  }
  for (const side of SIDES) console.log(...logged(world, side));
  await lostOnes(stage);
  for (const { doubled, unordered } of all) {
    for (const { token, place } of doubled.slice(0, SHOWN)) {
      const keys = [...(book.sighting(place, token)?.keys ?? [])].join(" | ");
      console.log(`doubled: ${token} at ${place}: ${keys}`);
    }
    for (const { fact, before } of unordered.slice(0, SHOWN)) {
      console.log(`out of order: ${fact.token} before ${before} at ${fact.place}`);
    }
  }
  for (const reason of pod.unreadable.slice(0, SHOWN)) console.log(`unreadable: ${reason}`);
  const bad =
    sum(({ lost }) => lost.length) +
    sum(({ doubled }) => doubled.length) +
    sum(({ unordered }) => unordered.length) +
    pod.unreadable.length;
  console.log(
    `${bad === 0 ? "passed" : "FAILED"}: ${String(sum(({ sent }) => sent))} items, ` +
      `${String(faults)} faults, settled in ${String(Math.round(settledMs / 1000))} s; ` +
      `seed ${String(seed)}`,
  );
  return bad === 0;
}

function cellsOf(count: Count): string {
  const { sent, received, overtaken, notHeld, lost, doubled, unordered, repeats } = count;
  return [
    sent,
    received,
    overtaken,
    notHeld,
    lost.length,
    doubled.length,
    unordered.length,
    repeats,
  ]
    .map((cell) => String(cell).padStart(12))
    .join("");
}

function together(all: readonly Count[]): Count {
  const sum = (of: (count: Count) => number): number => all.reduce((n, count) => n + of(count), 0);
  return {
    sent: sum(({ sent }) => sent),
    received: sum(({ received }) => received),
    overtaken: sum(({ overtaken }) => overtaken),
    notHeld: sum(({ notHeld }) => notHeld),
    lost: all.flatMap(({ lost }) => lost),
    doubled: all.flatMap(({ doubled }) => doubled),
    unordered: all.flatMap(({ unordered }) => unordered),
    repeats: sum(({ repeats }) => repeats),
  };
}

/** The first ones that are lost, with where they are. */
async function lostOnes({ book, world, cast }: Stage): Promise<void> {
  const lost = missing(book);
  if (lost.length === 0) return;
  for (const fact of lost.slice(0, SHOWN)) {
    console.log(`lost: ${fact.token} at ${fact.place} (${fact.direction})`);
    for (const line of await whereIs(world, book, fact)) console.log(`  ${line}`);
  }
  for (const line of await whatWaits(world)) console.log(line);
  await within(Promise.all(SIDES.map((side) => cast.readers[side].readAll())), READ_MS);
  const still = missing(book);
  console.log(
    `${String(lost.length - still.length)} of the ${String(lost.length)} lost ones can be read ` +
      "where they belong; no event brought them",
  );
  console.log(
    `nowhere: ${still
      .slice(0, 40)
      .map(({ token, place }) => `${token}@${place}`)
      .join(" ")}`,
  );
}

/** What a daemon complained of most. */
function logged(world: ChaosWorld, side: (typeof SIDES)[number]): string[] {
  const counts = new Map<string, number>();
  for (const line of world.bridges[side].log().split("\n")) {
    const level = /"level":"(warn|error|fatal)"/.exec(line)?.[1];
    if (level === undefined) continue;
    const words = `${level}: ${/"message":"([^"]*)"/.exec(line)?.[1] ?? line}`;
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  const most = [...counts].sort(([, one], [, two]) => two - one).slice(0, SHOWN);
  return [
    `${side} ended by itself ${String(world.bridges[side].endedByItself)} times and said\n`,
    ...most.map(([words, times]) => `  ${String(times)} × ${words}\n`),
  ];
}
