/**
 * What one process tells the others of what they keep in memory, by NOTIFY: with the transaction
 * that changes it, or alone. Who was away for a moment forgets all that it keeps.
 */
import { parseDiasporaId, type DiasporaId } from "../activitystreams/ids.ts";
import { run, type Queryable } from "./database.ts";

export const NEWS_CHANNEL = "diaspora_x_news";

export type News =
  /** Somebody's row has changed. */
  | { readonly what: "person"; readonly id: DiasporaId }
  /** A pod sent more than it may: its claimed host waits. */
  | { readonly what: "held"; readonly host: string }
  /** A pod that could not be reached is there again, or somebody wants it tried. */
  | { readonly what: "returned"; readonly podUrl: string };

/** PostgreSQL takes 8,000 bytes. */
const MAX_NAME = 1_000;

/** In a transaction it is heard when that is committed. */
export async function tellNews(db: Queryable, news: News): Promise<void> {
  const name = nameIn(news);
  if (name.length > MAX_NAME) return;
  await run(db, `select pg_notify('${NEWS_CHANNEL}', ? || ' ' || ?)`, [news.what, name]);
}

function nameIn(news: News): string {
  if (news.what === "person") return news.id;
  return news.what === "held" ? news.host : news.podUrl;
}

/** null: of another version. */
export function readNews(payload: string | undefined): News | null {
  const space = payload?.indexOf(" ") ?? -1;
  if (payload === undefined || space < 0) return null;
  const name = payload.slice(space + 1);
  switch (payload.slice(0, space)) {
    case "person": {
      const id = parseDiasporaId(name);
      return id === null ? null : { what: "person", id };
    }
    case "held":
      return { what: "held", host: name };
    case "returned":
      return { what: "returned", podUrl: name };
    default:
      return null;
  }
}
