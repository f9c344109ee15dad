/** A bridge under a service manager: whenever it ends, it is started again. */
import { setTimeout as sleep } from "node:timers/promises";
import { spawnDaemon, startDaemon, type DaemonSettings } from "../../support/e2e-daemon.ts";

export interface Bridge {
  readonly settings: DaemonSettings;
  readonly component: string;
  readonly domain: string;
  /** Of pods. */
  readonly base: string;
  /** How often it ended without being killed. */
  readonly endedByItself: number;
  /** kill -9; it comes back after so long. */
  kill(downMs: number): Promise<void>;
  /** Stands still: its sockets stay open, its clocks go on. */
  freeze(ms: number): Promise<void>;
  isReady(): Promise<boolean>;
  log(): string;
  end(): Promise<void>;
}

/** What systemd waits by default is a tenth of it. */
const RESTART_MS = 1_000;

export async function superviseBridge(settings: DaemonSettings): Promise<Bridge> {
  let daemon = await startDaemon(settings);
  let downMs: number | null = null;
  let endedByItself = 0;
  let isEnding = false;

  async function supervise(): Promise<void> {
    for (;;) {
      await daemon.exited;
      if (isEnding) return;
      if (downMs === null) endedByItself += 1;
      await sleep(downMs ?? RESTART_MS);
      downMs = null;
      daemon = spawnDaemon(settings);
    }
  }
  const supervised = supervise();
  const { component, domain } = settings;
  return {
    settings,
    component: component.domain,
    domain,
    base: `https://${component.domain}/`,
    get endedByItself() {
      return endedByItself;
    },
    kill: async (ms) => {
      downMs = ms;
      await daemon.kill();
    },
    freeze: async (ms) => {
      const { pid } = daemon;
      process.kill(pid, "SIGSTOP");
      await sleep(ms);
      process.kill(pid, "SIGCONT");
    },
    isReady: () => daemon.isReady(),
    log: () => daemon.log(),
    end: async () => {
      isEnding = true;
      await daemon.stop();
      await supervised;
    },
  };
}
