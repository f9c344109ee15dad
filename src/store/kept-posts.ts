/**
 * Posts that were read lately, each as the version of its row that was read: a page reads only
 * which posts there are, and in which version, and what is kept in that version need not come
 * again. So nothing has to be told of a change, in whatever process it was made: PostgreSQL gives
 * each version of a row the number of the transaction that wrote it (`xmin`).
 */
import { LRUCache } from "lru-cache";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";
import type { SeenPost } from "../activitystreams/stream.ts";
import { rows, type Queryable } from "./database.ts";
import { OWN, type RowForm } from "./pages.ts";
import { seenBy, seenPosts, type OwnRow } from "./seen.ts";

type Author = LocalPerson | RemotePerson;

/** What a page says of each of its posts. */
export interface PostVersion {
  readonly id: string;
  /** Of a share also that of what it passes on, and of whom. */
  readonly version: string;
  /** Beside the form: see streams.ts. */
  readonly comments: number;
}

export const VERSIONS: RowForm<PostVersion> = {
  columns: `a.id, a.row_version || coalesce((select ' ' || s.xmin::text || ' ' || o.xmin::text
    from activities s join people o on o.id = s.author_id
    where s.guid = case when a.type = 'share' then a.above_guid end), '') as version`,
  joins: "",
};

export interface KeptPosts {
  /** undefined: not kept, or not so. */
  get(wanted: PostVersion, author: Author): SeenPost | undefined;
  keep(found: PostVersion, author: Author, seen: SeenPost): void;
}

interface Kept {
  readonly version: string;
  readonly author: Author;
  readonly seen: SeenPost;
}

const MAX_CHARACTERS = 4 * 1024 * 1024;
/** What stands around the words. */
const AROUND = 1_000;

export function createKeptPosts(maxCharacters: number = MAX_CHARACTERS): KeptPosts {
  const posts = new LRUCache<string, Kept>({
    maxSize: maxCharacters,
    sizeCalculation: ({ seen }) => weightOf(seen) + ("root" in seen ? weightOf(seen.root) : 0),
  });
  return {
    get({ id, version, comments }, author) {
      const kept = posts.get(id);
      if (kept === undefined || kept.version !== version || !isSame(kept.author, author))
        return undefined;
      if (kept.seen.comments === comments) return kept.seen;
      const seen = { ...kept.seen, comments };
      posts.set(id, { ...kept, seen });
      return seen;
    },
    keep({ id, version }, author, seen) {
      posts.set(id, { version, author, seen });
    },
  };
}

/** Somebody may have a new name. */
function isSame(one: Author, other: Author): boolean {
  if (one === other) return true;
  const facts = new Map<string, unknown>(Object.entries(other));
  return Object.entries(one).every(([name, fact]) => facts.get(name) === fact);
}

function weightOf(seen: Pick<SeenPost, "activity"> | null | undefined): number {
  if (seen === null || seen === undefined) return 0;
  return AROUND + JSON.stringify(seen.activity.object).length;
}

const BY_ID = `select ${VERSIONS.columns}, ${OWN.columns}
  from (select a.*, a.xmin::text as row_version from activities a
    where a.id = any(?::bigint[])) as a`;

/** In their order; null when one of them has changed since it was looked for. */
export async function keptOrRead(
  db: Queryable,
  page: readonly PostVersion[],
  author: Author,
  kept: KeptPosts,
): Promise<readonly SeenPost[] | null> {
  const known = page.map((wanted) => kept.get(wanted, author));
  const missing = page.filter((_, place) => known[place] === undefined);
  if (missing.length > 0) {
    const read = await readPosts(db, missing, author);
    if (read === null) return null;
    for (const wanted of missing) {
      const seen = read.get(wanted.id);
      if (seen === undefined) return null;
      kept.keep(wanted, author, seen);
      known[page.indexOf(wanted)] = seen;
    }
  }
  return known.flatMap((seen) => seen ?? []);
}

/** By their ids; null when one of them has another version. */
async function readPosts(
  db: Queryable,
  wanted: readonly PostVersion[],
  author: Author,
): Promise<ReadonlyMap<string, SeenPost> | null> {
  const byId = new Map(wanted.map((one) => [one.id, one]));
  const found = await rows<OwnRow & { readonly version: string }>(db, BY_ID, [[...byId.keys()]]);
  const same = found.flatMap((row) => {
    const one = byId.get(row.id);
    return one?.version === row.version ? [{ ...row, comments: one.comments }] : [];
  });
  if (same.length < wanted.length) return null;
  const seen = await seenPosts(db, same, (row) => seenBy(row, author));
  const byGuid = new Map(seen.map((one) => [one.activity.object.guid, one]));
  return new Map(
    same.flatMap(({ id, guid }) => {
      const one = byGuid.get(guid);
      return one === undefined ? [] : [[id, one]];
    }),
  );
}
