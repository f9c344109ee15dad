/** Private messages that have waited long for a pod that cannot be reached. */
import type { Guid } from "../activitystreams/ids.ts";
import { firstRow, type Queryable } from "./database.ts";
import {
  FROM_PEOPLE,
  localFrom,
  PERSON_COLUMNS,
  type PersonRow,
  type StoredLocal,
} from "./people.ts";

export interface OverdueLetter {
  readonly account: StoredLocal;
  readonly conversation: Guid;
}

/** The oldest of which its writer has not been told; now they have. Part of a transaction. */
export async function takeOverdueLetter(
  db: Queryable,
  before: Date,
): Promise<OverdueLetter | null> {
  const row = await firstRow<PersonRow & { conversation: Guid }>(
    db,
    `with overdue as (
       select a.author_id, a.guid, coalesce(a.object->>'conversation', a.guid) as conversation
       from deliveries d
       join destinations t on t.id = d.destination_id and t.kind = 'person'
       join activities a on a.id = d.activity_id and a.type in ('message', 'conversation')
       join people p on p.id = a.author_id and p.network = 'xmpp' and p.closed_at is null
         and p.standing is distinct from 'suspend'
       where d.created_at < ? and a.deleted_at is null and not exists (
         select 1 from notices n
         where n.person_id = a.author_id and n.purpose = 'overdue ' || a.guid)
       order by d.id limit 1),
     told as (
       insert into notices (person_id, purpose)
       select author_id, 'overdue ' || guid from overdue
       on conflict do nothing returning person_id)
     select ${PERSON_COLUMNS}, overdue.conversation ${FROM_PEOPLE}
     join overdue on overdue.author_id = p.id join told on told.person_id = p.id`,
    [before],
  );
  const account = localFrom(row ?? null);
  return row === undefined || account === null ? null : { account, conversation: row.conversation };
}
