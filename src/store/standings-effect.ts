/** What a change of the operator's lists would hide or bring back: counts, and some names. */
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { createStandings, type Standing } from "../activitystreams/standing.ts";
import type { Effect, StandingChange, Touched } from "../activitystreams/standing-change.ts";
import { firstRow, rows, run, type Database, type Queryable } from "./database.ts";
import {
  allStandings,
  IN_NEIGHBOURHOOD,
  NEIGHBOURHOOD,
  neighbourhoods,
  verdictOfHosts,
} from "./standings.ts";

const MOST_NAMED = 20;

/** Nothing is changed by this. */
export async function effectOf(
  db: Database,
  change: StandingChange,
  listed: boolean,
): Promise<Effect> {
  return await db.transaction(async (tx) => {
    const after = createStandings(changed(await allStandings(tx), change), listed);
    await run(
      tx,
      `create temporary table touched (id bigint primary key, standing text) on commit drop`,
    );
    const hosts = (await neighbourhoods(tx)).map((one) => ({
      ...one,
      to: verdictOfHosts(after, one),
    }));
    const wrong = hosts.filter(({ standing, to }) => standing !== to);
    await run(
      tx,
      `insert into touched select p.id, wrong."to" from people p
       join ${NEIGHBOURHOOD} on ${IN_NEIGHBOURHOOD} where p.network = 'diaspora'`,
      [JSON.stringify(wrong)],
    );
    await touchNamed(tx, after, change);
    return {
      suspended: await touchedBy(tx, "suspend"),
      silenced: await touchedBy(tx, "silence"),
      opened: await touchedBy(tx, null),
      accounts: await suspendedAccounts(tx),
    };
  });
}

function changed(all: readonly Standing[], { put, drop }: StandingChange): Standing[] {
  const gone = new Set(drop.map(({ kind, subject }) => `${kind} ${subject}`));
  return [...all.filter(({ kind, subject }) => !gone.has(`${kind} ${subject}`)), ...put];
}

/** People of whom something is said by name, before or after. */
async function touchNamed(
  tx: Queryable,
  after: ReturnType<typeof createStandings>,
  { put, drop }: StandingChange,
): Promise<void> {
  const subjects = [...put, ...drop].flatMap(({ kind, subject }) =>
    kind === "person" ? [subject] : [],
  );
  const named = await rows<{
    id: string;
    jid: Jid | null;
    diaspora_id: DiasporaId;
    url: string | null;
    standing: string | null;
  }>(
    tx,
    `select p.id, p.jid, p.diaspora_id, pods.url, p.standing
     from people p left join pods on pods.id = p.pod_id
     where p.network = 'xmpp' or p.diaspora_id = any(?::text[]) or p.diaspora_id in (
       select subject from standings where kind = 'person')`,
    [subjects],
  );
  const to = named.map(({ id, jid, diaspora_id: diasporaId, url, standing }) => ({
    id,
    standing,
    to: jid === null ? after.ofPerson(diasporaId, url ?? undefined) : after.ofJid(jid),
  }));
  await run(tx, "delete from touched where id = any(?::bigint[])", [to.map(({ id }) => id)]);
  const wrong = to.filter((one) => one.standing !== one.to);
  await run(
    tx,
    `insert into touched select id, "to"
     from jsonb_to_recordset(?::jsonb) as wrong (id bigint, "to" text)`,
    [JSON.stringify(wrong)],
  );
}

const OF = `select t.id from touched t join people p on p.id = t.id
  where p.network = 'diaspora' and p.closed_at is null and t.standing is not distinct from ?`;

async function touchedBy(tx: Queryable, standing: string | null): Promise<Touched> {
  const counts = await firstRow<Record<"people" | "posts" | "contacts" | "subscriptions", string>>(
    tx,
    `with ids as materialized (${OF})
     select (select count(*) from ids) as people,
            (select count(*) from activities a where a.author_id in (select id from ids)
               and a.type in ('note', 'share') and a.deleted_at is null) as posts,
            (select count(*) from relationships r where r.remote_id in (select id from ids)
               and (r.following or r.sharing)) as contacts,
            (select count(*) from subscriptions s where s.person_id in (select id from ids))
              as subscriptions`,
    [standing],
  );
  const pods = await rows<{ url: string }>(
    tx,
    `select distinct pods.url from people p join pods on pods.id = p.pod_id
     where p.id in (${OF}) order by pods.url limit ?`,
    [standing, MOST_NAMED],
  );
  const pairs = await rows<{ local: Jid; remote: DiasporaId }>(
    tx,
    `select l.jid as local, p.diaspora_id as remote from relationships r
     join people l on l.id = r.local_id join people p on p.id = r.remote_id
     where r.remote_id in (${OF}) and (r.following or r.sharing) and l.closed_at is null
     order by l.jid, p.diaspora_id limit ?`,
    [standing, MOST_NAMED],
  );
  return {
    people: Number(counts?.people ?? 0),
    posts: Number(counts?.posts ?? 0),
    contacts: Number(counts?.contacts ?? 0),
    subscriptions: Number(counts?.subscriptions ?? 0),
    pods: pods.map(({ url }) => new URL(url).host),
    pairs,
  };
}

async function suspendedAccounts(tx: Queryable): Promise<Jid[]> {
  const found = await rows<{ jid: Jid }>(
    tx,
    `select p.jid from touched t join people p on p.id = t.id
     where p.network = 'xmpp' and p.closed_at is null and t.standing = 'suspend'
     order by p.jid limit ?`,
    [MOST_NAMED],
  );
  return found.map(({ jid }) => jid);
}
