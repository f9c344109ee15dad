/** Running the daemon until a signal ends it; another has its configuration read again. */
import { readConfig } from "../config.ts";
import { describeError } from "../errors/error.ts";
import { createLog, type LevelledLog } from "../log/pino.ts";
import type { Daemon } from "../main.ts";
import { printFindings } from "./findings.ts";
import type { Io } from "./io.ts";
import { reloader } from "./reload.ts";

export interface StartOptions {
  readonly config?: string | undefined;
  /** False by --no-migrate. */
  readonly migrate: boolean;
  /** Roles, separated by commas. */
  readonly only?: string | undefined;
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
const STOP_MS = 30_000;

export async function start(options: StartOptions, io: Io): Promise<number> {
  const source = { file: options.config, env: { ...io.env, ...variablesOf(options) } };
  const { config, written, findings } = readConfig(source);
  if (config === null || written === null) {
    printFindings(findings, io.err);
    return 1;
  }
  const log = createLog(config.log);
  for (const { key, fault, mend } of findings) log.warn({ key, mend }, `${key} ${fault}`);
  endOnUnexpected(log);
  const hangup = { reload: (): void => undefined };
  process.on("SIGHUP", () => {
    hangup.reload();
  });
  return run(async () => {
    // Here and not above, so that the other commands do not wait for all of the daemon to be read.
    const { runDaemon } = await import("../main.ts");
    const daemon = await runDaemon(config, log);
    hangup.reload = reloader({ source, written, daemon, log });
    return daemon;
  }, log);
}

/** The command line wins over the environment, and that over the file. */
function variablesOf({ migrate, only }: StartOptions): Record<string, string> {
  return {
    ...(migrate ? {} : { DIASPORA_X_DATABASE_MIGRATE: "no" }),
    ...(only === undefined ? {} : { DIASPORA_X_ROLES: only }),
  };
}

async function run(begin: () => Promise<Daemon>, log: LevelledLog): Promise<number> {
  const signal = firstSignal();
  const begun = begin();
  try {
    // A start may wait for long, for the database or for another who brings the tables up to date.
    await Promise.race([signal, begun]);
    const failure = await Promise.race([signal, begun.then(({ failed }) => failed)]).then(
      (name) => {
        log.info({ signal: name }, "stopping");
        return null;
      },
      (error: unknown) => {
        log.error({ error: describeError(error) }, "the daemon cannot go on");
        return error;
      },
    );
    const stopped = await within(
      STOP_MS,
      begun.then((daemon) => daemon.stop()),
    );
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
function endOnUnexpected(log: LevelledLog): void {
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
