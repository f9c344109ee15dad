/** Running the daemon until a signal ends it. */
import { readConfig, type Config } from "../config.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { createLog } from "../log/pino.ts";
import { printFindings } from "./findings.ts";
import type { Io } from "./io.ts";

export interface StartOptions {
  readonly config?: string | undefined;
  /** False by --no-migrate. */
  readonly migrate: boolean;
}

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
const STOP_MS = 30_000;

export async function start(options: StartOptions, io: Io): Promise<number> {
  const { config, findings } = readConfig({ file: options.config, env: io.env });
  if (config === null) {
    printFindings(findings, io.err);
    return 1;
  }
  const log = createLog(config.log);
  for (const { key, fault, mend } of findings) log.warn({ key, mend }, `${key} ${fault}`);
  endOnUnexpected(log);
  return run(withoutMigration(config, options.migrate), log);
}

function withoutMigration(config: Config, migrate: boolean): Config {
  return migrate ? config : { ...config, database: { ...config.database, migrate: false } };
}

async function run(config: Config, log: Log): Promise<number> {
  const signal = firstSignal();
  try {
    // Here and not above, so that the other commands do not wait for all of the daemon to be read.
    const { runDaemon } = await import("../main.ts");
    const daemon = await runDaemon(config, log);
    const failure = await Promise.race([signal, daemon.failed]).then(
      (name) => {
        log.info({ signal: name }, "stopping");
        return null;
      },
      (error: unknown) => {
        log.error({ error: describeError(error) }, "the daemon cannot go on");
        return error;
      },
    );
    const stopped = await within(STOP_MS, daemon.stop());
    if (!stopped) log.error({ seconds: STOP_MS / 1000 }, "not everything stopped in time");
    return stopped && failure === null ? 0 : 1;
  } catch (error) {
    log.error({ error }, "the daemon ended with an error");
    return 1;
  }
}

/** Asked once we stop in order, asked twice at once. */
function firstSignal(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    for (const name of SIGNALS) {
      process.on(name, () => {
        if (asked) process.exit(1);
        asked = true;
        resolve(name);
      });
    }
  });
}

/** A defect leaves an unknown state behind: better end and be started again than go on in it. */
function endOnUnexpected(log: Log): void {
  process.on("uncaughtException", (error) => {
    log.error({ error, stack: error.stack ?? "" }, `a defect: ${describeError(error)}`);
    process.exit(1);
  });
}

async function within(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
