/** A database filled at once, by few large statements: rows are drawn where they are stored. */
import { DxError } from "../../src/errors/error.ts";
import { firstRow, type Database, type Queryable } from "../../src/store/database.ts";
import { seedActivities, seedAudiences } from "./activities.ts";
import { takeIndexesDown } from "./indexes.ts";
import { seedDestinations, seedPeople, seedRelationships } from "./people.ts";
import type { Bases, SeedPlan, SeedWishes } from "./plan.ts";
import { seedItems, seedLedger, seedWaiting } from "./traces.ts";

export interface SeedOptions extends SeedWishes {
  /** Also where there are people already. */
  readonly force?: boolean;
  /** Rows go through the indexes one by one: for the comparison. */
  readonly keepIndexes?: boolean;
  readonly say?: (line: string) => void;
}

/** Activities of one statement. */
const PART = 500_000;

/** All of it or nothing, in one transaction. Returns how many rows there are more. */
export async function seedDatabase(db: Database, options: SeedOptions): Promise<number> {
  const { say = () => undefined } = options;
  const began = performance.now();
  const added = await db.transaction(async (tx) => {
    await refuseToMix(tx, options);
    // Sorts of indexes, mostly; what is lost in a crash is seeded anew.
    await tx.raw(`set local maintenance_work_mem = '512MB'`);
    await tx.raw(`set local work_mem = '128MB'`);
    await tx.raw("set local synchronous_commit = off");
    const plan: SeedPlan = { ...options, base: await basesOf(tx) };
    const before = await countAll(tx);
    const step = stepper(say);
    if (options.keepIndexes === true) {
      await fill(tx, plan, step);
    } else {
      const { count, make } = await takeIndexesDown(tx);
      await fill(tx, plan, step);
      await step(`${String(count)} keys and indexes`, make);
    }
    await step("what waits", () => seedWaiting(tx, plan));
    await advanceSequences(tx);
    return (await countAll(tx)) - before;
  });
  await stepper(say)("statistics", async () => {
    await db.raw("vacuum analyze");
  });
  const seconds = (performance.now() - began) / 1_000;
  say(
    `${String(added)} rows in ${seconds.toFixed(1)} s: ${Math.round(added / seconds).toString()} a second`,
  );
  return added;
}

type Step = (what: string, work: () => Promise<void>) => Promise<void>;

function stepper(say: (line: string) => void): Step {
  return async (what, work) => {
    const began = performance.now();
    await work();
    say(`${((performance.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${what}`);
  };
}

async function fill(tx: Queryable, plan: SeedPlan, step: Step): Promise<void> {
  await step(`${String(plan.people)} people`, () => seedPeople(tx, plan));
  await step("who follows whom", () => seedRelationships(tx, plan));
  await step("destinations", () => seedDestinations(tx, plan));
  for (let first = 0; first < plan.activities; first += PART) {
    const last = Math.min(plan.activities, first + PART) - 1;
    await step(`activities up to ${String(last + 1)}`, async () => {
      await seedActivities(tx, plan, first, last);
      await seedAudiences(tx, plan, first, last);
    });
    await step("  their ledger and items", async () => {
      await seedLedger(tx, plan, first, last);
      await seedItems(tx, plan, first, last);
    });
  }
}

async function refuseToMix(tx: Queryable, { force, people, pods }: SeedOptions): Promise<void> {
  if (people < 20 || pods < 1) {
    throw new DxError("DX_INTERNAL", { detail: "seed at least 20 people and one pod" });
  }
  if (force === true) return;
  if ((await firstRow(tx, "select 1 as one from people limit 1")) === undefined) return;
  throw new DxError("DX_INTERNAL", {
    detail: "there are people in this database already; --force adds to them",
  });
}

async function basesOf(tx: Queryable): Promise<Bases> {
  const last = async (table: string): Promise<number> =>
    Number(
      (await firstRow<{ last: string }>(tx, `select coalesce(max(id), 0) as last from ${table}`))
        ?.last,
    );
  return {
    person: await last("people"),
    pod: await last("pods"),
    activity: await last("activities"),
    destination: await last("destinations"),
  };
}

const COUNTED =
  "pods people profiles relationships subscriptions destinations activities audiences ledger items photos deliveries inbox";

async function countAll(tx: Queryable): Promise<number> {
  const counts = COUNTED.split(" ").map((table) => `(select count(*) from ${table})`);
  return Number((await firstRow<{ sum: string }>(tx, `select ${counts.join(" + ")} as sum`))?.sum);
}

/** Ids were given by hand; the next one is behind them. */
async function advanceSequences(tx: Queryable): Promise<void> {
  for (const table of ["pods", "people", "activities", "destinations"]) {
    await tx.raw(
      `select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`,
    );
  }
}
