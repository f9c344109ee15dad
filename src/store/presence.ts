/**
 * That this process lives, for others to see: advisory locks on a connection that also hears
 * the wake-ups of other processes. What was not heard while it was broken is covered by the
 * slow sweep.
 */
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { DestinationKind } from "../activitystreams/delivery.ts";
import type { Log } from "../log/log.ts";
import { PROCESS_NAME, VANISHED } from "./database.ts";
import { WAKE_CHANNEL } from "./destinations.ts";
import { openListener, type Listener } from "./listener.ts";
import { NEWS_CHANNEL, readNews, type News } from "./news.ts";

/** Two-key advisory locks: the class says what, the object who. */
export const LOCK_WORKER = 0x64_78_01;
const LOCK_COMPONENT = 0x64_78_02;

export interface StorePresence {
  /** This process among the workers, for its leases. */
  readonly worker: number;
  /**
   * Resolves true when this process holds the stream of the component; false when another does.
   * `onLost` is called once when it holds it no more: after a break of the connection another has
   * it, or the database is away for so long that another may.
   */
  holdComponent(domain: string, onLost: () => void): Promise<boolean>;
  /** Another may have it from now on; nothing where this process does not hold it. */
  releaseComponent(domain: string): Promise<void>;
  close(): Promise<void>;
}

export interface StorePresenceOptions {
  readonly url: string;
  readonly log: Log;
  readonly onWake: (kind: DestinationKind | null) => void;
  /** null: some may have been missed. */
  readonly onNews?: (news: News | null) => void;
  /** The connection has ended, and comes back: others may take this process for dead. */
  readonly onBreak?: () => void;
  /** Without an answer of the database for so long, the component's stream is given up. */
  readonly lostAfterMs?: number;
}

/** A restart of the database is over by then. */
const LOST_AFTER_MS = 30_000;
/** Whose connection breaks has it again before another looks, mostly. */
const REGAIN_TRIES = 10;
const REGAIN_EVERY_MS = 100;

export async function openPresence(options: StorePresenceOptions): Promise<StorePresence> {
  const { url, log, onWake, onNews = () => undefined, lostAfterMs = LOST_AFTER_MS } = options;
  const worker = randomInt(1, 2 ** 31 - 1);
  const held = new Map<string, () => void>();
  const last: { backend: number | null; timer?: NodeJS.Timeout | undefined } = { backend: null };

  function lose(domain: string): void {
    const onLost = held.get(domain);
    held.delete(domain);
    onLost?.();
  }

  async function prepare(client: Session): Promise<void> {
    if (last.backend !== null) await endSession(client, last.backend);
    last.backend = await sessionOf(client);
    await client.query(VANISHED);
    await client.query("select pg_advisory_lock($1, $2)", [LOCK_WORKER, worker]);
    await client.query(`listen ${WAKE_CHANNEL}; listen ${NEWS_CHANNEL}`);
    for (const domain of [...held.keys()]) {
      if (!(await regainComponent(client, domain))) lose(domain);
    }
    clearTimeout(last.timer);
  }

  const listener = await openListener({
    url,
    log,
    prepare,
    onNotification: (payload, channel) => {
      hear(options, payload, channel);
    },
    onBreak: () => {
      options.onBreak?.();
      clearTimeout(last.timer);
      // From the last answer on, not from the moment at which its want was noticed.
      const left = listener.heardAt + lostAfterMs - performance.now();
      last.timer = setTimeout(() => {
        for (const domain of [...held.keys()]) lose(domain);
      }, left);
    },
    onReturn: () => {
      onNews(null);
      onWake(null);
    },
  });
  return {
    worker,
    async holdComponent(domain, onLost) {
      const got = await lockComponent(listener, domain);
      if (got) held.set(domain, onLost);
      return got;
    },
    async releaseComponent(domain) {
      if (held.delete(domain)) await unlockComponent(listener, domain);
    },
    async close() {
      clearTimeout(last.timer);
      await listener.close();
    },
  };
}

function hear(
  { onWake, onNews }: StorePresenceOptions,
  payload: string | undefined,
  channel: string,
): void {
  const news = channel === NEWS_CHANNEL ? readNews(payload) : null;
  if (news !== null) onNews?.(news);
  if (channel === WAKE_CHANNEL && !isOwn(payload)) onWake(kindOf(payload));
}

type Session = Pick<Listener, "query">;

async function sessionOf(client: Session): Promise<number | null> {
  const result = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return result.rows[0]?.pid ?? null;
}

/** A session of ours that the database has not missed yet would hold the locks against us. */
async function endSession(client: Session, session: number): Promise<void> {
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where pid = $1 and application_name = $2 and usename = current_user`,
    [session, PROCESS_NAME],
  );
}

async function lockComponent(client: Session, domain: string): Promise<boolean> {
  const result = await client.query<{ held: boolean }>(
    "select pg_try_advisory_lock($1, hashtext($2)) as held",
    [LOCK_COMPONENT, domain],
  );
  return result.rows[0]?.held === true;
}

async function unlockComponent(client: Session, domain: string): Promise<void> {
  await client.query("select pg_advisory_unlock($1, hashtext($2))", [LOCK_COMPONENT, domain]);
}

async function regainComponent(client: Session, domain: string): Promise<boolean> {
  for (let tried = 1; tried < REGAIN_TRIES; tried += 1) {
    if (await lockComponent(client, domain)) return true;
    await sleep(REGAIN_EVERY_MS);
  }
  return await lockComponent(client, domain);
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
