/** What the operator may know of somebody: how the account stands, and how much there is of it. */
import type { PersonFacts } from "../activitystreams/person-facts.ts";
import { firstRow, type Queryable } from "./database.ts";

const COUNTS: Readonly<Record<"follows" | "followers", string>> = {
  follows: `(p.network = 'xmpp' and r.local_id = p.id and r.following
    or p.network = 'diaspora' and r.remote_id = p.id and r.sharing)`,
  followers: `(p.network = 'xmpp' and r.local_id = p.id and r.sharing
    or p.network = 'diaspora' and r.remote_id = p.id and r.following)`,
};

/** By JID or diaspora* ID. */
export async function personFacts(db: Queryable, name: string): Promise<PersonFacts | null> {
  const row = await firstRow<PersonFacts>(
    db,
    `select p.network, p.diaspora_id as "diasporaId", p.jid, p.guid, p.created_at as since,
            pods.url as pod, p.closed_at as "closedAt", p.ends_at as "endsAt",
            p.ended_at as "endedAt", p.returns, p.doubted_at as "doubtedAt",
            n.diaspora_id as "movedTo", p.standing,
            (select count(*)::integer from relationships r where ${COUNTS.follows}) as follows,
            (select count(*)::integer from relationships r where ${COUNTS.followers}) as followers,
            (select count(*)::integer from activities a where a.author_id = p.id
               and a.type in ('note', 'share') and a.deleted_at is null) as posts
     from people p left join pods on pods.id = p.pod_id left join people n on n.id = p.moved_to_id
     where p.jid = ? or p.diaspora_id = ? order by p.network desc limit 1`,
    [name, name],
  );
  return row ?? null;
}
