/**
 * The component stream has one holder: ejabberd would split the traffic between two. Whoever
 * does not get the lock waits as a hot standby and takes over when the holder is gone. A holder
 * that loses the lock gives the stream up and stands by.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ComponentStream } from "../connector/stream.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { StorePresence } from "../store/presence.ts";

export interface StandbyOptions {
  readonly domain: string;
  readonly presence: Pick<StorePresence, "holdComponent">;
  readonly stream: Pick<ComponentStream, "start" | "stop">;
  readonly log: Log;
}

export interface Standby {
  /** Whether it has the lock: not known yet, another has it, this one. */
  readonly state: "asking" | "standing-by" | "holding";
  stop(): void;
}

const ASK_EVERY_MS = 500;

export function holdStream(options: StandbyOptions): Standby {
  const { domain, stream, log } = options;
  const abort = new AbortController();
  const now: { state: Standby["state"] } = { state: "asking" };
  const onOther = (): void => {
    now.state = "standing-by";
  };

  async function serve(): Promise<void> {
    for (;;) {
      const lost = Promise.withResolvers<true>();
      const onLost = (): void => {
        now.state = "asking";
        lost.resolve(true);
      };
      await untilHeld(options, onLost, onOther, abort.signal);
      if (abort.signal.aborted) return;
      now.state = "holding";
      await stream.start();
      if (!(await Promise.race([lost.promise, aborted(abort.signal)]))) return;
      log.error({ domain }, "this daemon no longer holds the component: it gives its stream up");
      await stream.stop();
    }
  }

  serve().catch((error: unknown) => {
    if (!abort.signal.aborted)
      log.error({ error: describeError(error) }, "the component does not start");
  });
  return {
    get state() {
      return now.state;
    },
    stop: () => {
      abort.abort();
    },
  };
}

async function untilHeld(
  { domain, presence, log }: StandbyOptions,
  onLost: () => void,
  onOther: () => void,
  signal: AbortSignal,
): Promise<void> {
  let told = false;
  for (;;) {
    const answer = await presence.holdComponent(domain, onLost).catch(() => null);
    if (answer === true) return;
    if (answer === false) onOther();
    if (!told && answer === false)
      log.info({ domain }, "another daemon holds the component; this one stands by");
    told ||= answer === false;
    await sleep(ASK_EVERY_MS, undefined, { signal });
  }
}

function aborted(signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener(
      "abort",
      () => {
        resolve(false);
      },
      { once: true },
    );
  });
}
