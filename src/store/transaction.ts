/** Every operation of one transaction, as the bridge's ports want it, on one connection. */
import type { Activity } from "../activitystreams/activity.ts";
import type { Signal } from "../activitystreams/delivery.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type { Above } from "../activitystreams/stream.ts";
import * as activities from "./activities.ts";
import * as conversations from "./conversations.ts";
import type { Queryable } from "./database.ts";
import * as deliveries from "./deliveries.ts";
import { retryDeliveries } from "./delivery-retry.ts";
import * as feeds from "./feeds.ts";
import { finishInbox } from "./inbox.ts";
import { arrived } from "./inbox-retries.ts";
import * as memory from "./memory.ts";
import * as known from "./known.ts";
import { tellNews } from "./news.ts";
import { changeRemote, type ProfileChange, type StoredRemote } from "./people.ts";
import { peopleOperations } from "./people-operations.ts";
import { insertPhotos, type PublishedPhoto } from "./photos.ts";
import { preferencesOf, setPreferences, type Preferences } from "./preferences.ts";
import * as participations from "./participations.ts";
import * as recipients from "./recipients.ts";
import * as relationships from "./relationships.ts";
import type { RemotePeopleStore } from "./remote-cache.ts";
import * as subscriptions from "./subscriptions.ts";

export function transactionOf(tx: Queryable, remotes: Pick<RemotePeopleStore, "forget">) {
  return {
    ...itemsOf(tx),
    ...activitiesOf(tx),
    ...peopleOf(tx, remotes),
    ...deliveriesOf(tx),
    ...memoryOf(tx),
    ...conversationsOf(tx),
    ...peopleOperations(tx, remotes),
    finishInbox: (inboxId: string) => finishInbox(tx, inboxId),
    arrived: (guids: readonly Guid[]) => arrived(tx, guids),
  };
}

function itemsOf(tx: Queryable) {
  return {
    seenItem: (key: feeds.ItemKey) => feeds.seenItem(tx, key),
    claimItem: (key: feeds.ItemKey, hash: string, state: feeds.ItemState) =>
      feeds.claimItem(tx, key, hash, state),
    recordItem: (key: feeds.ItemKey, hash: string, state: feeds.ItemState) =>
      feeds.recordItem(tx, key, hash, state),
    claimPrivateNotice: (personKey: string) => feeds.claimPrivateNotice(tx, personKey),
  };
}

function activitiesOf(tx: Queryable) {
  return {
    insertActivity: (
      guid: Guid,
      authorKey: string,
      activity: Activity,
      facts?: activities.ActivityFacts,
    ) => activities.insertActivity(tx, guid, authorKey, activity, facts),
    changeActivity: (activityId: string, activity: Activity, relay?: string) =>
      activities.changeActivity(tx, activityId, activity, relay),
    insertPhotos: (activityId: string, photos: readonly PublishedPhoto[]) =>
      insertPhotos(tx, activityId, photos),
    lockGuid: (guid: Guid) => activities.lockGuid(tx, guid),
    findActivity: (guid: Guid) => known.findActivity(tx, guid),
    findPostWith: (inside: "question" | "event", guid: Guid) =>
      known.findPostWith(tx, inside, guid),
    findReply: (rootGuid: Guid, itemId: string) => known.findReply(tx, rootGuid, itemId),
    ownAbout: (authorKey: string, aboveGuid: Guid, type: string) =>
      known.ownAbout(tx, authorKey, aboveGuid, type),
    isAnswered: (postGuid: Guid) => known.isAnswered(tx, postGuid),
    entombActivity: (activityId: string) => activities.entombActivity(tx, activityId),
    entombBelow: (rootGuid: Guid) => activities.entombBelow(tx, rootGuid),
    outdateShares: (rootGuid: Guid, at: Date, limit: number) =>
      activities.outdateShares(tx, rootGuid, at, limit),
    addAudience: (activityId: string, personKey: string, asContact?: boolean) =>
      activities.addAudience(tx, activityId, personKey, asContact),
    audienceOf: (activityId: string) => activities.audienceOf(tx, activityId),
    narrowAudience: (activityId: string, to: readonly Guid[]) =>
      activities.narrowAudience(tx, activityId, to),
    limitedAudience: (activityId: string) => recipients.limitedAudience(tx, activityId),
    commentsOf: (postGuid: Guid) => activities.commentsOf(tx, postGuid),
    setComments: (postGuid: Guid, at: Above["comments"]) =>
      activities.setComments(tx, postGuid, at),
  };
}

