/**
 * What `/ready` says: each part of the daemon with what is wrong with it, in plain words for
 * anybody (no addresses, no names, nothing that an error said). A part that does not answer is
 * not waited for.
 */
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";

export interface Finding {
  readonly ok: boolean;
  readonly says: string;
  /** Well, and waiting for its turn: another daemon does the work. */
  readonly standby?: true;
  /** Not well, and yet no reason to take this daemon out of service. */
  readonly serves?: true;
}

export interface Check {
  /** One of PARTS (labels.ts). */
  readonly part: string;
  look(): Finding | Promise<Finding>;
}

export interface ReadyAnswer {
  readonly ok: boolean;
  readonly json: string;
}

export interface Readiness {
  /** Part → what was found. */
  look(): Promise<ReadonlyMap<string, Finding>>;
  answer(): Promise<ReadyAnswer>;
  /** Looks by itself and logs what changes, until what it returns is called. */
  watch(everyMs: number): () => void;
}

export interface ReadinessOptions {
  readonly checks: readonly Check[];
  readonly log: Log;
  /** For each part; default 0.8 s. */
  readonly limitMs?: number;
}

/** A probe that waits for a second is answered. */
export const LIMIT_MS = 800;

export function createReadiness({ checks, log, limitMs = LIMIT_MS }: ReadinessOptions): Readiness {
  const looks = checks.map((check) => [check.part, once(check, log)] as const);

  async function look(): Promise<ReadonlyMap<string, Finding>> {
    const found = looks.map(async ([part, ask]) => [part, await within(ask(), limitMs)] as const);
    return new Map(await Promise.all(found));
  }

  return {
    look,
    async answer() {
      const parts = await look();
      const ok = [...parts.values()].every(isServing);
      return { ok, json: `${JSON.stringify({ status: statusOf(parts), parts: told(parts) })}\n` };
    },
    watch: (everyMs) => watch(look, log, everyMs),
  };
}

const isServing = ({ ok, serves }: Finding): boolean => ok || serves === true;

function statusOf(parts: ReadonlyMap<string, Finding>): string {
  const findings = [...parts.values()];
  if (!findings.every(isServing)) return "not ready";
  if (!findings.every(({ ok }) => ok)) return "degraded";
  return findings.some(({ standby }) => standby === true) ? "standby" : "ready";
}

function told(parts: ReadonlyMap<string, Finding>): Record<string, Pick<Finding, "ok" | "says">> {
  return Object.fromEntries([...parts].map(([part, { ok, says }]) => [part, { ok, says }]));
}

/** While one look hangs there is no second: it would hang beside it. */
function once({ part, look }: Check, log: Log): () => Promise<Finding> {
  let running: Promise<Finding> | null = null;
  const run = async (): Promise<Finding> => {
    try {
      return await look();
    } catch (error) {
      log.warn({ part, error: describeError(error) }, "the look at a part failed");
      return { ok: false, says: "could not be looked at: the log has the error" };
    } finally {
      running = null;
    }
  };
  return () => (running ??= run());
}

async function within(found: Promise<Finding>, limitMs: number): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      resolve({ ok: false, says: `has not answered within ${String(limitMs / 1000)} s` });
    }, limitMs);
  });
  const finding = await Promise.race([found, late]);
  clearTimeout(timer);
  return finding;
}

function watch(look: Readiness["look"], log: Log, everyMs: number): () => void {
  const wrong = new Set<string>();
  const compare = async (): Promise<void> => {
    for (const [part, { ok, says }] of await look()) {
      if (ok && wrong.delete(part)) log.info({ part }, "this part is well again");
      if (ok || wrong.has(part)) continue;
      wrong.add(part);
      log.warn({ part, says }, "this part is not ready");
    }
  };
  const timer = setInterval(() => void compare(), everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
