/** The bridge with its ports filled: rules over the store, the network and the clock. */
import { randomBytes } from "node:crypto";
import { createAllowance } from "../activitystreams/allowance.ts";
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
import { welcomeNewcomers, type NewcomerEffects } from "../bridge/newcomers.ts";
import { tellOverdue } from "../bridge/overdue.ts";
import { createTake, limitedActs, type Limits } from "../bridge/limits.ts";
import { POSTS_NODE } from "../bridge/nodes.ts";
import { tellOnce } from "../bridge/notices.ts";
import type { BridgeStore } from "../bridge/ports.ts";
import { profileChanged, sendDueProfiles, type ProfileEffects } from "../bridge/profile-out.ts";
import { itemGuid, publishItem, retractItem } from "../bridge/publish.ts";
import { readAttachments, readHosted, readStream, readThread } from "../bridge/read.ts";
import { withoutRefused } from "../bridge/pictures-refused.ts";
import { receiveActivity } from "../bridge/receive.ts";
import type { MoveEffects } from "../bridge/move.ts";
import type { RegistrationRules } from "../bridge/registration.ts";
import { collectReply, publishReply, retractReply, type ReplyItem } from "../bridge/reply-item.ts";
import { retryPost } from "../bridge/retry.ts";
import { settled } from "../bridge/settled.ts";
import { subscribeBelow, unsubscribeBelow, type Below } from "../bridge/subscribe.ts";
import { whoSees, whoWouldSee, type MicroblogView } from "../bridge/who.ts";
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
import { accountRules, signMoveWith } from "./accounts.ts";
import { guarded } from "../store/database.ts";
import { isQuietWaiting } from "../store/inbox-retries.ts";
import { quarantined } from "./quarantine.ts";
import { idHostsOf } from "./site.ts";
import type { Storage } from "./storage.ts";

export interface RulesOptions {
  readonly config: Config;
  readonly storage: Storage;
  readonly discover: (id: DiasporaId) => Promise<RemotePerson>;
  readonly readBack: NewcomerEffects["readBack"];
  readonly signer: Signer;
  readonly wake: ProfileEffects["wake"];
}

export type Rules = ReturnType<typeof createRules>;

export function createRules(options: RulesOptions) {
  const { config, storage } = options;
  const store = createStore(storage.db, storage.vault, storage.remotes);
  const effects = effectsOf(options, store);
  const registration = registrationRules(config, storage);
  const take = createTake(limitsOf(config), store);
  const acts = limitedActs(
    { ...createActs(store, effects), send: (act) => send(act, store, effects) },
    take,
  );
  return {
    store,
    acts,
    findRemote: effects.findRemote,
    ...readRules(store, effects),
    ...itemRules(store, effects),
    ...peopleRules(store, effects),
    ...accountRules(storage, registration, store, effects),
    receive: quarantined(options, async (received, inboxId) => {
      const activity = withoutRefused(received.activity, storage.standings.now());
      return await receiveActivity({ ...received, activity }, inboxId, store, effects);
    }),
    settled: (delivery: Pick<PendingDelivery, "content">, outcome: "delivered" | "refused") =>
      settled(delivery, outcome, store, effects),
    retry: (post: Parameters<typeof retryPost>[0]) => retryPost(post, store, effects),
    tell: (jid: Jid, text: string) => commit(store, effects, (tx) => tx.tell(jid, text)),
    /** Of a comments node that takes nothing: the first time only. */
    tellOnce: (jid: Jid, text: string) =>
      tellOnce({ jid, purpose: "comments-node", text }, store, effects),
  };
}

