/**
 * What the daemon asks of PostgreSQL costs the same however much is stored: every statement of the
 * real daemon, on all ways that much is done on, is explained on a database that was filled before.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seedDatabase } from "../../../scripts/seed/seed.ts";
import { captureStatements, type Captured } from "../../support/statement-capture.ts";
import { isQuery, openPlanner, type Planner } from "../../support/statement-plan.ts";
import { AT_REST, playStatements, type Path } from "../../support/statement-story.ts";
import { STATEMENTS, type StatementCost } from "../../../scripts/simulate/costs.ts";
import { testDatabase } from "../../support/database.ts";

const SEED = { people: 4_000, pods: 200, activities: 20_000, seed: 1 };
/** Of a table with tens of thousands of rows; a page of a stream, with all that belongs to it, is far less. */
const MOST_VISITED = 1_000;

const FOLLOWERS = 2;
/** What is done every two seconds has been done. */
const REST_MS = 2_200;

/** As long as there are pods, or as what the operator has written. */
const SHORT = ["settings", "standings", "knex_migrations", "knex_migrations_lock", "pods"];

/** What does look at all there is, and how seldom. */
const SELDOM: readonly (readonly [begins: RegExp, why: string])[] = [
  [/^\s*update feeds set next_check_at = now\(\), subscribed = false/, "once with each login"],
  [/^\s*update comment_nodes set subscribed = false/, "once with each login"],
  [/^\s*select count\(\*\) as counted from (?:people|activities)/, "NodeInfo: of many, a part"],
  [/^\s*select g\.host, g\.pod_id/, "when the operator's lists have changed"],
  [
    /or p\.diaspora_id in \(\s*select subject from standings/,
    "when the operator's lists have changed",
  ],
];

/** Each text once, with the values of the last time. */
function distinct(statements: readonly Captured[]): Captured[] {
  const last = new Map(statements.filter(isQuery).map((one) => [one.text, one]));
  return [...last.values()].filter(({ text }) => !SELDOM.some(([begins]) => begins.test(text)));
}

async function faultsOf(planner: Planner, statement: Captured): Promise<string[]> {
  const done = await planner.done(statement);
  const any = await planner.generic(statement);
  // Of a table that is short here PostgreSQL reads all: then there must be an index for when it is long.
  const forced = await planner.generic(statement, true);
  const scanned = [...done.scanned, ...any.scanned].filter((source) => !SHORT.includes(source));
  const faults = scanned
    .filter((source) => forced.scanned.includes(source))
    .map((source) => `goes through all of ${source}`);
  if (done.visited > MOST_VISITED) faults.push(`looks at ${String(done.visited)} rows`);
  return faults;
}

/** What one thing asks for is counted for docs/scaling.md: more than this is too much for it. */
const SLACK = 1.5;

/** Of each way, what it asked for that is not asked for at rest as well. */
function countsOf(statements: readonly Captured[], paths: readonly Path[]): Map<string, number> {
  const atRest = new Set(statements.filter(({ path }) => path === AT_REST).map(({ text }) => text));
  return new Map(
    paths.map(({ name, many }) => {
      const own = statements.filter(({ path, text }) => path === name && !atRest.has(text));
      return [name, own.length / many];
    }),
  );
}

function tooMany(counts: ReadonlyMap<string, number>): string[] {
  return Object.entries<StatementCost>(STATEMENTS).flatMap(([way, { base, pod }]) => {
    const counted = counts.get(way);
    if (counted === undefined) return [`${way}: was not gone`];
    const most = (base + pod * FOLLOWERS) * SLACK;
    return counted > most ? [`${way}: ${String(counted)} statements, not ${String(most)}`] : [];
  });
}

test("no statement of the daemon costs more when more is stored: each goes by an index", async () => {
  await using store = await testDatabase();
  await seedDatabase(store.db, SEED);
  using capture = captureStatements();
  const paths = await playStatements(store.url, capture, {
    times: 1,
    restMs: REST_MS,
    followers: FOLLOWERS,
  });
  const statements = distinct(capture.statements);
  assert.ok(statements.length > 100, "the daemon was listened to");
  await using planner = await openPlanner(store.url);
  const found: string[] = [];
  for (const statement of statements) {
    for (const fault of await faultsOf(planner, statement)) {
      found.push(`${fault} (${statement.path}): ${statement.text.replaceAll(/\s+/g, " ")}`);
    }
  }
  // Row by row, as other tests leave theirs, this many would take too long.
  await store.db.raw("truncate people, pods, activities, destinations cascade");
  assert.deepEqual(found, []);
  assert.deepEqual(tooMany(countsOf(capture.statements, paths)), [], "scripts/simulate/costs.ts");
});

/** Rows of these are deleted in daily work; everywhere else tombstones stay. */
const DELETED = ["destinations", "deliveries", "inbox", "conversations", "comment_nodes"];

const WITHOUT_INDEX = `
  select c.conname from pg_constraint c
  where c.contype = 'f' and c.confrelid = any(?::text[]::regclass[]) and not exists (
    select 1 from pg_index i
    where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1] and i.indpred is null)`;

test("a row that is deleted is looked for by index wherever it may be named: a forgotten host went through the whole ledger", async () => {
  await using store = await testDatabase();
  const found = await store.db.raw<{ rows: unknown[] }>(WITHOUT_INDEX, [DELETED]);
  assert.deepEqual(found.rows, []);
});
