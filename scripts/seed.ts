/**
 * `npm run seed -- --people N --pods N --activities N (--database-url URL | --data-dir DIR)`: fills a
 * database for measurements, quickly and so that it looks like a used one. The daemon that uses it
 * is to be stopped meanwhile.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeError } from "../src/errors/error.ts";
import { silentLog } from "../src/log/log.ts";
import { openDatabase } from "../src/store/database.ts";
import { startEmbedded } from "../src/store/embedded.ts";
import { migrateSchema } from "../src/store/migrate.ts";
import { seedDatabase, type SeedOptions } from "./seed/seed.ts";

const USAGE = `usage: npm run seed -- [options] (--database-url URL | --data-dir DIR)
  --people N        one of ten of here, the others on pods (10000)
  --pods N          (200)
  --activities N    posts, comments, likes and what else there is (100000)
  --seed N          the same seed makes the same rows (1)
  --force           also where there are people already
  --keep-indexes    rows go through the indexes one by one: much slower, for a comparison
  --data-dir DIR    the data_dir of a daemon that keeps its own PostgreSQL`;

function readOptions(): {
  readonly options: SeedOptions;
  readonly url?: string;
  readonly dir?: string;
} {
  const { values } = parseArgs({
    options: {
      people: { type: "string", default: "10000" },
      pods: { type: "string", default: "200" },
      activities: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      force: { type: "boolean", default: false },
      "keep-indexes": { type: "boolean", default: false },
      "database-url": { type: "string" },
      "data-dir": { type: "string" },
    },
  });
  const { "database-url": url, "data-dir": dir, force } = values;
  if ((url === undefined) === (dir === undefined)) throw new Error("name one database");
  return {
    options: {
      people: count(values.people),
      pods: count(values.pods),
      activities: count(values.activities),
      seed: count(values.seed),
      force,
      keepIndexes: values["keep-indexes"],
      say: (line) => {
        console.log(line);
      },
    },
    ...(url === undefined ? {} : { url }),
    ...(dir === undefined ? {} : { dir }),
  };
}

function count(text: string): number {
  const value = Number(text.replaceAll("_", ""));
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${text} is no number`);
  return value;
}

async function main(): Promise<number> {
  let wanted: ReturnType<typeof readOptions>;
  try {
    wanted = readOptions();
  } catch (error) {
    console.error(`${describeError(error)}\n${USAGE}`);
    return 2;
  }
  const { options, url, dir } = wanted;
  const own =
    dir === undefined
      ? null
      : await startEmbedded({ dataDir: join(dir, "postgresql"), log: silentLog });
  const db = openDatabase({ url: own?.url ?? url ?? "", poolSize: 2, patient: true });
  try {
    await migrateSchema(db, silentLog);
    await seedDatabase(db, options);
    return 0;
  } catch (error) {
    console.error(describeError(error));
    return 1;
  } finally {
    await db.destroy();
    await own?.stop();
  }
}

process.exitCode = await main();
