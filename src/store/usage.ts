/** How many people and posts there are here, as NodeInfo tells everybody. */
import { firstRow, type Queryable } from "./database.ts";

/** So many rows are looked at to count people or posts; of more a part is, and the rest estimated. */
const MOST_COUNTED = 500_000;

const LOCAL = `network = 'xmpp' and closed_at is null and standing is distinct from 'suspend'`;
const USAGE = {
  people: (sample: string) => `select count(*) as counted from people ${sample} where ${LOCAL}`,
  activities: (sample: string) => `select count(*) as counted from activities a ${sample}
    where a.type in ('note', 'share') and a.deleted_at is null
      and (select ${LOCAL} from people p where p.id = a.author_id)`,
};

/** For everybody to see: it need not be exact, and must not cost more the more there is. */
export async function countUsage(
  db: Queryable,
  most = MOST_COUNTED,
): Promise<{ people: number; posts: number }> {
  return {
    people: await counted(db, "people", most),
    posts: await counted(db, "activities", most),
  };
}

async function counted(db: Queryable, table: keyof typeof USAGE, most: number): Promise<number> {
  const known = await firstRow<{ rows: number }>(
    db,
    "select reltuples::float8 as rows from pg_class where oid = ?::regclass",
    [table],
  );
  const part = Math.min(1, most / Math.max(1, known?.rows ?? 0));
  const count = USAGE[table];
  // The same pages each time, so that the figure does not jump about.
  const row =
    part === 1
      ? await firstRow<{ counted: string }>(db, count(""))
      : await firstRow<{ counted: string }>(db, count("tablesample system (?) repeatable (1)"), [
          part * 100,
        ]);
  return Math.round(Number(row?.counted ?? 0) / part);
}
