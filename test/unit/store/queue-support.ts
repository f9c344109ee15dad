/** Posts that wait at destinations, for the tests of the queues. */
import assert from "node:assert/strict";
import type { Destination, PendingDelivery } from "../../../src/activitystreams/delivery.ts";
import { insertActivity } from "../../../src/store/activities.ts";
import { firstRow, type Database } from "../../../src/store/database.ts";
import { enqueueActivity } from "../../../src/store/deliveries.ts";
import { claimDestinations } from "../../../src/store/destinations.ts";
import { pendingDeliveries } from "../../../src/store/pending.ts";
import { rememberRemote } from "../../../src/store/people.ts";
import { guidNumber, remotePerson, remotePost } from "../../support/fixtures.ts";

let posts = 0;

/** A post of alice's, stored; its row's id. */
export async function storedPost(db: Database, authorKey: string): Promise<string> {
  posts += 1;
  const guid = guidNumber(0x9057_0000 + posts);
  const id = await insertActivity(db, guid, authorKey, remotePost({ guid }));
  assert.ok(id !== null);
  return id;
}

export interface QueueBench {
  readonly db: Database;
  readonly authorKey: string;
  /** Queues one post under this root for the addresses; the post's row. */
  enqueue(root: string, addresses?: readonly string[]): Promise<string>;
  claim(worker: number, limit?: number): Promise<Destination[]>;
  /** The one destination that is due. */
  claimOne(worker: number): Promise<Destination>;
  pending(destination: Destination): Promise<PendingDelivery[]>;
  /** Roots of what waits and may go. */
  roots(destination: Destination): Promise<string[]>;
}

export const POD = "https://pod.example/";

export async function queueBench(db: Database, kind: "pod" | "jid" = "pod"): Promise<QueueBench> {
  const author = await rememberRemote(db, remotePerson());
  const claim = (worker: number, limit = 10): Promise<Destination[]> =>
    claimDestinations(db, kind, worker, limit);
  const pending = (destination: Destination): Promise<PendingDelivery[]> =>
    pendingDeliveries(db, [destination.id], 100);
  return {
    db,
    authorKey: author.key,
    async enqueue(rootGuid, addresses = [POD]) {
      const activityId = await storedPost(db, author.key);
      await db.transaction((tx) => enqueueActivity(tx, activityId, rootGuid, { kind, addresses }));
      return activityId;
    },
    claim,
    async claimOne(worker) {
      const claimed = await claim(worker);
      const [first] = claimed;
      assert.ok(first !== undefined && claimed.length === 1, "exactly one destination is due");
      return first;
    },
    pending,
    roots: async (destination) => (await pending(destination)).map((one) => one.rootGuid),
  };
}

/** Seconds until it is due: at most 0 when it is due now, null when it waits for a wake-up. */
export async function dueIn(db: Database, address: string = POD): Promise<number | null> {
  const row = await firstRow<{ seconds: number | null }>(
    db,
    `select case when due_at = 'infinity' then null
                 else extract(epoch from due_at - clock_timestamp())::float8 end as seconds
     from destinations where address = ?`,
    [address],
  );
  assert.ok(row !== undefined, `no destination ${address}`);
  return row.seconds;
}

export async function assertDueNow(db: Database, address?: string): Promise<void> {
  const seconds = await dueIn(db, address);
  assert.ok(seconds !== null && seconds <= 0, `due in ${String(seconds)} s`);
}

export async function countRows(db: Database, table: string): Promise<number> {
  const [row] = await db(table).count();
  return Number(row?.["count"]);
}
