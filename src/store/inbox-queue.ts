/** The inbox as its drain wants it: what many hosts want at the same time is asked for together. */
import type { Destination, Release } from "../activitystreams/delivery.ts";
import { guarded, type Database } from "./database.ts";
import { releaseDestination, releaseDrained, type Drained } from "./destinations.ts";
import { inGroups } from "./grouped.ts";
import { finishInboxes, pendingInboxes, type InboxRow, type WantedMessages } from "./inbox.ts";

export interface InboxQueue {
  pending(destinationId: string, limit: number): Promise<InboxRow[]>;
  drop(inboxId: string): Promise<void>;
  release(destination: Destination, release: Release): Promise<void>;
}

/** Each host has up to 256 kB in memory. */
const HOSTS = 16;
const MOST = 100;

export function createInboxQueue(db: Database, worker: number): InboxQueue {
  const pending = inGroups({
    most: HOSTS,
    run: (wanted: readonly WantedMessages[]) => pendingInboxes(db, wanted),
  });
  const drop = inGroups({
    most: MOST,
    run: (ids: readonly string[]) =>
      forEach(
        ids,
        guarded(() => finishInboxes(db, ids)),
      ),
  });
  const drained = inGroups({
    most: MOST,
    run: (done: readonly Drained[]) => forEach(done, releaseDrained(db, "inbox", worker, done)),
  });
  return {
    pending: (destinationId, limit) => pending({ destinationId, limit }),
    drop,
    release: (destination, release) =>
      release.state === "drained" || release.state === "more"
        ? drained({ destination, more: release.state === "more" })
        : releaseDestination(db, destination, worker, release),
  };
}

async function forEach(items: readonly unknown[], work: Promise<void>): Promise<undefined[]> {
  await work;
  return items.map(() => undefined);
}
