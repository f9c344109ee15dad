/** Posts as other pods ask for them: one by a GUID, what is known of one, a person's newest. */
import type { Activity } from "../activitystreams/activity.ts";
import type { DiasporaId, Guid } from "../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";
import { firstRow, rows, type Queryable } from "./database.ts";
import { authorOf } from "./people.ts";
import { ACTIVITY_COLUMNS, activityOf, FROM_ACTIVITIES, type ActivityRow } from "./seen.ts";

/** By which GUID: the post's own, or that of the question or the event inside it. */
export type PostKey = "post" | "question" | "event";

/** Two posts may claim to hold the same question; who came first has it. */
const BY_GUID: Readonly<Record<PostKey, string>> = {
  post: "where a.guid = ? and a.type in ('note', 'share') order by a.id limit 1",
  question: "where (a.object->'question'->>'guid') = ? and a.type = 'note' order by a.id limit 1",
  event: "where (a.object->'event'->>'guid') = ? and a.type = 'note' order by a.id limit 1",
};

export interface PostFacts {
  readonly author: DiasporaId;
  readonly local: boolean;
  readonly public: boolean;
  /** Deleted, or its author's account is closed or suspended. */
  readonly gone: boolean;
}

const FACTS = `p.diaspora_id as author, p.network = 'xmpp' as local, a.audience = 'public' as public,
  a.deleted_at is not null or p.closed_at is not null or coalesce(p.standing = 'suspend', false)
    as gone`;

export async function postFacts(
  db: Queryable,
  key: PostKey,
  guid: Guid,
): Promise<PostFacts | null> {
  const row = await firstRow<PostFacts>(
    db,
    `select ${FACTS} from activities a join people p on p.id = a.author_id ${BY_GUID[key]}`,
    [guid],
  );
  return row ?? null;
}

/** A comment, and the post that it stands below. */
export async function commentFacts(
  db: Queryable,
  guid: Guid,
): Promise<(PostFacts & { readonly post: PostFacts }) | null> {
  const row = await firstRow<PostFacts & { readonly root_guid: Guid }>(
    db,
    `select ${FACTS}, a.root_guid from activities a join people p on p.id = a.author_id
     where a.guid = ? and a.type = 'comment'`,
    [guid],
  );
  if (row === undefined) return null;
  const { root_guid: root, ...comment } = row;
  const post = await postFacts(db, "post", root);
  return post === null ? null : { ...comment, post };
}

export interface PublicPost {
  readonly activity: Activity;
  readonly author: LocalPerson | RemotePerson;
}

/** null for a limited one, a deleted one, and one whose author has closed the account. */
export async function publicPost(
  db: Queryable,
  key: PostKey,
  guid: Guid,
): Promise<PublicPost | null> {
  const row = await firstRow<ActivityRow & { readonly served: boolean }>(
    db,
    `select ${ACTIVITY_COLUMNS},
            a.audience = 'public' and a.deleted_at is null and p.closed_at is null
              and p.standing is distinct from 'suspend' as served
     ${FROM_ACTIVITIES} ${BY_GUID[key]}`,
    [guid],
  );
  if (row?.served !== true) return null;
  return { activity: activityOf(row), author: authorOf(row) };
}

/** Of a local person, newest first. */
export async function newestPublicPosts(
  db: Queryable,
  author: Guid,
  limit: number,
): Promise<Guid[]> {
  const found = await rows<{ guid: Guid }>(
    db,
    `select a.guid from activities a join people p on p.id = a.author_id
     where p.guid = ? and p.network = 'xmpp' and p.closed_at is null
       and p.standing is distinct from 'suspend' and a.type in ('note', 'share') and a.deleted_at is null and a.audience = 'public'
     order by a.published desc, a.id desc limit ?`,
    [author, limit],
  );
  return found.map((row) => row.guid);
}
