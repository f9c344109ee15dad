/**
 * The one connection beside the pool: it hears the wake-ups of other processes (LISTEN) and
 * holds the advisory locks by which others see that this process lives. When it breaks, it
 * comes back by itself; the slow sweep covers what was not heard meanwhile.
 */
import pg from "pg";
import { setTimeout as sleep } from "node:timers/promises";
import { randomInt } from "node:crypto";
import type { DestinationKind } from "../activitystreams/delivery.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { connectionOptions } from "./database.ts";
import { WAKE_CHANNEL } from "./destinations.ts";

/** Two-key advisory locks: the class says what, the object who. */
export const LOCK_WORKER = 0x64_78_01;
const LOCK_COMPONENT = 0x64_78_02;

const RETRY_MS = 1_000;

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
  let closing = false;
  let reconnecting = false;
  let client = await connect();
  const held = new Set<string>();

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client({ ...connectionOptions(options.url), statement_timeout: 0 });
    fresh.on("error", (error) => {
      options.log.warn({ error: describeError(error) }, "the listening connection broke");
    });
    fresh.on("notification", (message) => {
      options.onWake(kindOf(message.payload));
    });
    try {
      await fresh.connect();
      await fresh.query("select pg_advisory_lock($1, $2)", [LOCK_WORKER, worker]);
      await fresh.query(`listen ${WAKE_CHANNEL}`);
    } catch (error) {
      fresh.end().catch(() => undefined);
      throw error;
    }
    // Not before: a client that never connected ends too, and each end would begin another loop.
    fresh.on("end", () => {
      if (!closing && !reconnecting) void reconnect();
    });
    return fresh;
  }

  async function reconnect(): Promise<void> {
    reconnecting = true;
    while (!isClosing()) {
      try {
        client = await connect();
        for (const domain of held) await lockComponent(domain);
        break;
      } catch {
        await sleep(RETRY_MS);
      }
    }
    reconnecting = false;
    if (isClosing()) await client.end().catch(() => undefined);
    else options.onWake(null);
  }

  function isClosing(): boolean {
    return closing;
  }

  async function lockComponent(domain: string): Promise<boolean> {
    const result = await client.query<{ held: boolean }>(
      "select pg_try_advisory_lock($1, hashtext($2)) as held",
      [LOCK_COMPONENT, domain],
    );
    return result.rows[0]?.held === true;
  }

  return {
    worker,
    async holdComponent(domain) {
      const got = await lockComponent(domain);
      if (got) held.add(domain);
      return got;
    },
    async close() {
      closing = true;
      await client.end();
    },
  };
}

function kindOf(payload: string | undefined): DestinationKind | null {
  return payload === "pod" || payload === "person" || payload === "jid" || payload === "inbox"
    ? payload
    : null;
}
