/** Looks at the daemon from outside, all the time: memory, queues, what /ready says. */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { rows } from "../../../src/store/database.ts";
import { peerFetch } from "../../support/peer-http.ts";
import type { Stage } from "./stage.ts";

export interface Look {
  readonly at: number;
  readonly memoryMb: number;
  /** null: the database could not be asked. */
  readonly inbox: number | null;
  readonly deliveries: number | null;
  /** Parts that are not well, as /ready names them; null: no answer. */
  readonly wrong: readonly string[] | null;
}

export interface Watch {
  readonly looks: readonly Look[];
  stop(): Promise<void>;
}

const EVERY_MS = 500;
const PATIENCE_MS = 1_500;

export function startWatch(stage: Stage): Watch {
  const looks: Look[] = [];
  const state = { watching: true };
  const loop = async (): Promise<void> => {
    while (state.watching) {
      looks.push(await look(stage));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  };
  const running = loop();
  return {
    looks,
    stop: async () => {
      state.watching = false;
      await running;
    },
  };
}

async function look(stage: Stage): Promise<Look> {
  const [wrong, queues] = await Promise.all([wrongParts(stage), within(queuesOf(stage))]);
  return {
    at: performance.now(),
    memoryMb: memoryOf(stage.world.daemon.pid),
    inbox: queues?.inbox ?? null,
    deliveries: queues?.deliveries ?? null,
    wrong,
  };
}

interface Queues {
  readonly inbox: number;
  readonly deliveries: number;
}

async function queuesOf(stage: Stage): Promise<Queues | null> {
  const [found] = await rows<Queues>(
    stage.db(),
    `select (select count(*) from inbox)::integer as inbox,
            (select count(*) from deliveries)::integer as deliveries`,
  );
  return found ?? null;
}

async function within<T>(asked: Promise<T | null>): Promise<T | null> {
  const late = new Promise<null>((resolve) => {
    setTimeout(resolve, PATIENCE_MS, null).unref();
  });
  return await Promise.race([asked.catch(() => null), late]);
}

async function wrongParts({ world }: Stage): Promise<string[] | null> {
  const hosts = new Map([["daemon", world.settings.httpPort]]);
  try {
    const answer = await peerFetch("http://daemon/ready", hosts, { timeoutMs: PATIENCE_MS });
    return [...answer.body.matchAll(/"([a-z]+)":\{"ok":false/g)].map(([, part]) => part ?? "");
  } catch {
    return null;
  }
}

/** Resident. */
function memoryOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, "utf8");
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}