function peopleOf(tx: Queryable, remotes: Pick<RemotePeopleStore, "forget">) {
  return {
    relationship: (localKey: string, remoteKey: string) =>
      relationships.relationship(tx, localKey, remoteKey),
    changeRelationship: (
      localKey: string,
      remoteKey: string,
      change: Partial<relationships.Relationship>,
    ) => relationships.changeRelationship(tx, localKey, remoteKey, change),
    changeRemote: async (person: StoredRemote, change: ProfileChange) => {
      await changeRemote(tx, person.key, change);
      await tellNews(tx, { what: "person", id: person.diasporaId });
      remotes.forget(person.diasporaId);
    },
    contactPods: (localKey: string) => recipients.contactPods(tx, localKey),
    podsOf: (activityId: string) => recipients.podsOf(tx, activityId),
    mailboxesOf: (activityId: string) => recipients.mailboxesOf(tx, activityId),
    holdersOf: (activityId: string, kind: "pod" | "person") =>
      recipients.holdersOf(tx, activityId, kind),
    isTakenPart: (postGuid: Guid) => participations.isTakenPart(tx, postGuid),
    anyFollower: (personKey: string) => participations.anyFollower(tx, personKey),
    backlogFor: (postGuid: Guid, podUrl: string, limit: number) =>
      participations.backlogFor(tx, postGuid, podUrl, limit),
    notReading: (personKey: string, node: string, ids: readonly DiasporaId[]) =>
      subscriptions.notReading(tx, personKey, node, ids),
    addSubscription: (personKey: string, node: string, jid: Jid, by: subscriptions.SubscribedBy) =>
      subscriptions.addSubscription(tx, personKey, node, jid, by),
    removeSubscription: (
      personKey: string,
      node: string,
      jid: Jid,
      by: subscriptions.SubscribedBy,
    ) => subscriptions.removeSubscription(tx, personKey, node, jid, by),
    preferencesOf: (accountKey: string) => preferencesOf(tx, accountKey),
    setPreferences: (accountKey: string, change: Partial<Preferences>) =>
      setPreferences(tx, accountKey, change),
  };
}

function deliveriesOf(tx: Queryable) {
  return {
    deliver: (activityId: string, rootGuid: string, to: deliveries.Recipients) =>
      deliveries.enqueueActivity(tx, activityId, rootGuid, to),
    deliverToReaders: (
      activityId: string,
      rootGuid: string,
      stream: Pick<deliveries.NewsForReaders, "personKey" | "node" | "only">,
    ) => deliveries.enqueueForReaders(tx, { activityId, rootGuid, ...stream }),
    deliverToThread: (
      activityId: string,
      post: deliveries.NewsBelow["post"],
      except?: { readonly accountKey: string },
    ) =>
      deliveries.enqueueForThread(tx, {
        activityId,
        // Below one post everything goes out in order, and behind the post itself.
        rootGuid: post.guid,
        post,
        ...(except === undefined ? {} : { exceptKey: except.accountKey }),
      }),
    retryDeliveries: (accountKey: string, guid: Guid) => retryDeliveries(tx, accountKey, guid),
    tell: (jid: Jid, text: string) =>
      deliveries.enqueueSignal(tx, jid, null, { kind: "words", text }),
    signal: (jid: Jid, from: DiasporaId | null, signal: Signal, rootGuid?: string) =>
      deliveries.enqueueSignal(tx, jid, from, signal, rootGuid),
  };
}

function memoryOf(tx: Queryable) {
  return {
    claimNotice: (accountKey: string, purpose: string) =>
      memory.claimNotice(tx, accountKey, purpose),
    countToday: (accountKey: string, purpose: string, most: number) =>
      memory.countToday(tx, accountKey, purpose, most),
    rememberSaid: (accountKey: string, messageId: string, guid: Guid, receipt?: boolean) =>
      memory.rememberSaid(tx, accountKey, messageId, guid, receipt),
    wantsReceipt: (jid: Jid, messageId: string) => memory.wantsReceipt(tx, jid, messageId),
    saidAs: (accountKey: string, messageId: string) => memory.saidAs(tx, accountKey, messageId),
  };
}

function conversationsOf(tx: Queryable) {
  return {
    findConversation: (guid: Guid, accountKey?: string) =>
      conversations.findConversation(tx, guid, accountKey),
    conversationFor: (accountKey: string, personKey: string, thread: string | null) =>
      conversations.conversationFor(tx, accountKey, personKey, thread),
    insertConversation: (conversation: conversations.NewConversation) =>
      conversations.insertConversation(tx, conversation),
    touchConversation: (guid: Guid, accountKey: string, thread: string | null) =>
      conversations.touchConversation(tx, guid, accountKey, thread),
  };
}
