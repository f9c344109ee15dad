/** Rows of activities with their authors, as the middle shows them. */
import type { Activity, Actor, PostActivity, Verb } from "../activitystreams/activity.ts";
import { isAbout } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";
import type { Above, Seen, SeenPost } from "../activitystreams/stream.ts";
import { rows, type Queryable } from "./database.ts";
import { authorOf, type AuthorRow } from "./people.ts";
import { activityFrom } from "./stored-object.ts";

/** Of one author, who is known: else a key of 800 bytes stands in each row. */
export interface OwnRow {
  readonly id: string;
  readonly guid: Guid;
  readonly verb: Verb;
  readonly type: string;
  readonly audience: Activity["audience"];
  /** null once it is deleted. */
  readonly object: unknown;
  readonly published: Date;
  readonly item_id: string;
  readonly above_guid: Guid | null;
  readonly root_guid: Guid;
  /** How many stand below it, where that was asked. */
  readonly comments?: number;
}

export interface ActivityRow extends OwnRow, AuthorRow {}

/** What OwnRow wants, of activities `a`. */
export const OWN_COLUMNS = `a.id, a.guid, a.verb, a.type, a.audience, a.object, a.published,
  a.item_id, a.above_guid, a.root_guid`;
/** What ActivityRow wants, of activities `a`, their authors `p` and the authors' pods. */
export const ACTIVITY_COLUMNS = `${OWN_COLUMNS},
  p.network, p.guid as author_guid, p.diaspora_id, p.jid, p.name, p.public_key, p.photo_url,
  pods.url as pod_url`;
export const AUTHORS = `join people p on p.id = a.author_id
  left join pods on pods.id = p.pod_id`;
export const FROM_ACTIVITIES = `from activities a ${AUTHORS}`;

/** Throws DX_ITEM_NOT_FOUND for what is deleted. */
export function activityOf(row: ActivityRow): Activity {
  return activityBy(row, authorOf(row));
}

type Author = LocalPerson | RemotePerson;

/** The same of an author who is known. */
export function activityBy(row: OwnRow, author: Author): Activity {
  const { verb, type, audience, object, published } = row;
  return activityFrom({ verb, type, audience, object, published, actor: actorOf(author) });
}

function actorOf(author: Author): Actor {
  return "jid" in author
    ? { network: "xmpp", id: author.jid, name: author.name }
    : { network: "diaspora", id: author.diasporaId, name: author.name };
}

export function seenOf(row: ActivityRow): Seen {
  return seenBy(row, authorOf(row));
}

export function seenBy(row: OwnRow, author: Author): Seen {
  return { activity: activityBy(row, author), author, itemId: row.item_id };
}

/**
 * Posts and shares, the shares with what they passed on. Only what everybody may see is ever
 * shown inside a share.
 */
export async function seenPosts<Row extends OwnRow>(
  db: Queryable,
  found: readonly Row[],
  seenOf: (row: Row) => Seen,
): Promise<readonly SeenPost[]> {
  const roots = await rootsOf(db, found);
  return found.flatMap((row): SeenPost[] => {
    const { activity, ...others } = seenOf(row);
    const { comments } = row;
    const seen = comments === undefined ? others : { ...others, comments };
    if (isAbout(activity, "note")) return [{ ...seen, activity }];
    if (!isAbout(activity, "share")) return [];
    return [{ ...seen, activity, root: rootOf(row, roots) }];
  });
}

export type Roots = ReadonlyMap<Guid, Seen<PostActivity>>;

export function rootOf(row: OwnRow, roots: Roots): Seen<PostActivity> | null {
  return (row.above_guid === null ? undefined : roots.get(row.above_guid)) ?? null;
}

export async function rootsOf(db: Queryable, found: readonly OwnRow[]): Promise<Roots> {
  const guids = found.flatMap((row) =>
    row.type === "share" && row.above_guid !== null ? [row.above_guid] : [],
  );
  if (guids.length === 0) return new Map();
  const posts = await rows<ActivityRow>(
    db,
    `select ${ACTIVITY_COLUMNS} ${FROM_ACTIVITIES}
     where a.guid = any(?::text[]) and a.type = 'note' and a.audience = 'public'
       and a.deleted_at is null and p.closed_at is null
       and p.standing is distinct from 'suspend'`,
    [[...new Set(guids)]],
  );
  return new Map(
    posts.flatMap((row) => {
      const { activity, ...seen } = seenOf(row);
      return isAbout(activity, "note") ? [[row.guid, { ...seen, activity }]] : [];
    }),
  );
}

export interface AboveRow extends AuthorRow {
  readonly guid: Guid;
  readonly item_id: string;
  readonly audience: Activity["audience"];
  readonly comments_service: string | null;
  readonly comments_node: string | null;
}

export const ABOVE_COLUMNS = `a.guid, a.item_id, a.audience, a.comments_service, a.comments_node,
  p.network, p.guid as author_guid, p.diaspora_id, p.jid, p.name, p.public_key, p.photo_url,
  pods.url as pod_url`;

export function aboveOf(row: AboveRow): Above {
  const { comments_service: service, comments_node: node } = row;
  return {
    guid: row.guid,
    itemId: row.item_id,
    author: authorOf(row),
    audience: row.audience,
    comments: service === null || node === null ? null : { service, node },
  };
}
