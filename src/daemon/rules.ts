/** The bridge with its ports filled: rules over the store, the network and the clock. */
import { randomBytes } from "node:crypto";
import type { Acts } from "../activitystreams/acts.ts";
import type { PendingDelivery } from "../activitystreams/delivery.ts";
import { diasporaIdFor } from "../activitystreams/diaspora-name.ts";
import {
  domainOf,
  hostOf,
  parseGuid,
  type DiasporaId,
  type Guid,
  type Jid,
} from "../activitystreams/ids.ts";
import type { RemotePerson } from "../activitystreams/person.ts";
import type { PageQuery } from "../activitystreams/stream.ts";
import type { ProfileChange } from "../activitystreams/profile.ts";
import { createActs } from "../bridge/acts.ts";
import { block, unblock } from "../bridge/block.ts";
import type { CollectedItem, RetractedItem } from "../bridge/collected.ts";
import { commit } from "../bridge/commit.ts";
import { send } from "../bridge/conversation.ts";
import { follow, unfollow, unfollowWholly, type FollowAct } from "../bridge/follow.ts";
import { acceptFollower, sendDueDigests, withdrawFrom } from "../bridge/followers.ts";
import { tellOverdue } from "../bridge/overdue.ts";
import { POSTS_NODE } from "../bridge/nodes.ts";
import { tellOnce } from "../bridge/notices.ts";
import type { BridgeStore } from "../bridge/ports.ts";
import { profileChanged, sendDueProfiles, type ProfileEffects } from "../bridge/profile-out.ts";
import { itemGuid, publishItem, retractItem } from "../bridge/publish.ts";
import { readAttachments, readHosted, readStream, readThread } from "../bridge/read.ts";
import { receiveActivity, type VerifiedActivity } from "../bridge/receive.ts";
import { register, unregister, type RegistrationRules } from "../bridge/registration.ts";
import { collectReply, publishReply, retractReply, type ReplyItem } from "../bridge/reply-item.ts";
import { settled } from "../bridge/settled.ts";
import { subscribeBelow, unsubscribeBelow, type Below } from "../bridge/subscribe.ts";
import { mayRegister } from "../commands/registration-policy.ts";
import type { RegistrationPolicy } from "../commands/registration-policy.ts";
import type { Config } from "../config.ts";
import { DxError } from "../errors/error.ts";
import type { Signer } from "../federation/signer.ts";
import { avatarAddress } from "../media/avatar-names.ts";
import { photoAddress } from "../media/names.ts";
import { onlyPictures } from "../media/own-avatars.ts";
import { createKeyReserve } from "../salmon/key-reserve.ts";
import { generateKeyPair } from "../salmon/keys.ts";
import { createStore } from "../store/adapter.ts";
import { idHostsOf } from "./site.ts";
import type { Storage } from "./storage.ts";

export interface RulesOptions {
  readonly config: Config;
  readonly storage: Storage;
  readonly discover: (id: DiasporaId) => Promise<RemotePerson>;
  readonly signer: Signer;
  readonly wake: ProfileEffects["wake"];
}

export type Rules = ReturnType<typeof createRules>;

export function createRules(options: RulesOptions) {
  const { config, storage } = options;
  const store = createStore(storage.db, storage.vault, storage.remotes);
  const effects = effectsOf(options, store);
  const registration = registrationRules(config);
  const acts: Acts = {
    ...createActs(store, effects),
    send: (act) => send(act, store, effects),
  };
  return {
    store,
    acts,
    findRemote: effects.findRemote,
    ...readRules(store),
    ...itemRules(store, effects),
    ...peopleRules(store, effects, registration),
    receive: (received: VerifiedActivity, inboxId: string) =>
      receiveActivity(received, inboxId, store, effects),
    settled: (delivery: Pick<PendingDelivery, "content">, outcome: "delivered" | "refused") =>
      settled(delivery, outcome, store, effects),
    tell: (jid: Jid, text: string) => commit(store, effects, (tx) => tx.tell(jid, text)),
    /** Of a comments node that takes nothing: the first time only. */
    tellOnce: (jid: Jid, text: string) =>
      tellOnce({ jid, purpose: "comments-node", text }, store, effects),
  };
}

/** What a reader may see. */
function readRules(store: BridgeStore) {
  return {
    readStream: (id: DiasporaId, reader: Jid, query: PageQuery) =>
      readStream(id, reader, query, store),
    readHosted: (jid: Jid, reader: Jid, query: PageQuery) => readHosted(jid, reader, query, store),
    readThread: (post: Guid, reader: Jid, query: PageQuery) =>
      readThread(post, reader, query, store),
    readAttachments: (guid: Guid, reader: Jid) => readAttachments(guid, reader, store),
  };
}

