/**
 * One transaction for the work of many: each does what it would do alone, and what several of them
 * ask for at the same time is one statement. A post that comes is some six statements, and by these
 * the rate is bounded: so a hundred posts are hardly more.
 */
import type { Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { findActivities } from "./known.ts";
import { insertActivities, type NewActivity } from "./activities.ts";
import { inTransaction, takeTurns, type Database, type Queryable } from "./database.ts";
import {
  putDeliveries,
  putForReaders,
  type NewDelivery,
  type NewsForReaders,
  type Recipients,
} from "./deliveries.ts";
import { inGroups } from "./grouped.ts";
import { finishInboxes } from "./inbox.ts";
import { arrived } from "./inbox-retries.ts";
import { anyFollowers } from "./participations.ts";
import { forgetting, type RemotePeopleStore } from "./remote-cache.ts";
import { transactionOf } from "./transaction.ts";

type Operations = ReturnType<typeof transactionOf>;
type Work = (tx: Operations) => Promise<void>;
type NewsTo = NewDelivery & Pick<Recipients, "kind">;
type Grouped =
  | "insertActivity"
  | "findActivity"
  | "deliver"
  | "deliverToReaders"
  | "anyFollower"
  | "finishInbox"
  | "arrived";

function sharedTransactionOf(
  tx: Queryable,
  remotes: Pick<RemotePeopleStore, "forget">,
): Operations {
  takeTurns(tx);
  return { ...transactionOf(tx, remotes), ...groupedOf(tx) };
}

/** In one transaction. */
const MOST = 100;

/**
 * Runs the work in a transaction with whatever else is there to be done. What one of them throws
 * undoes them all; then each runs again alone, and what fails concerns that one only.
 */
export function createTogether(
  db: Database,
  remotes: RemotePeopleStore,
): <T>(work: (tx: Operations) => Promise<T>) => Promise<T> {
  const join = inGroups({ most: MOST, run: runAll });

  function runAll(works: readonly Work[]): Promise<undefined[]> {
    const operationsOf = works.length === 1 ? transactionOf : sharedTransactionOf;
    return forgetting(remotes, (noted) =>
      inTransaction(db, async (tx) => {
        const operations = operationsOf(tx, noted);
        // None goes on behind the end of the transaction.
        const ends = await Promise.allSettled(works.map((work) => work(operations)));
        for (const end of ends) if (end.status === "rejected") throw end.reason;
        return works.map(() => undefined);
      }),
    );
  }

  return async <T>(work: (tx: Operations) => Promise<T>): Promise<T> => {
    const ended: { with?: { readonly result: T } } = {};
    await join(async (tx) => {
      // The last run is the one that counts.
      ended.with = { result: await work(tx) };
    });
    if (ended.with === undefined) throw new DxError("DX_INTERNAL");
    return ended.with.result;
  };
}

/** What one turn of the event loop asks for is all that all of them can ask for. */
const SHARED = { most: Infinity, isShared: true } as const;

function groupedOf(tx: Queryable): Pick<Operations, Grouped> {
  const insert = inGroups({
    ...SHARED,
    run: (news: readonly NewActivity[]) => insertActivities(tx, news),
  });
  const find = inGroups({ ...SHARED, run: (guids: readonly Guid[]) => findActivities(tx, guids) });
  const put = inGroups({
    ...SHARED,
    run: (news: readonly NewsTo[]) => forEach(news, putAll(tx, news)),
  });
  const tellReaders = inGroups({
    ...SHARED,
    run: (news: readonly NewsForReaders[]) => forEach(news, putForReaders(tx, news)),
  });
  const follower = inGroups({
    ...SHARED,
    run: (keys: readonly string[]) => anyFollowers(tx, keys),
  });
  const finish = inGroups({
    ...SHARED,
    run: (ids: readonly string[]) => forEach(ids, finishInboxes(tx, ids)),
  });
  const came = inGroups({
    ...SHARED,
    run: async (places: readonly (readonly Guid[])[]) => {
      const freed = await arrived(tx, places.flat());
      return places.map(() => freed);
    },
  });
  return {
    insertActivity: (guid, authorKey, activity, facts) =>
      insert({ guid, authorKey, activity, ...(facts === undefined ? {} : { facts }) }),
    findActivity: find,
    deliver: (activityId, rootGuid, to) => put({ ...to, activityId, rootGuid }),
    deliverToReaders: (activityId, rootGuid, stream) =>
      tellReaders({ activityId, rootGuid, ...stream }),
    anyFollower: follower,
    finishInbox: finish,
    arrived: came,
  };
}

/** Each kind has its own way of being woken. */
async function putAll(tx: Queryable, news: readonly NewsTo[]): Promise<void> {
  for (const kind of new Set(news.map((each) => each.kind))) {
    const same = news.filter((each) => each.kind === kind);
    await putDeliveries(tx, kind, same);
  }
}

async function forEach(items: readonly unknown[], work: Promise<void>): Promise<undefined[]> {
  await work;
  return items.map(() => undefined);
}
