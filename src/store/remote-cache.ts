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
  return {
    async known(id) {
      const cached = cache.get(id);
      if (cached !== undefined) return cached;
      const found = await guarded(() => remoteById(db, id));
      if (found !== null) cache.set(id, found);
      return found;
    },
    async remember(person) {
      const kept = await guarded(() => rememberRemote(db, person, standingOf(person)));
      cache.set(person.diasporaId, kept);
      return kept;
    },
    forget: (id) => {
      cache.delete(id);
    },
    forgetAll: () => {
      cache.clear();
    },
  };
}
