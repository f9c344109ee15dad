/**
 * That this process lives, for others to see: advisory locks on a connection that also hears
 * the wake-ups of other processes. What was not heard while it was broken is covered by the
 * slow sweep.
 */
import { randomInt } from "node:crypto";
import type pg from "pg";
import type { DestinationKind } from "../activitystreams/delivery.ts";
import type { Log } from "../log/log.ts";
import { PROCESS_NAME } from "./database.ts";
import { WAKE_CHANNEL } from "./destinations.ts";
import { openListener } from "./listener.ts";

/** Two-key advisory locks: the class says what, the object who. */
export const LOCK_WORKER = 0x64_78_01;
const LOCK_COMPONENT = 0x64_78_02;

export interface StorePresence {
  /** This process among the workers, for its leases. */
  readonly worker: number;
  /** Resolves true when this process holds the stream of the component; false when another does. */
  holdComponent(domain: string): Promise<boolean>;
  close(): Promise<void>;
}

export interface StorePresenceOptions {
  readonly url: string;
  readonly log: Log;
  readonly onWake: (kind: DestinationKind | null) => void;
}

export async function openPresence(options: StorePresenceOptions): Promise<StorePresence> {
  const worker = randomInt(1, 2 ** 31 - 1);
  const held = new Set<string>();
  const listener = await openListener({
    url: options.url,
    log: options.log,
    prepare: async (client) => {
      // After a break: a claim whose answer was lost with the connection is held by nobody.
      await client.query(
        "update destinations set lease_until = null, leased_by = null where leased_by = $1",
        [worker],
      );
      await client.query("select pg_advisory_lock($1, $2)", [LOCK_WORKER, worker]);
      await client.query(`listen ${WAKE_CHANNEL}`);
      for (const domain of held) await lockComponent(client, domain);
    },
    onNotification: (payload) => {
      if (!isOwn(payload)) options.onWake(kindOf(payload));
    },
    onReturn: () => {
      options.onWake(null);
    },
  });
  return {
    worker,
    async holdComponent(domain) {
      const got = await lockComponent(listener.client, domain);
      if (got) held.add(domain);
      return got;
    },
    close: () => listener.close(),
  };
}

async function lockComponent(client: pg.Client, domain: string): Promise<boolean> {
  const result = await client.query<{ held: boolean }>(
    "select pg_try_advisory_lock($1, hashtext($2)) as held",
    [LOCK_COMPONENT, domain],
  );
  return result.rows[0]?.held === true;
}

/** The payload is a kind and who says it; what this process says, its workers know already. */
function isOwn(payload: string | undefined): boolean {
  return payload?.endsWith(` ${PROCESS_NAME}`) === true;
}

const KINDS = ["pod", "person", "jid", "stream", "node", "inbox"] as const;

function kindOf(payload: string | undefined): DestinationKind | null {
  const kind = payload?.split(" ")[0];
  return KINDS.find((known) => known === kind) ?? null;
}
