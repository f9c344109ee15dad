/** Pods that could not be reached: which they are, and what is due when one is heard of again. */
import type { DiasporaId } from "../activitystreams/ids.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { rows, type Queryable } from "./database.ts";
import { notifySql } from "./destinations.ts";
import { tellNews } from "./news.ts";

const IS_AWAY = "unreachable_since is not null and kind in ('pod', 'person')";

/**
 * It has answered: all that waits for this pod and its people is due now, as if it had never been
 * away. They are taken in order, as whoever wakes them does.
 */
export async function podReturned(db: Queryable, podUrl: string): Promise<void> {
  await tellNews(db, { what: "returned", podUrl });
  await rows(
    db,
    `with returned as (
       update destinations set attempts = 0, last_error = null, unreachable_since = null,
         due_at = now(), wakes = wakes + 1
       from (select id from destinations where split_part(address, ' ', 1) = ? and ${IS_AWAY}
             order by kind, address for update) as away
       where destinations.id = away.id returning kind)
     select ${notifySql("kind")} from (select distinct kind from returned) as kinds`,
    [podUrl],
  );
}

/**
 * Something came from it, which is no answer: one of those that wait for it is due, and what becomes
 * of that decides for the others.
 */
export async function podHeard(db: Queryable, podUrl: string): Promise<void> {
  await tellNews(db, { what: "returned", podUrl });
  await rows(
    db,
    `with heard as (
       update destinations set due_at = now(), wakes = wakes + 1
       where id = (select id from destinations
         where split_part(address, ' ', 1) = ? and ${IS_AWAY}
         order by kind = 'person', id limit 1) returning kind)
     select ${notifySql("kind")} from heard`,
    [podUrl],
  );
}

export interface HeardOptions {
  readonly db: Queryable;
  readonly podOf: (id: DiasporaId) => Promise<string | null>;
  /** False where it has asked for patience. */
  readonly mayTry: (podUrl: string) => boolean;
  /** Whoever is next tries it for everybody, and the workers look. */
  readonly onHeard: (podUrl: string) => void;
  readonly log: Log;
  readonly now?: () => number;
}

/** As old as what is known of them may be: nothing is asked for each message. */
const KNOWN_MS = 5_000;
/** A pod that talks and cannot be reached is not tried at each of its words. */
const AGAIN_MS = 60_000;
const MOST = 10_000;

/**
 * Something verified came from a pod: it is there, so something that waits for it is tried at once.
 * Never throws, and holds nobody up.
 */
export function createHeard(options: HeardOptions): (sender: DiasporaId) => Promise<void> {
  const { db, podOf, mayTry, onHeard, log, now = () => performance.now() } = options;
  let away: Promise<ReadonlySet<string>> | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;
  const tried = new Map<string, number>();

  function awayPods(): Promise<ReadonlySet<string>> {
    if (away === null || now() - askedAt > KNOWN_MS) {
      askedAt = now();
      away = podsAway(db);
      for (const [pod, at] of tried) if (now() - at > AGAIN_MS) tried.delete(pod);
    }
    return away;
  }

  return async (sender) => {
    try {
      const pods = await awayPods();
      if (pods.size === 0) return;
      const pod = await podOf(sender);
      if (pod === null || !pods.has(pod) || tried.has(pod) || !mayTry(pod)) return;
      tried.set(pod, now());
      await podHeard(db, pod);
      onHeard(pod);
    } catch (error) {
      log.debug({ error: describeError(error) }, "that a pod was heard of could not be noted");
    }
  };
}

async function podsAway(db: Queryable): Promise<ReadonlySet<string>> {
  const found = await rows<{ pod: string }>(
    db,
    `select distinct split_part(address, ' ', 1) as pod from destinations where ${IS_AWAY} limit ?`,
    [MOST],
  );
  return new Set(found.map(({ pod }) => pod));
}
