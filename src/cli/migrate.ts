/** `migrate`: the database's tables brought up to date without starting the daemon. */
import { loadConfig } from "../config.ts";
import { migrateAt, openConfiguredDatabase } from "../daemon/storage.ts";
import { createLog } from "../log/pino.ts";
import { missingMigrations } from "../store/migrate.ts";
import type { Io } from "./io.ts";

export async function migrate(file: string | undefined, io: Io): Promise<number> {
  const config = loadConfig({ file, env: io.env });
  const log = createLog(config.log);
  const database = await openConfiguredDatabase(config, log);
  try {
    const missing = await missingMigrations(database.db);
    await migrateAt(database.url, log);
    io.out(
      missing.length === 0
        ? "the database is up to date"
        : `brought the database up to date: ${missing.join(", ")}`,
    );
    return 0;
  } finally {
    await database.close();
  }
}
