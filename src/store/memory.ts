/** What the rules must not forget of a person: what they were told, how often, what they said. */
import { createHash } from "node:crypto";
import type { Guid, Jid } from "../activitystreams/ids.ts";
import { firstRow, rows, run, type Queryable } from "./database.ts";

/** True for the first caller of this purpose only. */
export async function claimNotice(
  db: Queryable,
  accountKey: string,
  purpose: string,
): Promise<boolean> {
  const claimed = await rows(
    db,
    `insert into notices (person_id, purpose) values (?, ?) on conflict do nothing
     returning purpose`,
    [accountKey, purpose],
  );
  return claimed.length > 0;
}

/** True when less than `most` were counted today (UTC); then one more is. */
export async function countToday(
  db: Queryable,
  accountKey: string,
  purpose: string,
  most: number,
): Promise<boolean> {
  const counted = await rows(
    db,
    `insert into counters as c (person_id, purpose, day, count)
     select ?::bigint, ?, (now() at time zone 'utc')::date, 1 where ? > 0
     on conflict (person_id, purpose) do update set
       day = excluded.day, count = case when c.day = excluded.day then c.count + 1 else 1 end
       where c.day <> excluded.day or c.count < ?
     returning count`,
    [accountKey, purpose, most, most],
  );
  return counted.length > 0;
}

/** Clients name their messages as they like; an index does not hold every name. */
const MAX_ID = 128;

function nameOf(messageId: string): string {
  if (messageId.length <= MAX_ID) return messageId;
  return createHash("sha256").update(messageId).digest("hex");
}

/** A name that is used again means the later one. */
export async function rememberSaid(
  db: Queryable,
  accountKey: string,
  messageId: string,
  guid: Guid,
  receipt = false,
): Promise<void> {
  await run(
    db,
    `insert into said (person_id, message_id, guid, receipt) values (?, ?, ?, ?)
     on conflict (person_id, message_id) do update set
       guid = excluded.guid, receipt = excluded.receipt, at = now()`,
    [accountKey, nameOf(messageId), guid, receipt],
  );
}

/** Whether the client that sent it so asked to hear when it has arrived. */
export async function wantsReceipt(db: Queryable, jid: Jid, messageId: string): Promise<boolean> {
  const row = await firstRow<{ receipt: boolean }>(
    db,
    `select s.receipt from said s join people p on p.id = s.person_id
     where p.jid = ? and s.message_id = ?`,
    [jid, nameOf(messageId)],
  );
  return row?.receipt ?? false;
}

const SAID_DAYS = 30;

export async function saidAs(
  db: Queryable,
  accountKey: string,
  messageId: string,
): Promise<Guid | null> {
  const row = await firstRow<{ guid: Guid }>(
    db,
    `select guid from said where person_id = ? and message_id = ?
       and at > now() - make_interval(days => ?)`,
    [accountKey, nameOf(messageId), SAID_DAYS],
  );
  return row?.guid ?? null;
}

/** Nobody corrects what they wrote so long ago. */
export async function forgetSaid(db: Queryable): Promise<void> {
  await run(db, "delete from said where at < now() - make_interval(days => ?)", [SAID_DAYS]);
}
