/**
 * What pods have sent and nobody has opened yet. Inserts that arrive while one is under way
 * go together in the next statement: grouped by what is in flight, not by a timer, which
 * would bound the rate by its own delay (a 5 ms timer: 1.3 k/s at 10 connections; grouping
 * in flight: 4.5–6.2 k/s).
 */
import type { Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { guarded, rows, run, type Database, type Queryable } from "./database.ts";
import { createInboxShares } from "./inbox-shares.ts";
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
  /** Seconds since then, by the database's clock. */
  readonly waited: number;
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
  const inFlight = new Map<string, number>();
  const shares = createInboxShares(db, limits);
  let writing = false;

  async function write(group: readonly Waiting[]): Promise<void> {
    try {
      await guarded(() => shares.look());
      const [over, free] = partition(group, ({ message }) => shares.isOver(message.claimedHost));
      for (const entry of over) entry.reject(new DxError("DX_BACKLOG_FULL"));
      if (free.length === 0) return;
      await guarded(() =>
        insertMessages(
          db,
          free.map((entry) => entry.message),
        ),
      );
      shares.stored(free.length);
      for (const entry of free) entry.resolve();
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
      const { claimedHost: host } = message;
      const others = inFlight.get(host) ?? 0;
      // One that floods leaves room for the others here too.
      if (waiting.length >= limits.maxInFlight || others * 2 >= limits.maxInFlight) {
        throw new DxError("DX_BACKLOG_FULL");
      }
      inFlight.set(host, others + 1);
      try {
        await new Promise<void>((resolve, reject) => {
          waiting.push({ message, resolve, reject });
          if (!writing) void drain();
        });
      } finally {
        const left = (inFlight.get(host) ?? 1) - 1;
        if (left > 0) inFlight.set(host, left);
        else inFlight.delete(host);
      }
    },
  };
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): [yes: T[], no: T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
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

/** Of one claimed host. */
export interface WantedMessages {
  readonly destinationId: string;
  readonly limit: number;
}

interface WaitingRow {
  readonly id: string;
  readonly kind: "public" | "private";
  readonly recipient: Guid | null;
  readonly body: Buffer;
  readonly attempts: number;
  readonly receivedAt: Date;
  readonly quietBefore: Date | null;
  readonly waited: number;
  readonly address: string;
  readonly wanted: string;
}

/**
 * The next messages of each claimed host, in the order in which they came; fewer than there are
 * when they are large.
 */
export async function pendingInboxes(
  db: Queryable,
  wanted: readonly WantedMessages[],
): Promise<InboxRow[][]> {
  const found = await rows<WaitingRow>(
    db,
    `select i.id, i.kind, i.recipient, i.body, i.attempts, i.received_at as "receivedAt",
            i.quiet_before as "quietBefore", d.address, wanted.id as wanted,
            extract(epoch from clock_timestamp() - i.received_at)::float8 as waited
     from unnest(?::bigint[], ?::integer[]) as wanted (id, most)
     join destinations d on d.id = wanted.id
     cross join lateral (
       select q.*, sum(length(q.body)) over (order by q.id) - length(q.body) as before
       from (
         select id, kind, recipient, body, attempts, received_at, quiet_before
         from inbox
         where destination_id = wanted.id and next_attempt <= now()
         order by id limit wanted.most) as q) as i
     where i.before < ? order by i.id`,
    [
      wanted.map(({ destinationId }) => destinationId),
      wanted.map(({ limit }) => limit),
      BATCH_BYTES,
    ],
  );
  const byHost = Map.groupBy(found, (row) => row.wanted);
  return wanted.map(({ destinationId }) => {
    const rowsOfHost = byHost.get(destinationId) ?? [];
    return rowsOfHost.map(({ address, wanted: _, ...row }) => ({ ...row, claimedHost: address }));
  });
}

export async function pendingInbox(
  db: Queryable,
  destinationId: string,
  limit: number,
): Promise<InboxRow[]> {
  const [found = []] = await pendingInboxes(db, [{ destinationId, limit }]);
  return found;
}

/** Part of the transaction that stores what the messages said, or alone when they are refused. */
export async function finishInboxes(db: Queryable, ids: readonly string[]): Promise<void> {
  await run(db, "delete from inbox where id = any(?::bigint[])", [[...ids]]);
}

export async function finishInbox(db: Queryable, id: string): Promise<void> {
  await finishInboxes(db, [id]);
}
