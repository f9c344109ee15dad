/** What is due by itself, now and then: profiles that changed, digests, what may be forgotten. */
import type { Config } from "../config.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { forgetFetchedAvatars } from "../store/avatars.ts";
import { guarded } from "../store/database.ts";
import { forgetSaid } from "../store/memory.ts";
import { forgetStrangers } from "../store/quarantine.ts";
import type { Rules } from "./rules.ts";
import type { Storage } from "./storage.ts";

export interface ChoresOptions {
  readonly rules: Rules;
  readonly storage: Storage;
  readonly log: Log;
  readonly config: Config;
  /** What needs the component's stream; null in a process that is no connector. */
  readonly stream: StreamChores | null;
}

export interface StreamChores {
  /** XMPP accounts that may have been deleted are looked at. */
  settleDoubts(): Promise<void>;
  /** Whose time to come back is over. */
  endAccounts(limit: number): Promise<void>;
}

export interface Chores {
  stop(): void;
}

const OFTEN_MS = 2_000;
const NOW_AND_THEN_MS = 10_000;
const SELDOM_MS = 3_600_000;
/** Of one turn: the next comes soon. */
const AT_ONCE = 20;
const AVATARS_MS = 30 * 86_400_000;

/** Each takes what is due by a lock on its row, so that several processes never do the same. */
export function startChores(options: ChoresOptions): Chores {
  const { config, log, stream } = options;
  const timers = [
    ...(config.roles.includes("worker") ? storeChores(options) : []),
    ...(stream === null ? [] : streamChores(stream, log)),
  ];
  return {
    stop: () => {
      timers.forEach(clearInterval);
    },
  };
}

function streamChores(stream: StreamChores, log: Log): NodeJS.Timeout[] {
  return [
    every(OFTEN_MS, log, () => stream.settleDoubts()),
    every(NOW_AND_THEN_MS, log, () => stream.endAccounts(AT_ONCE)),
  ];
}

function storeChores({ config, rules, storage, log }: ChoresOptions): NodeJS.Timeout[] {
  const { db } = storage;
  return [
    every(OFTEN_MS, log, async () => {
      await rules.sendDueProfiles(AT_ONCE);
      await rules.sendDueDigests(AT_ONCE);
    }),
    // Pods are asked here, and may be slow.
    every(OFTEN_MS, log, async () => {
      await rules.welcomeNewcomers(AT_ONCE);
    }),
    every(NOW_AND_THEN_MS, log, async () => {
      await rules.forgetEnded(AT_ONCE);
    }),
    every(SELDOM_MS, log, async () => {
      await rules.tellOverdue(AT_ONCE);
      await guarded(() => forgetSaid(db));
      await guarded(() => forgetStrangers(db, config.moderation.quarantineDays));
      await guarded(() => forgetFetchedAvatars(db, new Date(Date.now() - AVATARS_MS)));
    }),
  ];
}

/** Never twice at once; what fails is due again the next time. */
function every(ms: number, log: Log, work: () => Promise<void>): NodeJS.Timeout {
  let running = false;
  return setInterval(() => {
    if (running) return;
    running = true;
    work()
      .catch((error: unknown) => {
        log.warn({ error: describeError(error) }, "a chore was not done; it is tried again");
      })
      .finally(() => {
        running = false;
      });
  }, ms);
}
