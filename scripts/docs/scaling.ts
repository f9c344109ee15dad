/** docs/scaling.md: its tables are counted, with the figures that `npm run simulate` counts with. */
import { count, type Counted } from "../simulate/count.ts";
import {
  ROW_BYTES,
  RSA_PER_CORE,
  STATEMENTS,
  WIRE_BYTES,
  type StatementCost,
} from "../simulate/costs.ts";
import { WORLD, type World } from "../simulate/model.ts";
import {
  figuresOf,
  growthOf,
  rsaCores,
  short,
  standingOf,
  statementsIn,
  totalBytes,
} from "../simulate/report.ts";
import { CAPACITY, DISTRIBUTION, ENDS, HEAD, SHARDS } from "./scaling-text.ts";

type Row = readonly string[];

function table(head: Row, rows: readonly Row[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function costs(): string {
  const ways = Object.entries<StatementCost>(STATEMENTS).map(([way, { base, pod }]) => [
    way,
    String(base),
    pod === 0 ? "" : String(pod),
  ]);
  const tables = Object.entries(ROW_BYTES).map(([name, { row, indexes }]) => [
    `\`${name}\``,
    String(row),
    String(indexes),
  ]);
  const rsa = Object.entries(RSA_PER_CORE).map(([name, rate]) => [name, short(rate)]);
  const wire = Object.entries(WIRE_BYTES).map(([name, bytes]) => [name, String(bytes)]);
  return [
    table(["what happens", "statements", "more for each pod"], ways),
    table(["a row of", "bytes", "of indexes"], tables),
    table(["RSA, 4,096 bits", "in a second of one core"], rsa),
    table(["a message", "bytes on the wire"], wire),
  ].join("\n");
}

const SIZES = [10_000, 100_000, 1_000_000, 10_000_000] as const;

/** The same world with other numbers of people; there are no more pods than people. */
function worlds(): readonly World[] {
  return SIZES.map((people) => ({ ...WORLD, people, pods: Math.min(WORLD.pods, people / 10) }));
}

function sizes(): string {
  const counted = worlds().map((world) => ({ world, counted: count(world) }));
  const line = (name: string, of: (counted: Counted, world: World) => string): Row => [
    name,
    ...counted.map((one) => of(one.counted, one.world)),
  ];
  const peak = ({ peakHour }: World): number => peakHour * 24;
  return table(
    ["people", ...SIZES.map((people) => short(people))],
    [
      line("pods that a post goes to", ({ flows }) => short(flows.podsOfPost)),
      line("messages of pods, a second", (one, world) => short(one.requestsIn * peak(world))),
      line("requests to pods, a second", (one, world) => short(one.requestsOut * peak(world))),
      line("statements, a second", (one, world) => short(statementsIn(one) * peak(world))),
      line("cores for RSA", (one, world) => short(rsaCores(one, world))),
      line("bytes of people", (one) => short(totalBytes(standingOf(one)))),
      line("bytes more in a year", (one) => short(totalBytes(growthOf(one)) * 365)),
    ],
  );
}

function largest(): string {
  const counted = count(WORLD);
  const figures = figuresOf(counted, WORLD).map(({ name, mean, peak }) => [
    name,
    short(mean),
    short(peak),
  ]);
  const growth = growthOf(counted).map(({ table: name, rows, bytes }) => [
    `\`${name}\``,
    short(rows),
    short(bytes),
  ]);
  return [
    table(["in a second", "average", "busiest hour"], figures),
    table(["more in a day", "rows", "bytes"], growth),
  ].join("\n");
}

export function renderScaling(): string {
  const { people, pods, follows, across, active, perDay, limited, peakHour } = WORLD;
  const assumed = `Of ${short(people)} people here, as many elsewhere on ${short(pods)} pods: each follows ${String(follows)} (${String(across * 100)} % of them on the other network); ${String(active * 100)} % write on a day, each of them ${String(perDay.posts)} posts (${String(limited * 100)} % for few), ${String(perDay.comments)} comment, ${String(perDay.likes)} likes, ${String(perDay.shares)} shares; ${String(peakHour * 100)} % of a day falls in its busiest hour. Followers are distributed by a power law (density exponent 2.276, Kwak et al., WWW 2010), pods' sizes by Zipf's. Most of these are options of \`npm run simulate\`.`;
  return [
    HEAD,
    costs(),
    `## How much it is\n\n${assumed}\n\nIn the busiest hour:\n`,
    sizes(),
    `${short(people)} people in detail:\n`,
    largest(),
    ENDS,
    CAPACITY,
    DISTRIBUTION,
    SHARDS,
  ].join("\n");
}
