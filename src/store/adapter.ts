/** The tables as the bridge's and the wires' ports want them. */
import { randomBytes } from "node:crypto";
import type { KeptActivity } from "../activitystreams/activity.ts";
import type { DeliveryQueue } from "../activitystreams/delivery.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type { LocalPerson } from "../activitystreams/person.ts";
import {
  addAudience,
  audienceOf,
  entombActivity,
  findActivity,
  insertActivity,
  lockGuid,
  readStream,
  type StreamQuery,
} from "./activities.ts";
import { guarded, type Database, type Queryable } from "./database.ts";
import {
  enqueueDeliveries,
  enqueueForReaders,
  finishDeliveries,
  pendingDeliveries,
  retryDelivery,
  type NewsForReaders,
} from "./deliveries.ts";
import { releaseDestination } from "./destinations.ts";
import {
  claimItem,
  claimPrivateNotice,
  recordItem,
  seenItem,
  type ItemKey,
  type ItemState,
} from "./feeds.ts";
import { finishInbox } from "./inbox.ts";
import { insertPhotos, type PublishedPhoto } from "./photos.ts";
import {
  changeRemote,
  closeLocal,
  insertLocal,
  isNameTaken,
  localByGuid,
  localByJid,
  reopenLocal,
  type ProfileChange,
  type StoredLocal,
  type StoredRemote,
} from "./people.ts";
import {
  addSubscription,
  changeRelationship,
  contactPods,
  removeSubscription,
  type Relationship,
} from "./relationships.ts";
import type { RemotePeopleStore } from "./remote-cache.ts";
import type { Vault } from "./vault.ts";

/** Every operation of a transaction, on one connection. */
function transactionOf(tx: Queryable, remotes: RemotePeopleStore) {
  return {
    seenItem: (key: ItemKey) => seenItem(tx, key),
    claimItem: (key: ItemKey, hash: string, state: ItemState) => claimItem(tx, key, hash, state),
    recordItem: (key: ItemKey, hash: string, state: ItemState) => recordItem(tx, key, hash, state),
    claimPrivateNotice: (personKey: string) => claimPrivateNotice(tx, personKey),
    insertActivity: (guid: Guid, authorKey: string, activity: KeptActivity) =>
      insertActivity(tx, guid, authorKey, activity),
    insertPhotos: (activityId: string, photos: readonly PublishedPhoto[]) =>
      insertPhotos(tx, activityId, photos),
    lockGuid: (guid: Guid) => lockGuid(tx, guid),
    findActivity: (guid: Guid) => findActivity(tx, guid),
    entombActivity: (activityId: string) => entombActivity(tx, activityId),
    addAudience: (activityId: string, personKey: string) => addAudience(tx, activityId, personKey),
    audienceOf: (activityId: string) => audienceOf(tx, activityId),
    changeRelationship: (localKey: string, remoteKey: string, change: Partial<Relationship>) =>
      changeRelationship(tx, localKey, remoteKey, change),
    changeRemote: async (person: StoredRemote, change: ProfileChange) => {
      await changeRemote(tx, person.key, change);
      // Whoever asks before the commit keeps what was known for a moment: remote-cache.ts.
      remotes.forget(person.diasporaId);
    },
    contactPods: (localKey: string) => contactPods(tx, localKey),
    addSubscription: (personKey: string, node: string, jid: Jid) =>
      addSubscription(tx, personKey, node, jid),
    removeSubscription: (personKey: string, node: string, jid: Jid) =>
      removeSubscription(tx, personKey, node, jid),
    deliver: (
      activityId: string,
      rootGuid: string,
      to: { readonly kind: "pod" | "person" | "jid"; readonly addresses: readonly string[] },
    ) => enqueueDeliveries(tx, { ...to, rootGuid, content: { activityId } }),
    deliverToReaders: (
      activityId: string,
      rootGuid: string,
      stream: Pick<NewsForReaders, "personKey" | "node" | "only">,
    ) => enqueueForReaders(tx, { activityId, rootGuid, ...stream }),
    tell: (jid: Jid, text: string) =>
      enqueueDeliveries(tx, {
        kind: "jid",
        addresses: [jid],
        // A notice stands alone: nothing waits for it, and it for nothing.
        rootGuid: `notice:${randomBytes(16).toString("hex")}`,
        content: { notice: text },
      }),
    finishInbox: (inboxId: string) => finishInbox(tx, inboxId),
  };
}

export function createStore(db: Database, vault: Vault, remotes: RemotePeopleStore) {
  return {
    transaction: <T>(work: (tx: ReturnType<typeof transactionOf>) => Promise<T>) =>
      guarded(() => db.transaction((tx) => work(transactionOf(tx, remotes)))),
    accountByJid: (jid: Jid) => guarded(() => localByJid(db, jid)),
    accountByGuid: (guid: Guid) => guarded(() => localByGuid(db, guid)),
    remoteById: (id: DiasporaId) => remotes.known(id),
    isNameTaken: (id: DiasporaId) => guarded(() => isNameTaken(db, id)),
    insertAccount: (person: LocalPerson & { readonly privateKeyPem: string }) =>
      guarded(() => db.transaction((tx) => insertLocal(tx, vault, person))),
    closeAccount: (account: StoredLocal) =>
      guarded(() => db.transaction((tx) => closeLocal(tx, account))),
    reopenAccount: (jid: Jid) => guarded(() => db.transaction((tx) => reopenLocal(tx, jid))),
    readStream: (query: StreamQuery) => guarded(() => readStream(db, query)),
  };
}

/** `keepLedger`: who got what is remembered for pods and persons. */
export function createDeliveryQueue(
  db: Database,
  worker: number,
  keepLedger: boolean,
): DeliveryQueue {
  return {
    pending: (destinationIds, limit) => pendingDeliveries(db, destinationIds, limit),
    finish: (outcomes) => finishDeliveries(db, outcomes, keepLedger),
    retry: (delivery, next, error) => retryDelivery(db, delivery, next, error),
    release: (destination, release) => releaseDestination(db, destination, worker, release),
  };
}
