/**
 * What the rules need from the wings and the store. The bridge knows neither: main.ts fits
 * them in, tests fit in what they like.
 */
import type { Activity, KeptActivity } from "../activitystreams/activity.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";

/** `key` is the store's own name of the row. */
export type Account = LocalPerson & { readonly key: string };
export type KnownPerson = RemotePerson & { readonly key: string };

export interface Relationship {
  readonly following: boolean;
  readonly sharing: boolean;
  readonly blocking: boolean;
}

/** See src/store/feeds.ts for what each state means. */
export type ItemState = "before" | "withheld" | "published";

export interface ItemKey {
  readonly personKey: string;
  readonly node: string;
  readonly itemId: string;
}

export interface KnownActivity {
  readonly id: string;
  readonly authorKey: string;
  readonly audience: Activity["audience"];
  readonly deleted: boolean;
}

export interface PublishedPhoto {
  readonly guid: Guid;
  /** Absolute URL of the picture, as its author's post names it. */
  readonly source: string;
}

export interface Recipients {
  readonly kind: "pod" | "person" | "jid";
  /** Pod URLs; `personAddress`es; bare JIDs. */
  readonly addresses: readonly string[];
}

/** Everything inside is done together or not at all. */
export interface BridgeTransaction {
  seenItem(key: ItemKey): Promise<{ readonly hash: string; readonly state: ItemState } | null>;
  /** True when the item was never seen; then it is recorded so. */
  claimItem(key: ItemKey, hash: string, state: ItemState): Promise<boolean>;
  recordItem(key: ItemKey, hash: string, state: ItemState): Promise<void>;
  /** True for the first caller only. */
  claimPrivateNotice(personKey: string): Promise<boolean>;
  /** null when the GUID is known. Locks it as `lockGuid` does. */
  insertActivity(guid: Guid, authorKey: string, activity: KeptActivity): Promise<string | null>;
  /** What may be fetched for those who ask for a post's pictures. */
  insertPhotos(activityId: string, photos: readonly PublishedPhoto[]): Promise<void>;
  /** Nobody else inserts under this GUID until the transaction ends. */
  lockGuid(guid: Guid): Promise<void>;
  findActivity(guid: Guid): Promise<KnownActivity | null>;
  entombActivity(activityId: string): Promise<void>;
  /** False when this person could see it already. */
  addAudience(activityId: string, personKey: string): Promise<boolean>;
  audienceOf(activityId: string): Promise<Guid[]>;
  changeRelationship(
    localKey: string,
    remoteKey: string,
    change: Partial<Relationship>,
  ): Promise<Relationship>;
  /** Without a name the known one stays; without a photo there is none. */
  changeRemote(
    person: KnownPerson,
    change: { readonly name?: string; readonly photoUrl?: string },
  ): Promise<void>;
  contactPods(localKey: string): Promise<string[]>;
  addSubscription(personKey: string, node: string, jid: Jid): Promise<void>;
  removeSubscription(personKey: string, node: string, jid: Jid): Promise<boolean>;
  deliver(activityId: string, rootGuid: string, to: Recipients): Promise<void>;
  /** To everybody on the XMPP side who reads this node of this person; to `only` these people. */
  deliverToReaders(
    activityId: string,
    rootGuid: string,
    stream: {
      readonly personKey: string;
      readonly node: string;
      readonly only: readonly Guid[] | null;
    },
  ): Promise<void>;
  /** Words of the bridge itself to somebody. */
  tell(jid: Jid, text: string): Promise<void>;
  finishInbox(inboxId: string): Promise<void>;
}

export interface BridgeStore {
  transaction<T>(work: (tx: BridgeTransaction) => Promise<T>): Promise<T>;
  accountByJid(jid: Jid): Promise<Account | null>;
  accountByGuid(guid: Guid): Promise<Account | null>;
  remoteById(id: DiasporaId): Promise<KnownPerson | null>;
  isNameTaken(id: DiasporaId): Promise<boolean>;
  insertAccount(person: LocalPerson & { readonly privateKeyPem: string }): Promise<Account>;
  closeAccount(account: Account): Promise<void>;
  reopenAccount(jid: Jid): Promise<Account | null>;
  readStream(query: {
    readonly authorKey: string;
    readonly readerKey: string | null;
    readonly limit: number;
    readonly guids?: readonly string[];
  }): Promise<{ readonly activity: KeptActivity }[]>;
}

export interface BridgeEffects {
  /** Keyed digest of the parts, 32 hex digits, the same for ever. */
  digest(purpose: string, ...parts: readonly string[]): string;
  randomGuid(): Guid;
  /** Where we serve the photo with this GUID, whose picture lies at `source`. */
  photoAddress(guid: Guid, source: string): string;
  now(): Date;
  /** Known or found by discovery, and then remembered. Throws DX_PERSON_NOT_FOUND and the like. */
  findRemote(id: DiasporaId): Promise<KnownPerson>;
  /** RSA-4096, off the event loop. */
  generateKeys(): Promise<{ readonly privatePem: string; readonly publicPem: string }>;
  /** After a commit: workers have something to do. */
  wake(kind: "pod" | "person" | "jid"): void;
  /** What will be needed soon may be computed now: signing takes longer than storing. */
  prepare(activity: Activity, author: Account): void;
}
