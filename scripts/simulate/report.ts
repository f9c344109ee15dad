/** What was counted, as text and as tables. */
import { bytesOfRow, type Counted } from "./count.ts";
import { RSA_PER_CORE, type Rsa, type Table } from "./costs.ts";
import type { World } from "./model.ts";

const DAY = 86_400;
/** Of an average second, the busiest hour's. */
export const peakFactor = ({ peakHour }: World): number => peakHour * 24;

export interface Line {
  readonly name: string;
  /** In a second of an average day, and of the busiest hour. */
  readonly mean: number;
  readonly peak: number;
}

export function figuresOf(counted: Counted, world: World): readonly Line[] {
  const factor = peakFactor(world);
  const line = (name: string, mean: number): Line => ({ name, mean, peak: mean * factor });
  const { flows, rsa } = counted;
  return [
    line("posts of people here", flows.postsOut + flows.limitedOut),
    line("comments and likes of people here", flows.repliesOutThere + flows.repliesOutHere),
    line("messages of pods", counted.requestsIn),
    line("requests to pods", counted.requestsOut),
    line("stanzas to readers", counted.stanzas),
    line("statements", statementsIn(counted)),
    line("rows written that stay", sum(Object.values(counted.rows))),
    line("rows put into a queue and taken out", counted.hotRows),
    line("RSA signatures made", rsa.sign),
    line("RSA signatures verified", rsa.verify),
    line("RSA decryptions", rsa.decrypt),
    line("RSA encryptions", rsa.encrypt),
    line("bytes from pods", counted.bytesIn),
    line("bytes to pods", counted.bytesOut),
    line("bytes of stanzas", counted.stanzaBytes),
  ];
}

export function statementsIn({ statements, readerPages }: Counted): number {
  return sum(Object.values(statements)) + readerPages;
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

/** Cores that the RSA of the busiest hour keeps busy. */
export function rsaCores({ rsa }: Counted, world: World): number {
  const kinds = Object.keys(RSA_PER_CORE) as Rsa[];
  return sum(kinds.map((kind) => (rsa[kind] * peakFactor(world)) / RSA_PER_CORE[kind]));
}

export interface Growth {
  readonly table: Table;
  readonly rows: number;
  readonly bytes: number;
}

/** Of a day. */
export function growthOf({ rows }: Counted): readonly Growth[] {
  return bySize(rows, DAY);
}

/** What the people are, who there are. */
export function standingOf({ standing }: Counted): readonly Growth[] {
  return bySize(standing, 1);
}

function bySize(rows: Readonly<Partial<Record<Table, number>>>, times: number): readonly Growth[] {
  const tables = Object.entries(rows) as [Table, number][];
  return tables
    .map(([table, each]) => {
      return { table, rows: each * times, bytes: each * times * bytesOfRow(table) };
    })
    .sort((a, b) => b.bytes - a.bytes);
}

export const totalBytes = (growth: readonly Growth[]): number =>
  sum(growth.map(({ bytes }) => bytes));

/** Three digits and a unit: nobody knows more of it than that. */
export function short(value: number): string {
  const units = ["", " k", " M", " G", " T", " P"];
  let unit = 0;
  let rest = value;
  for (; rest >= 999.5 && unit < units.length - 1; unit += 1) rest /= 1_000;
  const digits = rest >= 99.5 || Number.isInteger(rest) ? 0 : rest >= 9.95 ? 1 : 2;
  return `${rest.toFixed(digits)}${units[unit] ?? ""}`;
}
