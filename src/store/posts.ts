/** Posts as other pods ask for them: one by a GUID, what is known of one, a person's newest. */
import type { Activity } from "../activitystreams/activity.ts";
import type { DiasporaId, Guid } from "../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";
import { activityOf, type ActivityRow } from "./activities.ts";
import { firstRow, rows, type Queryable } from "./database.ts";
import { authorOf, type AuthorRow } from "./people.ts";

/** By which GUID: the post's own, or that of the question or the event inside it. */
export type PostKey = "post" | "question" | "event";

const GUID_OF: Readonly<Record<PostKey, string>> = {
  post: "a.guid",
  question: "(a.object->'question'->>'guid')",
  event: "(a.object->'event'->>'guid')",
};

/** Two posts may claim to hold the same question; who came first has it. */
const BY_GUID = (key: PostKey): string =>
  `where ${GUID_OF[key]} = ? and a.verb = 'post' order by a.id limit 1`;

export interface PostFacts {
  readonly author: DiasporaId;
  readonly local: boolean;
  readonly public: boolean;
  /** Deleted, or its author's account is closed. */
  readonly gone: boolean;
}

export async function postFacts(
  db: Queryable,
  key: PostKey,
  guid: Guid,
): Promise<PostFacts | null> {
  const row = await firstRow<PostFacts>(
    db,
    `select p.diaspora_id as author, p.network = 'xmpp' as local, a.audience = 'public' as public,
            a.deleted_at is not null or p.closed_at is not null as gone
     from activities a join people p on p.id = a.author_id ${BY_GUID(key)}`,
    [guid],
  );
  return row ?? null;
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
  const row = await firstRow<ActivityRow & AuthorRow & { readonly served: boolean }>(
    db,
    `select a.guid, a.verb, a.audience, a.object, a.published,
            p.network, p.guid as author_guid, p.diaspora_id, p.jid, p.name, p.public_key,
            p.photo_url, pods.url as pod_url,
            a.audience = 'public' and a.deleted_at is null and p.closed_at is null as served
     from activities a join people p on p.id = a.author_id
     left join pods on pods.id = p.pod_id ${BY_GUID(key)}`,
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
       and a.verb = 'post' and a.deleted_at is null and a.audience = 'public'
     order by a.published desc, a.id desc limit ?`,
    [author, limit],
  );
  return found.map((row) => row.guid);
}
