/** Everything that is kept of what a person said. */
import type { Seen } from "../activitystreams/stream.ts";
import { firstRow, guarded, rows, type Queryable } from "./database.ts";
import {
  ACTIVITY_COLUMNS,
  FROM_ACTIVITIES,
  rootOf,
  rootsOf,
  seenOf,
  type ActivityRow,
} from "./seen.ts";

const PIECE = 200;

const OWN = "where a.author_id = ? and a.object is not null";
/** What others meant for this person, and not for everybody. */
const RECEIVED = `join audiences v on v.activity_id = a.id
  where v.person_id = ? and a.audience = 'limited' and a.object is not null`;

/** All that a person said and that was not taken back, oldest first, but the first so many. */
export function everythingOf(db: Queryable, accountKey: string, skip = 0): AsyncIterable<Seen> {
  return inPieces(db, OWN, accountKey, skip);
}

/** What was said to this person by name, and not to everybody, oldest first, but the first so many. */
export function receivedBy(db: Queryable, accountKey: string, skip = 0): AsyncIterable<Seen> {
  return inPieces(db, RECEIVED, accountKey, skip);
}

/** How much there is of both. */
export async function countsOf(
  db: Queryable,
  accountKey: string,
): Promise<{ readonly said: number; readonly received: number }> {
  const row = await firstRow<{ said: string; received: string }>(
    db,
    `select (select count(*) from activities a ${OWN}) as said,
            (select count(*) from activities a ${RECEIVED}) as received`,
    [accountKey, accountKey],
  );
  return { said: Number(row?.said ?? 0), received: Number(row?.received ?? 0) };
}

async function* inPieces(
  db: Queryable,
  which: string,
  accountKey: string,
  skip: number,
): AsyncIterable<Seen> {
  for (let last = "0", offset = skip; ; offset = 0) {
    const after = last;
    const found = await guarded(() => piece(db, which, [accountKey, after, PIECE, offset]));
    yield* found.map(({ seen }) => seen);
    const end = found.at(-1);
    if (end === undefined || found.length < PIECE) return;
    last = end.id;
  }
}

async function piece(
  db: Queryable,
  which: string,
  bindings: readonly [accountKey: string, after: string, limit: number, offset: number],
): Promise<{ readonly id: string; readonly seen: Seen }[]> {
  const found = await rows<ActivityRow>(
    db,
    `select ${ACTIVITY_COLUMNS} ${FROM_ACTIVITIES} ${which} and a.id > ?
     order by a.id limit ? offset ?`,
    bindings,
  );
  const roots = await rootsOf(db, found);
  return found.map((row) => ({
    id: row.id,
    seen: { ...seenOf(row), ...(row.type === "share" ? { root: rootOf(row, roots) } : {}) },
  }));
}
