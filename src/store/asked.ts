/** What votes and answers are about: the poll or the event of the post above them. */
import { isAbout, type Note } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { rows, type Queryable } from "./database.ts";
import { ACTIVITY_COLUMNS, activityOf, FROM_ACTIVITIES, type ActivityRow } from "./seen.ts";

export type Asked = ReadonlyMap<Guid, Pick<Note, "question" | "event">>;

/** By the GUID of the post. Nothing is asked of the database where nobody answers anything. */
export async function askedAbove(
  db: Queryable,
  found: readonly Pick<ActivityRow, "type" | "root_guid">[],
): Promise<Asked> {
  const guids = found.flatMap(({ type, root_guid: root }) =>
    type === "vote" || type === "attendance" ? [root] : [],
  );
  if (guids.length === 0) return new Map();
  const posts = await rows<ActivityRow>(
    db,
    `select ${ACTIVITY_COLUMNS} ${FROM_ACTIVITIES}
     where a.guid = any(?::text[]) and a.type = 'note' and a.deleted_at is null`,
    [[...new Set(guids)]],
  );
  return new Map(
    posts.flatMap((row) => {
      const activity = activityOf(row);
      return isAbout(activity, "note") ? [[row.guid, activity.object]] : [];
    }),
  );
}
