/**
 * What the operator says of pods, people and XMPP addresses. What follows for each person is kept
 * in the person's row, so that a read asks one row and not a list of domains.
 */
import { createHash } from "node:crypto";
import { createStandings, type Standings } from "../activitystreams/standing.ts";
import type { KeptStanding, StandingChange } from "../activitystreams/standing-change.ts";
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { firstRow, rows, run, type Database, type Queryable } from "./database.ts";

export const STANDINGS_CHANNEL = "diaspora_x_standings";

export async function allStandings(db: Queryable): Promise<KeptStanding[]> {
  return await rows<KeptStanding>(
    db,
    `select kind, subject, severity, reason, reject_media as "rejectMedia",
            reject_reports as "rejectReports", obfuscate, since, made_by as "madeBy"
     from standings order by kind, subject`,
  );
}

/** One statement for each half, however many there are. All daemons hear of it. */
export async function changeStandings(
  db: Database,
  { put, drop }: StandingChange,
  by: string,
): Promise<void> {
  await db.transaction(async (tx) => {
    await run(
      tx,
      `delete from standings using unnest(?::text[], ?::text[]) as gone (kind, subject)
       where standings.kind = gone.kind and standings.subject = gone.subject`,
      [drop.map(({ kind }) => kind), drop.map(({ subject }) => subject)],
    );
    await run(
      tx,
      `insert into standings
         (kind, subject, severity, reason, reject_media, reject_reports, obfuscate, made_by)
       select one->>'kind', one->>'subject', one->>'severity', one->>'reason',
              (one->>'rejectMedia')::boolean, (one->>'rejectReports')::boolean,
              (one->>'obfuscate')::boolean, ?
       from jsonb_array_elements(?::jsonb) as one
       on conflict (kind, subject) do update set severity = excluded.severity,
         reason = excluded.reason, reject_media = excluded.reject_media,
         reject_reports = excluded.reject_reports, obfuscate = excluded.obfuscate,
         made_by = excluded.made_by,
         since = case when standings.severity = excluded.severity then standings.since
                      else now() end`,
      [by, JSON.stringify(put)],
    );
    await run(tx, `select pg_notify('${STANDINGS_CHANNEL}', '')`);
  });
}

/** People of one host and one pod, or one person: to whom the same applies. */
export interface Neighbours {
  /** The diaspora* ID's host, or the JID's domain. */
  readonly host: string;
  readonly podId: string | null;
  readonly podUrl: string | null;
  readonly standing: "silence" | "suspend" | null;
}

/** All there are, by what their rows say now. */
export async function neighbourhoods(db: Queryable): Promise<Neighbours[]> {
  return await rows<Neighbours>(
    db,
    `select g.host, g.pod_id as "podId", pods.url as "podUrl", g.standing
     from (select split_part(diaspora_id, '@', 2) as host, pod_id, standing from people
           where network = 'diaspora' group by 1, 2, 3) as g
     left join pods on pods.id = g.pod_id`,
  );
}

interface Named {
  readonly id: string;
  readonly jid: Jid | null;
  readonly diasporaId: DiasporaId;
  readonly podUrl: string | null;
  readonly standing: "silence" | "suspend" | null;
}

/** Local people, who are few, and those of whom something is said by name or was said. */
async function namedPeople(db: Queryable): Promise<Named[]> {
  return await rows<Named>(
    db,
    `select p.id, p.jid, p.diaspora_id as "diasporaId", pods.url as "podUrl", p.standing
     from people p left join pods on pods.id = p.pod_id
     where p.network = 'xmpp' or p.diaspora_id in (
       select subject from standings where kind = 'person')`,
  );
}

/**
 * Brings the rows of people in line with what is said now. Done again it changes nothing. Hosts
 * are compared, not people: there are a hundred times fewer.
 */
export async function applyStandings(db: Database, listed: boolean): Promise<void> {
  await db.transaction(async (tx) => {
    await run(tx, "select pg_advisory_xact_lock(hashtext('standings'))");
    const all = await allStandings(tx);
    const standings = createStandings(all, listed);
    await applyToHosts(tx, standings);
    await applyToNamed(tx, standings);
    await run(
      tx,
      `insert into settings (name, value) values (?, ?)
       on conflict (name) do update set value = excluded.value`,
      [APPLIED, digestOf(all, listed)],
    );
  });
}

const APPLIED = "standings-applied";

/** What is said now was applied: a start need not look at everybody. */
export async function areApplied(db: Database, listed: boolean): Promise<boolean> {
  const all = await allStandings(db);
  const row = await firstRow<{ value: string }>(db, "select value from settings where name = ?", [
    APPLIED,
  ]);
  return row?.value === digestOf(all, listed);
}

function digestOf(all: readonly KeptStanding[], listed: boolean): string {
  const said = all.map(({ kind, subject, severity }) => [kind, subject, severity]);
  return createHash("sha256")
    .update(JSON.stringify([listed, said]))
    .digest("hex");
}

/** Binding: neighbourhoods as JSON, with what they are to be. */
export const NEIGHBOURHOOD = `jsonb_to_recordset(?::jsonb)
  as wrong (host text, "podId" bigint, standing text, "to" text)`;
export const IN_NEIGHBOURHOOD = `split_part(p.diaspora_id, '@', 2) = wrong.host
  and p.pod_id = wrong."podId" and p.standing is not distinct from wrong.standing`;

async function applyToHosts(tx: Queryable, standings: Standings): Promise<void> {
  const wrong = (await neighbourhoods(tx)).flatMap((one) => {
    const standing = verdictOfHosts(standings, one);
    return standing === one.standing ? [] : [{ ...one, to: standing }];
  });
  if (wrong.length === 0) return;
  await run(
    tx,
    `update people p set standing = wrong."to"
     from ${NEIGHBOURHOOD} where p.network = 'diaspora' and ${IN_NEIGHBOURHOOD}`,
    [JSON.stringify(wrong)],
  );
}

/** Without what is said of a person by name. */
export function verdictOfHosts(
  standings: Standings,
  { host, podUrl }: Pick<Neighbours, "host" | "podUrl">,
): Neighbours["standing"] {
  const pod = podUrl !== null && URL.canParse(podUrl) ? new URL(podUrl).host : host;
  const verdicts = [standings.ofHost(host), standings.ofHost(pod)];
  if (verdicts.includes("suspend")) return "suspend";
  return verdicts.includes("silence") ? "silence" : null;
}

async function applyToNamed(tx: Queryable, standings: Standings): Promise<void> {
  const wrong = (await namedPeople(tx)).flatMap(({ id, jid, diasporaId, podUrl, standing }) => {
    const to =
      jid === null ? standings.ofPerson(diasporaId, podUrl ?? undefined) : standings.ofJid(jid);
    return to === standing ? [] : [{ id, to }];
  });
  if (wrong.length === 0) return;
  await run(
    tx,
    `update people p set standing = wrong."to"
     from jsonb_to_recordset(?::jsonb) as wrong (id bigint, "to" text) where p.id = wrong.id`,
    [JSON.stringify(wrong)],
  );
}
