/** People of both networks: XMPP accounts that have opted in, and those whom discovery found. */
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";
import { DxError } from "../errors/error.ts";
import {
  firstRow,
  isUniqueViolation,
  type Database,
  type Queryable,
  rows,
  run,
} from "./database.ts";
import type { Vault } from "./vault.ts";

/** The row's own number, as a string: it is a BIGINT. */
export interface Stored {
  readonly key: string;
}
export type StoredLocal = LocalPerson & Stored;
export type StoredRemote = RemotePerson & Stored & { readonly standing?: "silence" | "suspend" };

export interface AuthorRow {
  readonly network: "xmpp" | "diaspora";
  readonly author_guid: Guid;
  readonly diaspora_id: DiasporaId;
  readonly jid: Jid | null;
  readonly name: string;
  readonly public_key: string;
  readonly photo_url: string | null;
  readonly pod_url: string | null;
}

export interface PersonRow extends AuthorRow {
  readonly id: string;
  readonly closed_at: Date | null;
  /** What the operator says of this person, or of the domain: standings.ts. */
  readonly standing: "silence" | "suspend" | null;
}

export const PERSON_COLUMNS = `p.id, p.network, p.guid as author_guid, p.diaspora_id, p.jid, p.name,
  p.public_key, p.photo_url, p.closed_at, p.standing, pods.url as pod_url`;
export const FROM_PEOPLE = "from people p left join pods on pods.id = p.pod_id";

export function authorOf(row: AuthorRow): LocalPerson | RemotePerson {
  return row.jid === null ? remoteOf(row) : localOf({ ...row, jid: row.jid });
}

function localOf(row: AuthorRow & { readonly jid: Jid }): LocalPerson {
  return {
    jid: row.jid,
    diasporaId: row.diaspora_id,
    guid: row.author_guid,
    publicKeyPem: row.public_key,
    name: row.name,
  };
}

function remoteOf(row: AuthorRow): RemotePerson {
  return {
    diasporaId: row.diaspora_id,
    guid: row.author_guid,
    publicKeyPem: row.public_key,
    podUrl: row.pod_url ?? "",
    name: row.name,
    ...(row.photo_url === null ? {} : { photoUrl: row.photo_url }),
  };
}

async function findPerson(db: Queryable, where: string, value: string): Promise<PersonRow | null> {
  return (
    (await firstRow<PersonRow>(db, `select ${PERSON_COLUMNS} ${FROM_PEOPLE} where ${where}`, [
      value,
    ])) ?? null
  );
}

/** null for whoever is of the other network, has left, or is suspended, which looks the same. */
export function localFrom(row: PersonRow | null): StoredLocal | null {
  if (row === null || row.jid === null || row.closed_at !== null) return null;
  if (row.standing === "suspend") return null;
  return { ...localOf({ ...row, jid: row.jid }), key: row.id };
}

/** Nor is anybody found of whom it is not sure that the XMPP account is theirs still: leaving.ts. */
export async function localByJid(db: Queryable, jid: Jid): Promise<StoredLocal | null> {
  return localFrom(await findPerson(db, "p.doubted_at is null and p.jid = ?", jid));
}

/** Whoever has not left, suspended and doubted ones too: for those who decide about accounts. */
export async function openByJid(db: Queryable, jid: Jid): Promise<StoredLocal | null> {
  const row = await findPerson(db, "p.closed_at is null and p.jid = ?", jid);
  return localFrom(row === null ? null : { ...row, standing: null });
}

export async function localByGuid(db: Queryable, guid: Guid): Promise<StoredLocal | null> {
  return localFrom(await findPerson(db, "p.guid = ?", guid));
}

export async function localById(db: Queryable, id: DiasporaId): Promise<StoredLocal | null> {
  return localFrom(await findPerson(db, "p.diaspora_id = ?", id));
}

/** `departed`: its account has ended. A name that was used is never given out again. */
export type NameUse = "free" | "taken" | "departed";

/** `again`: how a name stands there of which only the digest is left. */
export async function useOfName(db: Queryable, id: DiasporaId, again: string): Promise<NameUse> {
  const row = await firstRow<{ ended: boolean }>(
    db,
    "select ended_at is not null as ended from people where diaspora_id in (?, ?)",
    [id, again],
  );
  if (row === undefined) return "free";
  return row.ended ? "departed" : "taken";
}

/** null for whoever is of the other network, has left, or is suspended: lists name nobody else. */
export function remoteFrom(row: PersonRow | null): StoredRemote | null {
  return row?.standing === "suspend" ? null : knownRemote(row);
}

/** Who is suspended too, and says so: what was between them and somebody can still be ended. */
function knownRemote(row: PersonRow | null): StoredRemote | null {
  if (row === null || row.network !== "diaspora" || row.closed_at !== null) return null;
  const { standing } = row;
  return { ...remoteOf(row), key: row.id, ...(standing === null ? {} : { standing }) };
}

export async function remoteById(db: Queryable, id: DiasporaId): Promise<StoredRemote | null> {
  return knownRemote(await findPerson(db, "p.diaspora_id = ?", id));
}

export async function remoteByGuid(db: Queryable, guid: Guid): Promise<StoredRemote | null> {
  return remoteFrom(await findPerson(db, "p.guid = ?", guid));
}

/**
 * Keeps who was discovered. Key and guid are taken once and never changed: another answer
 * later is an alarm, not an update.
 */
