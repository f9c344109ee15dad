/** The database for a command at the terminal, also while a daemon runs it for itself. */
import { join } from "node:path";
import type { Config } from "../config.ts";
import { isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { openDatabase } from "../store/database.ts";
import { runningAddress } from "../store/embedded.ts";
import { openConfiguredDatabase } from "./storage.ts";

/** Throws what openConfiguredDatabase throws where no daemon has it either. */
export async function openForTerminal(
  config: Config,
  log: Log,
): ReturnType<typeof openConfiguredDatabase> {
  try {
    return await openConfiguredDatabase(config, log);
  } catch (error) {
    const isPrivate = config.database.url === null && isDxError(error, "DX_EMBEDDED_FAILED");
    const url = isPrivate ? runningAddress(join(config.dataDir, "postgresql")) : null;
    if (url === null) throw error;
    const db = openDatabase({ url, poolSize: 2 });
    return { db, url, close: () => db.destroy() };
  }
}
