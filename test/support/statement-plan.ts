/** How PostgreSQL would go about a statement, and what in that grows with what is stored. */
import pg from "pg";
import { connectionOptions } from "../../src/store/database.ts";
import { OWN, type Captured } from "./statement-capture.ts";

/** A node of a plan, of EXPLAIN (FORMAT JSON). */
interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Index Cond"?: string;
  readonly Filter?: string;
  readonly Plans?: readonly PlanNode[];
  readonly "Shared Hit Blocks"?: number;
  readonly "Shared Read Blocks"?: number;
  readonly "Actual Rows"?: number;
  readonly "Actual Loops"?: number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
}

export interface Plan {
  /** Tables of which every row is looked at, and indexes that are read from one end to the other. */
  readonly scanned: readonly string[];
  readonly indexes: readonly string[];
  /** Rows that were looked at, wanted or not, and pages of 8 kB; 0 where it was not run. */
  readonly visited: number;
  readonly pages: number;
}

export interface Planner extends AsyncDisposable {
  /** Done with these values, and undone. */
  done(statement: Captured): Promise<Plan>;
  /**
   * As for any values: PostgreSQL takes this one when it thinks no other would be better.
   * `byIndex`: whatever an index can serve is served by it, however short the table is.
   */
  generic(statement: Captured, byIndex?: boolean): Promise<Plan>;
}

/** What can be explained; the others (`begin`, `listen`, locks) look at no table. */
export function isQuery({ text }: Captured): boolean {
  return (
    /^\s*(?:select|insert|update|delete|with)\b/i.test(text) &&
    /\b(?:from|into|update)\b/i.test(text)
  );
}

export async function openPlanner(url: string): Promise<Planner> {
  const client = new pg.Client({
    ...connectionOptions(url),
    statement_timeout: 0,
    query_timeout: 0,
  });
  await client.connect();
  // What they hold is what waits, never what is stored.
  const partial = await client.query<{ name: string }>(
    `${OWN} select indexrelid::regclass::text as name from pg_index where indpred is not null`,
  );
  const small = new Set(partial.rows.map(({ name }) => name));
  const ask = async (text: string, values: readonly unknown[] = []): Promise<Plan> => {
    const found = await client.query<{ "QUERY PLAN": readonly { readonly Plan: PlanNode }[] }>(
      text,
      [...values],
    );
    const top = found.rows[0]?.["QUERY PLAN"][0]?.Plan;
    if (top === undefined) throw new Error(`no plan for ${text}`);
    return planOf(top, small);
  };
  const within = async <T>(work: () => Promise<T>): Promise<T> => {
    await client.query(`${OWN} begin`);
    try {
      return await work();
    } finally {
      await client.query(`${OWN} rollback`);
      await client.query(`${OWN} deallocate all`);
    }
  };
  return {
    done: ({ text, values }) =>
      within(() =>
        ask(`${OWN} explain (analyze, buffers, timing off, format json) ${text}`, values),
      ),
    generic: ({ text, values }, byIndex = false) =>
      within(async () => {
        await client.query(`${OWN} set local plan_cache_mode = force_generic_plan`);
        if (byIndex) await client.query(`${OWN} set local enable_seqscan = off`);
        await client.query(`${OWN} prepare looked_at as ${text}`);
        const given = values.length === 0 ? "" : `(${values.map(() => "null").join(", ")})`;
        return await ask(`${OWN} explain (format json) execute looked_at${given}`);
      }),
    async [Symbol.asyncDispose]() {
      await client.end();
    },
  };
}

function planOf(top: PlanNode, small: ReadonlySet<string>): Plan {
  const scanned = new Set<string>();
  const indexes = new Set<string>();
  const seen = { visited: 0 };
  const visit = (node: PlanNode, limited: boolean): void => {
    const { "Node Type": type, "Index Name": index } = node;
    const source = index ?? node["Relation Name"] ?? "";
    if (isWhole(node, limited) && !small.has(source)) scanned.add(source);
    if (index !== undefined) indexes.add(index);
    seen.visited += visitedBy(node);
    const below = type === "Limit" || (limited && !ALL_FIRST.has(type));
    for (const inner of node.Plans ?? []) visit(inner, below);
  };
  visit(top, false);
  const { "Shared Hit Blocks": hit = 0, "Shared Read Blocks": read = 0 } = top;
  return { scanned: [...scanned], indexes: [...indexes].sort(), ...seen, pages: hit + read };
}

/** From one end to the other: not what a limit ends as soon as enough is found. */
function isWhole(node: PlanNode, limited: boolean): boolean {
  if (node["Index Name"] !== undefined) return node["Index Cond"] === undefined && !limited;
  return node["Node Type"] === "Seq Scan" && !(limited && node.Filter === undefined);
}

/** These want all that is below them before they give anything. */
const ALL_FIRST = new Set(["Sort", "Aggregate", "Hash", "WindowAgg", "Unique"]);

function visitedBy(node: PlanNode): number {
  const type = node["Node Type"];
  if (!type.endsWith("Scan") || type === "CTE Scan") return 0;
  const each =
    (node["Actual Rows"] ?? 0) +
    (node["Rows Removed by Filter"] ?? 0) +
    (node["Rows Removed by Index Recheck"] ?? 0);
  return each * (node["Actual Loops"] ?? 0);
}
