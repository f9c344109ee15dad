/** How somebody wants to read, and what their clients do. */
import type { Jid } from "../activitystreams/ids.ts";
import { firstRow, run, type Queryable } from "./database.ts";

export interface Preferences {
  readonly reads: "auto" | "feed" | "chat" | "both";
  readonly comments: "all" | "mine" | "none";
  readonly followers: "ask" | "quiet";
  readonly edits: "nothing" | "correction" | "replace";
  readonly limited: "home" | "contacts";
  readonly listed: boolean;
  readonly searchable: boolean;
}

/** As the columns' defaults, which readers.ts has too. */
const DEFAULTS: Preferences = {
  reads: "auto",
  comments: "all",
  followers: "ask",
  edits: "correction",
  limited: "home",
  listed: false,
  searchable: false,
};

const COLUMNS = "reads, comments, followers, edits, limited, listed, searchable";

export async function preferencesOf(db: Queryable, accountKey: string): Promise<Preferences> {
  const row = await firstRow<Preferences>(
    db,
    `select ${COLUMNS} from preferences where person_id = ?`,
    [accountKey],
  );
  return row ?? DEFAULTS;
}

export async function setPreferences(
  db: Queryable,
  accountKey: string,
  change: Partial<Preferences>,
): Promise<void> {
  await run(db, "insert into preferences (person_id) values (?) on conflict do nothing", [
    accountKey,
  ]);
  await run(
    db,
    `update preferences set reads = coalesce(?, reads), comments = coalesce(?, comments),
       followers = coalesce(?, followers), edits = coalesce(?, edits),
       limited = coalesce(?, limited), listed = coalesce(?, listed),
       searchable = coalesce(?, searchable)
     where person_id = ?`,
    [
      change.reads ?? null,
      change.comments ?? null,
      change.followers ?? null,
      change.edits ?? null,
      change.limited ?? null,
      change.listed ?? null,
      change.searchable ?? null,
      accountKey,
    ],
  );
}

/**
 * A client of theirs asks for the feed (`urn:xmpp:microblog:0+notify`) or does not. One that does
 * not says nothing about the others; when none has asked for long, nobody does (readers.ts).
 */
export async function noteClient(db: Queryable, jid: Jid, asks: boolean): Promise<void> {
  if (!asks) return;
  await run(
    db,
    `update people set feed_asked_at = now()
     where jid = ? and (feed_asked_at is null or feed_asked_at < now() - interval '1 day')`,
    [jid],
  );
}
