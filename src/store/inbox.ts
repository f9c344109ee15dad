/**
 * What pods have sent and nobody has opened yet. Inserts that arrive while one is under way
 * go together in the next statement: grouped by what is in flight, not by a timer, which
 * would bound the rate by its own delay (a 5 ms timer: 1.3 k/s at 10 connections; grouping
 * in flight: 4.5–6.2 k/s).
 */
import type { Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { firstRow, guarded, rows, run, type Database, type Queryable } from "./database.ts";
import { NOTIFY_SQL, once, WAKE_SQL } from "./destinations.ts";

export interface InboxMessage {
  readonly kind: "public" | "private";
  readonly recipient: Guid | null;
  readonly body: Buffer;
  readonly claimedHost: string;
  /** What was written until then is not shown as news: it was asked for. */
  readonly quietBefore?: Date | null;
}

export interface InboxRow extends InboxMessage {
  readonly id: string;
  readonly attempts: number;
  readonly receivedAt: Date;
}

export interface InboxLimits {
  /** Messages that may wait; more are answered with 503. */
  readonly maxRows: number;
  /** Messages that may wait in memory for their insert. */
  readonly maxInFlight: number;
}

interface Waiting {
  readonly message: InboxMessage;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const MAX_GROUP = 100;
/** How often the backlog is counted at most; a count of a short table is cheap, but not free. */
export const COUNT_EVERY_MS = 1_000;

export interface InboxWriter {
  /** Resolves after the commit. Throws DX_BACKLOG_FULL, DX_STORE_UNAVAILABLE. */
  add(message: InboxMessage): Promise<void>;
}

export function createInboxWriter(
  db: Database,
  limits: InboxLimits,
  onStored: () => void,
): InboxWriter {
  const waiting: Waiting[] = [];
  let writing = false;
  let counted = { at: Number.NEGATIVE_INFINITY, rows: 0 };

  async function backlog(): Promise<number> {
    const now = performance.now();
    if (now - counted.at > COUNT_EVERY_MS) {
      const row = await firstRow<{ waiting: string }>(
        db,
        "select count(*) as waiting from (select 1 from inbox limit ?) as counted",
        [limits.maxRows + 1],
      );
      counted = { at: now, rows: Number(row?.waiting ?? 0) };
    }
    return counted.rows;
  }

  async function write(group: readonly Waiting[]): Promise<void> {
    try {
      await guarded(async () => {
        if ((await backlog()) >= limits.maxRows) throw new DxError("DX_BACKLOG_FULL");
        await insertMessages(
          db,
          group.map((entry) => entry.message),
        );
      });
      counted = { at: counted.at, rows: counted.rows + group.length };
      for (const entry of group) entry.resolve();
      onStored();
    } catch (error) {
      for (const entry of group) entry.reject(error);
    }
  }

  async function drain(): Promise<void> {
    writing = true;
    while (waiting.length > 0) await write(waiting.splice(0, MAX_GROUP));
    writing = false;
  }

  return {
    async add(message) {
      if (waiting.length >= limits.maxInFlight) throw new DxError("DX_BACKLOG_FULL");
      await new Promise<void>((resolve, reject) => {
        waiting.push({ message, resolve, reject });
        if (!writing) void drain();
      });
    },
  };
}

async function insertMessages(db: Database, messages: readonly InboxMessage[]): Promise<void> {
  await run(
    db,
    `with woken as (${WAKE_SQL}),
     message as (
       select * from unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
         with ordinality as m (address, kind, recipient, body, quiet_before, place)),
     put as (
       insert into inbox (destination_id, kind, recipient, body, quiet_before)
       select woken.id, message.kind, nullif(message.recipient, ''),
              decode(message.body, 'base64'), nullif(message.quiet_before, '')::timestamptz
       from message join woken using (address) order by message.place)
     select ${NOTIFY_SQL}`,
    [
      "inbox",
      once(messages.map((message) => message.claimedHost)),
      messages.map((message) => message.claimedHost),
      messages.map((message) => message.kind),
      messages.map((message) => message.recipient ?? ""),
      messages.map((message) => message.body.toString("base64")),
      messages.map((message) => message.quietBefore?.toISOString() ?? ""),
      "inbox",
    ],
  );
}

/** Many hosts are worked on at once, each with so much in memory and one message more. */
const BATCH_BYTES = 256 * 1024;

/**
 * The next messages of one claimed host, in the order in which they came; fewer than there are
 * when they are large.
 */
export async function pendingInbox(
  db: Queryable,
  destinationId: string,
  limit: number,
): Promise<InboxRow[]> {
  const found = await rows<{
    id: string;
    kind: "public" | "private";
    recipient: Guid | null;
    body: Buffer;
    attempts: number;
    receivedAt: Date;
    quietBefore: Date | null;
    address: string;
  }>(
    db,
    `select id, kind, recipient, body, attempts, received_at as "receivedAt",
            quiet_before as "quietBefore", address
     from (
       select i.*, d.address, sum(length(i.body)) over (order by i.id) - length(i.body) as before
       from (
         select id, destination_id, kind, recipient, body, attempts, received_at, quiet_before
         from inbox
         where destination_id = ? and next_attempt <= now() order by id limit ?) as i
       join destinations d on d.id = i.destination_id) as waiting
     where before < ? order by id`,
    [destinationId, limit, BATCH_BYTES],
  );
  return found.map(({ address, ...row }) => ({ ...row, claimedHost: address }));
}

/** Part of the transaction that stores what the message said, or alone when it is refused. */
export async function finishInbox(db: Queryable, id: string): Promise<void> {
  await run(db, "delete from inbox where id = ?", [id]);
}
