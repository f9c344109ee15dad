/**
 * The component stream has one holder: ejabberd would split the traffic between two. Whoever
 * does not get the lock waits as a hot standby and takes over when the holder is gone.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../config.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { Storage } from "./storage.ts";

const ASK_EVERY_MS = 500;

export function awaitComponentLock(
  config: Config,
  storage: Storage,
  log: Log,
  onHeld: () => Promise<void>,
): { stop(): void } {
  const abort = new AbortController();
  const { domain } = config.xmpp.component;

  async function wait(): Promise<void> {
    let told = false;
    for (;;) {
      const held = await storage.presence.holdComponent(domain).catch(() => false);
      if (held) break;
      if (!told) log.info({ domain }, "another daemon holds the component; this one stands by");
      told = true;
      await sleep(ASK_EVERY_MS, undefined, { signal: abort.signal });
    }
    if (!abort.signal.aborted) await onHeld();
  }

  wait().catch((error: unknown) => {
    if (!abort.signal.aborted)
      log.error({ error: describeError(error) }, "the component does not start");
  });
  return {
    stop: () => {
      abort.abort();
    },
  };
}
