/**
 * People of the federation, remembered for a moment: each message names its author twice, and
 * what counts of them, guid and key, never changes.
 */
import { LRUCache } from "lru-cache";
import type { DiasporaId } from "../activitystreams/ids.ts";
import type { RemotePerson } from "../activitystreams/person.ts";
import { guarded, type Database } from "./database.ts";
import { rememberRemote, remoteById, type StoredRemote } from "./people.ts";

export interface RemotePeopleStore {
  known(id: DiasporaId): Promise<StoredRemote | null>;
  /** Throws DX_PERSON_CHANGED. */
  remember(person: RemotePerson): Promise<StoredRemote>;
  /** Somebody's row has changed. */
  forget(id: DiasporaId): void;
  /** Many have. */
  forgetAll(): void;
}

const MAX_PEOPLE = 10_000;
/** Another process may have learnt of a new name or picture. */
const FOR_MS = 60_000;

export function createRemotePeople(
  db: Database,
  /** What the operator says of them. */
  standingOf: (person: RemotePerson) => "silence" | "suspend" | null = () => null,
): RemotePeopleStore {
  const cache = new LRUCache<DiasporaId, StoredRemote>({ max: MAX_PEOPLE, ttl: FOR_MS });
  let changes = 0;
  /** What was read before a change is not what counts after it. */
  const keep = async <T extends StoredRemote | null>(read: () => Promise<T>): Promise<T> => {
    const before = changes;
    const found = await guarded(read);
    if (found !== null && changes === before) cache.set(found.diasporaId, found);
    return found;
  };
  return {
    known: async (id) => cache.get(id) ?? (await keep(() => remoteById(db, id))),
    remember: (person) => keep(() => rememberRemote(db, person, standingOf(person))),
    forget: (id) => {
      changes += 1;
      cache.delete(id);
    },
    forgetAll: () => {
      changes += 1;
      cache.clear();
    },
  };
}

/**
 * Does the work, and forgets again behind it whom it has forgotten: until its transaction is
 * committed, whoever asks is told what was, and that would stay.
 */
export async function forgetting<T>(
  remotes: Pick<RemotePeopleStore, "forget">,
  work: (remotes: Pick<RemotePeopleStore, "forget">) => Promise<T>,
): Promise<T> {
  const changed = new Set<DiasporaId>();
  const forget = (id: DiasporaId): void => {
    changed.add(id);
    remotes.forget(id);
  };
  const done = await work({ forget });
  for (const id of changed) remotes.forget(id);
  return done;
}
