/** What is due by itself, now and then: profiles that changed, digests, what may be forgotten. */
import type { Jid } from "../activitystreams/ids.ts";
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
  /** How long strangers wait for a yes. */
  readonly quarantineDays: number;
  /** XMPP accounts that may have been deleted are looked at. */
  readonly settleDoubts: () => Promise<void>;
  /** An account has ended. */
  readonly parted: (jid: Jid) => Promise<void>;
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

export function startChores(options: ChoresOptions): Chores {
  const { rules, storage, log, quarantineDays, settleDoubts, parted } = options;
  const { db } = storage;
  const timers = [
    every(OFTEN_MS, log, async () => {
      await rules.sendDueProfiles(AT_ONCE);
      await rules.sendDueDigests(AT_ONCE);
    }),
    // Pods are asked here, and may be slow.
    every(OFTEN_MS, log, async () => {
      await rules.welcomeNewcomers(AT_ONCE);
    }),
    every(OFTEN_MS, log, settleDoubts),
    every(NOW_AND_THEN_MS, log, async () => {
      for (const jid of await rules.endDueAccounts(AT_ONCE)) await parted(jid);
      await rules.forgetEnded(AT_ONCE);
    }),
    every(SELDOM_MS, log, async () => {
      await rules.tellOverdue(AT_ONCE);
      await guarded(() => forgetSaid(db));
      await guarded(() => forgetStrangers(db, quarantineDays));
      await guarded(() => forgetFetchedAvatars(db, new Date(Date.now() - AVATARS_MS)));
    }),
  ];
  return {
    stop: () => {
      timers.forEach(clearInterval);
    },
  };
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
