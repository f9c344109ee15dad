/** What is known of a pod: counts, and whether it is reached. */
import { firstRow, type Queryable } from "./database.ts";

export interface StoredPodFacts {
  readonly firstSeen: Date | null;
  readonly people: number;
  readonly posts: number;
  readonly contacts: number;
  readonly waiting: number;
  readonly trouble: string | null;
  readonly quarantined: number;
}

/** Of a host, whatever its port. */
export async function podFacts(db: Queryable, host: string): Promise<StoredPodFacts> {
  const at = ["https://", "http://"].map((scheme) => scheme + host);
  const row = await firstRow<Record<keyof StoredPodFacts, string | null> & { firstSeen: Date }>(
    db,
    `with of_pod as (
       select id, url, first_seen_at from pods
       where url like any (?::text[])),
     ids as (select id from people where pod_id in (select id from of_pod)),
     ways as (
       select d.* from destinations d where d.kind in ('pod', 'person')
         and d.address like any (?::text[]))
     select (select min(first_seen_at) from of_pod) as "firstSeen",
            (select count(*) from ids) as people,
            (select count(*) from activities a where a.author_id in (select id from ids)
               and a.type in ('note', 'share') and a.deleted_at is null) as posts,
            (select count(*) from relationships r where r.remote_id in (select id from ids)
               and (r.following or r.sharing)) as contacts,
            (select count(*) from deliveries q where q.destination_id in (select id from ways))
              as waiting,
            (select max(last_error) from ways where attempts > 0) as trouble,
            (select count(*) from quarantine where host = ? or host like ?) as quarantined`,
    [
      at.flatMap((origin) => [`${escaped(origin)}/%`, `${escaped(origin)}:%`]),
      at.flatMap((origin) => [`${escaped(origin)}/%`, `${escaped(origin)}:%`]),
      host,
      `${escaped(host)}:%`,
    ],
  );
  const count = (text: string | null | undefined): number => Number(text ?? 0);
  return {
    firstSeen: row?.firstSeen ?? null,
    people: count(row?.people),
    posts: count(row?.posts),
    contacts: count(row?.contacts),
    waiting: count(row?.waiting),
    trouble: row?.trouble ?? null,
    quarantined: count(row?.quarantined),
  };
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