/** Items of people's own nodes, and of nodes below posts. */
function itemRules(store: BridgeStore, effects: ProfileEffects) {
  return {
    guidOf: (jid: Jid, node: string, itemId: string) => itemGuid(effects, { jid, node, itemId }),
    publish: (item: CollectedItem) => publishItem(item, store, effects),
    retractItem: (item: RetractedItem) => retractItem(item, store, effects),
    publishReply: (item: ReplyItem) => publishReply(item, store, effects),
    collectReply: (item: ReplyItem) => collectReply(item, store, effects),
    retractReply: (item: Pick<ReplyItem, "jid" | "postGuid" | "itemId">) =>
      retractReply(item, store, effects),
    subscribeBelow: (jid: Jid, at: Below) => subscribeBelow(jid, at, store, effects),
    unsubscribeBelow: (jid: Jid, at: Below) => unsubscribeBelow(jid, at, store, effects),
  };
}

function peopleRules(store: BridgeStore, effects: ProfileEffects, registration: RegistrationRules) {
  return {
    follow: (act: FollowAct) => follow(act, store, effects),
    unfollow: (act: FollowAct) => unfollow(act, store, effects),
    unfollowWholly: (jid: Jid, id: DiasporaId) =>
      unfollowWholly({ jid, id, node: POSTS_NODE }, store, effects),
    block: (jid: Jid, id: DiasporaId) => block(jid, id, store, effects),
    unblock: (jid: Jid, id: DiasporaId) => unblock(jid, id, store, effects),
    acceptFollower: (jid: Jid, id: DiasporaId) => acceptFollower(jid, id, store),
    withdrawFrom: (jid: Jid, id: DiasporaId) => withdrawFrom(jid, id, store),
    register: (jid: Jid) => register(jid, registration, store, effects),
    unregister: (jid: Jid) => unregister(jid, store),
    profileChanged: (jid: Jid, change: ProfileChange) =>
      profileChanged(jid, onlyPictures(change), store, effects),
    sendDueProfiles: (limit: number) => sendDueProfiles(limit, store, effects),
    sendDueDigests: (limit: number) => sendDueDigests(limit, store, effects),
    tellOverdue: (limit: number) => tellOverdue(limit, store, effects),
  };
}

function effectsOf(options: RulesOptions, store: BridgeStore): ProfileEffects {
  const { storage } = options;
  const reserve = createKeyReserve(() => generateKeyPair(options.config.development.keyBits));
  const ownHosts = idHostsOf(options.config);
  return {
    digest: storage.vault.digest,
    randomGuid: () => newGuid(),
    photoAddress: (guid, source) => photoAddress(options.config.diaspora.url, guid, source),
    avatarAddress: (person, sha1, size) =>
      avatarAddress(options.config.diaspora.url, person, sha1, size),
    profileDelayMs: options.config.limits.profileDelaySeconds * 1000,
    now: () => new Date(),
    findRemote: async (id) => {
      // One of our own under a virtual address would go round in a circle.
      if (ownHosts.includes(hostOf(id))) throw new DxError("DX_PERSON_NOT_FOUND");
      const known = await store.remoteById(id);
      if (known !== null) return known;
      return await storage.remotes.remember(await options.discover(id));
    },
    generateKeys: reserve.take,
    wake: options.wake,
    prepare: options.signer.prepare,
  };
}

function newGuid(): Guid {
  const guid = parseGuid(randomBytes(16).toString("hex"));
  if (guid === null) throw new DxError("DX_INTERNAL");
  return guid;
}

export function registrationPolicy(config: Config): RegistrationPolicy {
  const { registration, domains } = config.xmpp;
  if (registration === "any") return { kind: "any" };
  const served = domains.map((domain) => domain.name);
  return {
    kind: "domains",
    domains: registration === "local" ? served : [...served, ...registration],
  };
}

function registrationRules(config: Config): RegistrationRules {
  const policy = registrationPolicy(config);
  const hosts = new Map(config.xmpp.domains.map((domain) => [domain.name, domain.diasporaDomain]));
  const main = config.xmpp.domains[0];
  return {
    admits: (jid) => mayRegister(policy, jid),
    diasporaIdOf: (jid) => {
      const domain = domainOf(jid);
      const own = hosts.get(domain);
      // People of other servers are named in full, below the main domain (addressing: code J).
      return own === undefined
        ? diasporaIdFor(jid, main?.name ?? "", config.diaspora.domain)
        : diasporaIdFor(jid, domain, own);
    },
  };
}
