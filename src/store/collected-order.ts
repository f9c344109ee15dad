/**
 * In which order the items of a person's node lie. Events may come late or never, and servers
 * differ in what an edit does to the order; what a read finds is the truth.
 */
import { run, type Queryable } from "./database.ts";

/** Of what this look has not found any more: when the one before it did. */
const LAST_SHOWN_SQL = `
  update items i set shown_at = f.looked_at from feeds f
  where i.person_id = ? and i.node = ? and i.item_id <> all(?::text[]) and i.gone_at is null
    and i.shown_at is null and f.person_id = i.person_id and i.seen_at >= f.looked_from`;
const SHOWN_AGAIN_SQL = `
  update items set shown_at = null
  where person_id = ? and node = ? and item_id = any(?::text[]) and shown_at is not null`;

/**
 * Oldest first, as they were found just now. Whatever is known to be behind another gets a later
 * time than that other: never an earlier one, or something that was pushed out would look younger
 * than what has stayed.
 */
export async function placeItems(
  db: Queryable,
  { personKey, node }: { readonly personKey: string; readonly node: string },
  found: readonly string[],
): Promise<void> {
  const ids = [...found];
  await run(db, LAST_SHOWN_SQL, [personKey, node, ids]);
  await run(db, SHOWN_AGAIN_SQL, [personKey, node, ids]);
  await run(
    db,
    `with placed as (
       select i.item_id, max(i.seen_at - f.n * interval '1 microsecond') over (order by f.n)
         + f.n * interval '1 microsecond' as at
       from unnest(?::text[]) with ordinality as f (item_id, n)
       join items i on i.person_id = ? and i.node = ? and i.item_id = f.item_id)
     update items i set seen_at = p.at from placed p
     where i.person_id = ? and i.node = ? and i.item_id = p.item_id and i.seen_at < p.at`,
    [ids, personKey, node, personKey, node],
  );
  // What an empty node has lost was there at the look before.
  if (ids.length === 0) return;
  await run(
    db,
    `update feeds set looked_at = now(), looked_from = coalesce(
       (select min(seen_at) from items
        where person_id = ? and node = ? and item_id = any(?::text[])), now())
     where person_id = ?`,
    [personKey, node, ids, personKey],
  );
}