export async function rememberRemote(
  db: Database,
  person: RemotePerson,
  standing: PersonRow["standing"] = null,
): Promise<StoredRemote> {
  const pod = await firstRow<{ id: string }>(
    db,
    `insert into pods (url) values (?) on conflict (url) do update set url = excluded.url
     returning id`,
    [person.podUrl],
  );
  try {
    await run(
      db,
      `insert into people (network, guid, diaspora_id, name, public_key, pod_id, photo_url, standing)
       values ('diaspora', ?, ?, ?, ?, ?, ?, ?)
       on conflict (diaspora_id) do update set
         name = excluded.name, pod_id = excluded.pod_id, photo_url = excluded.photo_url,
         standing = excluded.standing
       where people.network = 'diaspora' and people.guid = excluded.guid
         and people.public_key = excluded.public_key and people.closed_at is null`,
      [
        person.guid,
        person.diasporaId,
        person.name,
        person.publicKeyPem,
        pod?.id ?? null,
        person.photoUrl ?? null,
        standing,
      ],
    );
  } catch (error) {
    // Somebody else's guid, or two found this person at the same moment: what stands there tells.
    if (!isUniqueViolation(error, "people_guid_key")) throw error;
  }
  const kept = await remoteById(db, person.diasporaId);
  if (kept?.guid !== person.guid || kept.publicKeyPem !== person.publicKeyPem) {
    throw changed(person);
  }
  return kept;
}

/** What somebody of the federation says of themselves, later than discovery did. */
export interface ProfileChange {
  /** Kept as it is where none is given. */
  readonly name?: string;
  /** Gone where none is given. */
  readonly photoUrl?: string;
}

export async function changeRemote(
  db: Queryable,
  personKey: string,
  { name, photoUrl }: ProfileChange,
): Promise<void> {
  await run(
    db,
    `update people set name = coalesce(?, name), photo_url = ?
     where id = ? and network = 'diaspora'`,
    [name ?? null, photoUrl ?? null, personKey],
  );
}

function changed(person: RemotePerson): DxError {
  return new DxError("DX_PERSON_CHANGED", { evidence: { person: person.diasporaId } });
}

export interface NewLocalPerson extends LocalPerson {
  readonly privateKeyPem: string;
}

/** Returns who is registered afterwards: the same person when two registrations meet. */
export async function insertLocal(
  db: Queryable,
  vault: Vault,
  person: NewLocalPerson,
): Promise<StoredLocal> {
  await run(
    db,
    `insert into people (network, guid, diaspora_id, jid, name, public_key, private_key)
     values ('xmpp', ?, ?, ?, ?, ?, ?) on conflict do nothing`,
    [
      person.guid,
      person.diasporaId,
      person.jid,
      person.name,
      person.publicKeyPem,
      vault.seal(person.privateKeyPem, person.guid),
    ],
  );
  const kept = await localByJid(db, person.jid);
  if (kept === null) {
    const closed = await findPerson(db, "p.jid = ?", person.jid);
    throw new DxError(closed === null ? "DX_NAME_TAKEN" : "DX_ACCOUNT_CLOSED");
  }
  await run(db, "insert into feeds (person_id) values (?) on conflict do nothing", [kept.key]);
  return kept;
}

/** How somebody here leaves; leaving.ts has what follows. */
export interface Leave {
  /** null: it never ends by itself. */
  readonly endsAt: Date | null;
  /** False: only the operator brings them back. */
  readonly returns: boolean;
}

/**
 * Who has left already stays as they are. Whether they let us see their presence is still true: by
 * that it is seen when the XMPP account is deleted meanwhile. A doubt stays one.
 */
export async function closeLocal(
  db: Queryable,
  person: StoredLocal,
  { endsAt, returns }: Leave = { endsAt: null, returns: true },
): Promise<void> {
  await run(
    db,
    `update people set closed_at = now(), ends_at = ?, returns = returns and ?
     where id = ? and closed_at is null`,
    [endsAt, returns, person.key],
  );
  // What is written meanwhile stays home, as before the first registration.
  await run(db, "delete from feeds where person_id = ?", [person.key]);
}

/**
 * As it was, with guid, key, contacts and words; a doubt is settled. null when there is nobody to
 * come back.
 */
export async function reopenLocal(db: Queryable, jid: Jid): Promise<StoredLocal | null> {
  const opened = await rows(
    db,
    `update people set closed_at = null, ends_at = null, returns = true, doubted_at = null
     where jid = ? and (closed_at is not null or doubted_at is not null) and ended_at is null
     returning id`,
    [jid],
  );
  const person = await openByJid(db, jid);
  if (person === null) return null;
  await run(db, "insert into feeds (person_id) values (?) on conflict do nothing", [person.key]);
  if (opened.length > 0) {
    await run(db, "update own_profiles set next_send_at = now() where person_id = ?", [person.key]);
  }
  return person;
}

/** PKCS#8 PEM. Throws DX_KEY_MISMATCH. */
export async function privateKeyOf(
  db: Queryable,
  vault: Vault,
  guid: Guid,
): Promise<string | null> {
  const row = await firstRow<{ private_key: Buffer | null }>(
    db,
    // Who has left still takes back what was said, until the last pod was told.
    "select private_key from people where guid = ?",
    [guid],
  );
  const sealed = row?.private_key ?? null;
  return sealed === null ? null : vault.open(sealed, guid);
}

/** By the operator's word. */
export async function isSuspended(db: Queryable, guid: Guid): Promise<boolean> {
  const sql = "select 1 as one from people where guid = ? and standing = 'suspend'";
  return (await firstRow(db, sql, [guid])) !== undefined;
}

/** PEM of somebody on the federation. */
export async function remoteKeyByGuid(db: Queryable, guid: Guid): Promise<string | null> {
  const row = await firstRow<{ public_key: string }>(
    db,
    "select public_key from people where guid = ? and network = 'diaspora'",
    [guid],
  );
  return row?.public_key ?? null;
}
