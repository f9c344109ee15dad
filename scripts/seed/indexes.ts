/**
 * Tables without indexes while they are filled. Made anew behind the rows they cost a sort each,
 * instead of a look into a tree for every row: docs/performance.md has the figures.
 */
import { rows, type Queryable } from "../../src/store/database.ts";

/** Those that get many rows. */
const TABLES = [
  ...["people", "profiles", "relationships", "subscriptions", "activities", "audiences"],
  ...["items", "photos", "destinations", "ledger", "deliveries", "inbox"],
];

interface Definition {
  readonly drop: string;
  readonly make: string;
}

/** Foreign keys of anybody to these tables; they hold the keys that they point at. */
const REFERENCES = `
  select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
         format('alter table %s add constraint %I %s', conrelid::regclass, conname,
                pg_get_constraintdef(oid)) as make
  from pg_constraint
  where contype = 'f' and (conrelid = any(?::text[]::regclass[])
    or confrelid = any(?::text[]::regclass[]))
  order by conrelid::regclass::text, conname`;

const KEYS = `
  select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
         format('alter table %s add constraint %I %s', conrelid::regclass, conname,
                pg_get_constraintdef(oid)) as make
  from pg_constraint
  where contype in ('p', 'u') and conrelid = any(?::text[]::regclass[])
  order by contype, conrelid::regclass::text, conname`;

const INDEXES = `
  select format('drop index %s', indexrelid::regclass) as drop, pg_get_indexdef(indexrelid) as make
  from pg_index
  where indrelid = any(?::text[]::regclass[])
    and not exists (select 1 from pg_constraint where conindid = indexrelid)
  order by indexrelid::regclass::text`;

/** Returns what makes them again, and says how many there were. */
export async function takeIndexesDown(
  db: Queryable,
): Promise<{ readonly count: number; readonly make: () => Promise<void> }> {
  const references = await rows<Definition>(db, REFERENCES, [TABLES, TABLES]);
  const keys = await rows<Definition>(db, KEYS, [TABLES]);
  const indexes = await rows<Definition>(db, INDEXES, [TABLES]);
  for (const { drop } of [...references, ...indexes, ...keys]) await db.raw(drop);
  return {
    count: references.length + keys.length + indexes.length,
    make: async () => {
      for (const { make } of [...keys, ...indexes, ...references]) await db.raw(make);
    },
  };
}