/** What a reader may see, and who sees what one writes. */
function readRules(store: BridgeStore, effects: ProfileEffects) {
  return {
    whoSees: (jid: Jid, guid: Guid) => whoSees(jid, guid, store, effects),
    whoWouldSee: (jid: Jid, view: MicroblogView) => whoWouldSee(jid, view, store),
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

function peopleRules(store: BridgeStore, effects: Effects) {
  return {
    follow: (act: FollowAct) => follow(act, store, effects),
    unfollow: (act: FollowAct) => unfollow(act, store, effects),
    unfollowWholly: (jid: Jid, id: DiasporaId) =>
      unfollowWholly({ jid, id, node: POSTS_NODE }, store, effects),
    block: (jid: Jid, id: DiasporaId) => block(jid, id, store, effects),
    unblock: (jid: Jid, id: DiasporaId) => unblock(jid, id, store, effects),
    acceptFollower: (jid: Jid, id: DiasporaId) => acceptFollower(jid, id, store),
    withdrawFrom: (jid: Jid, id: DiasporaId) => withdrawFrom(jid, id, store),
    profileChanged: (jid: Jid, change: ProfileChange) =>
      profileChanged(jid, onlyPictures(change), store, effects),
    sendDueProfiles: (limit: number) => sendDueProfiles(limit, store, effects),
    sendDueDigests: (limit: number) => sendDueDigests(limit, store, effects),
    tellOverdue: (limit: number) => tellOverdue(limit, store, effects),
    welcomeNewcomers: (limit: number) => welcomeNewcomers(limit, store, effects),
  };
}

type Effects = ProfileEffects & NewcomerEffects & MoveEffects;

function effectsOf(options: RulesOptions, store: BridgeStore): Effects {
  const { storage } = options;
  const reserve = createKeyReserve(
    () => generateKeyPair(options.config.development.keyBits),
    options.config.roles.includes("connector"),
  );
  const ownHosts = idHostsOf(options.config);
  return {
    get daily() {
      const { postsPerDay, followsPerDay } = options.config.limits;
      return { posts: postsPerDay, follows: followsPerDay };
    },
    digest: storage.vault.digest,
    randomGuid: () => newGuid(),
    photoAddress: (guid, source) => photoAddress(options.config.diaspora.url, guid, source),
    avatarAddress: (person, sha1, size) =>
      avatarAddress(options.config.diaspora.url, person, sha1, size),
    get profileDelayMs() {
      return options.config.limits.profileDelaySeconds * 1000;
    },
    now: () => new Date(),
    findRemote: async (id) => {
      // One of our own under a virtual address would go round in a circle.
      if (ownHosts.includes(hostOf(id))) throw new DxError("DX_PERSON_NOT_FOUND");
      const known = await store.remoteById(id);
      if (known?.standing === "suspend") throw new DxError("DX_SUSPENDED");
      if (known !== null) return known;
      return await storage.remotes.remember(await options.discover(id));
    },
    readBack: options.readBack,
    isWorkedOn: async ({ diasporaId }) =>
      !(await guarded(() => isQuietWaiting(storage.db, hostOf(diasporaId)))),
    generateKeys: reserve.take,
    signMove: signMoveWith(storage),
    wake: options.wake,
    // Whoever does not deliver would sign for nothing: the worker has a signer of its own.
    prepare: options.config.roles.includes("worker") ? options.signer.prepare : () => undefined,
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

/** As the configuration has them when they are looked at. */
function limitsOf(config: Config): Limits {
  return {
    get posts() {
      return config.limits.postsPerDay;
    },
    get comments() {
      return config.limits.commentsPerDay;
    },
    get messages() {
      return config.limits.messagesPerDay;
    },
    ownDomains: config.xmpp.domains.map(({ name }) => name),
    domains: createAllowance(() => config.limits.domainActsPerHour),
  };
}

const DAY_MS = 24 * 60 * 60_000;

function registrationRules(
  config: Config,
  { standings }: Storage,
): Omit<RegistrationRules, "isSame"> {
  const policy = registrationPolicy(config);
  const hosts = new Map(config.xmpp.domains.map((domain) => [domain.name, domain.diasporaDomain]));
  const main = config.xmpp.domains[0];
  return {
    get graceMs() {
      return config.xmpp.leaveDays * DAY_MS;
    },
    admits: (jid) => mayRegister(policy, jid) && standings.now().ofJid(jid) !== "suspend",
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
