/** Sources of the photos that local people published: what may be fetched, and nothing else. */
import type { Audience } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { firstRow, run, type Queryable } from "./database.ts";

export interface PublishedPhoto {
  readonly guid: Guid;
  readonly source: string;
}

export async function insertPhotos(
  db: Queryable,
  activityId: string,
  photos: readonly PublishedPhoto[],
): Promise<void> {
  await run(
    db,
    `insert into photos (guid, activity_id, source_url)
     select guid, ?::bigint, source_url
     from unnest(?::text[], ?::text[]) as published (guid, source_url)`,
    [activityId, photos.map(({ guid }) => guid), photos.map(({ source }) => source)],
  );
}

/** null when it was never published, or its post or its author is gone. */
export async function photoSource(
  db: Queryable,
  guid: Guid,
): Promise<{ readonly url: string; readonly audience: Audience } | null> {
  const row = await firstRow<{ source_url: string; audience: Audience }>(
    db,
    `select ph.source_url, a.audience
     from photos ph
     join activities a on a.id = ph.activity_id
     join people p on p.id = a.author_id
     where ph.guid = ? and a.deleted_at is null and p.closed_at is null
       and p.standing is distinct from 'suspend'`,
    [guid],
  );
  return row === undefined ? null : { url: row.source_url, audience: row.audience };
}
