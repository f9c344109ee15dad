/** SIGHUP: the configuration is read again. What is wrong changes nothing, and says why. */
import { readConfig, type Config, type ConfigSource } from "../config.ts";
import { reloaded } from "../config/reload.ts";
import type { WrittenConfig } from "../config/schema.ts";
import { describeError } from "../errors/error.ts";
import type { LevelledLog } from "../log/pino.ts";

export interface ReloadOptions {
  readonly source: ConfigSource;
  /** By which the daemon was started. */
  readonly written: WrittenConfig;
  readonly daemon: { reload(config: Config): Promise<void> };
  readonly log: LevelledLog;
}

/** What a signal calls; several at once are one after the other. */
export function reloader({ source, written, daemon, log }: ReloadOptions): () => void {
  let running = written;

  async function reload(): Promise<void> {
    const read = readConfig(source);
    if (read.written === null) {
      const faults = read.findings.map(({ key, fault, mend }) => `${key} ${fault}; ${mend}`);
      log.error({ faults }, "the changed configuration is wrong: nothing of it counts");
      return;
    }
    const { config, written: taken, changed, kept } = reloaded(running, read.written);
    // First: what the daemon then tells others of it may fail, and counts here all the same.
    running = taken;
    log.setLevel(config.log.level);
    await daemon.reload(config);
    log.info({ changed }, "the configuration was read again");
    if (kept.length > 0) log.warn({ kept }, "these keys were changed, and count from a restart on");
  }

  let turn: Promise<void> = Promise.resolve();
  return () => {
    turn = turn.then(reload).catch((error: unknown) => {
      log.error({ error: describeError(error) }, "the configuration was not taken over as a whole");
    });
  };
}
