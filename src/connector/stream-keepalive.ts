/**
 * Notices a half-open connection: after a silence the server is asked whether it is there
 * (XEP-0199). TCP alone would take a quarter of an hour.
 */
import { describeError } from "../errors/error.ts";

export interface KeepAlive {
  start(): void;
  stop(): void;
  heard(): void;
}

export interface KeepAliveEffects {
  /** We do not read ourselves, so silence says nothing. */
  paused(): boolean;
  probe(timeoutMs: number): Promise<void>;
  dead(error: Error): void;
}

export function createKeepAlive(
  limits: { readonly keepAliveMs: number; readonly keepAliveTimeoutMs: number },
  effects: KeepAliveEffects,
): KeepAlive {
  let timer: NodeJS.Timeout | undefined;
  // Signs of life, and how many of them the last check has seen.
  let signs = 0;
  let seen = 0;
  let round = 0;

  const check = async (of: number): Promise<void> => {
    if (signs !== seen || effects.paused()) {
      seen = signs;
      return;
    }
    try {
      await effects.probe(limits.keepAliveTimeoutMs);
    } catch (error) {
      // A probe that was never read because we stopped reading is no proof of death.
      if (of !== round || signs !== seen || effects.paused()) return;
      effects.dead(new Error(`the server does not answer: ${describeError(error)}`));
    }
  };

  return {
    start: () => {
      clearInterval(timer);
      round += 1;
      signs += 1;
      const of = round;
      timer = setInterval(() => void check(of), limits.keepAliveMs);
    },
    stop: () => {
      round += 1;
      clearInterval(timer);
    },
    heard: () => {
      signs += 1;
    },
  };
}
