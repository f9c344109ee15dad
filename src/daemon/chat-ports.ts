/** What chats need of the rules and of the store. */
import { isAbout } from "../activitystreams/activity.ts";
import type { Acts } from "../activitystreams/acts.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import { chatToMarkdown, markdownToChat } from "../activitystreams/readable.ts";
import type { SeenPost, SeenReply } from "../activitystreams/stream.ts";
import type { BridgeStore, KnownActivity, KnownConversation } from "../bridge/ports.ts";
import type { ChatPorts, Letter, Shown } from "../connector/chat-ports.ts";
import { chatTextOf } from "../pep/chat-text.ts";
import { guarded } from "../store/database.ts";
import { conversationIn } from "../store/conversations.ts";
import { recentMessages, recentPosts } from "../store/recent.ts";
import type { Storage } from "./storage.ts";

/** Posts among which a quotation is looked for, and comments below each of them. */
const POSTS = 20;
const REPLIES = 20;
/** Private messages that a quotation could be of. */
const LETTERS = 500;
/** As much as a quotation can show. */
const MAX_WORDS = 10_000;

export interface ChatPortsOptions {
  readonly rules: { readonly store: BridgeStore; readonly acts: Acts };
  readonly storage: Pick<Storage, "db">;
}

type Reads = Pick<ChatPortsOptions["rules"], "store">;

export function createChatPorts({ rules, storage }: ChatPortsOptions): ChatPorts {
  const { store, acts } = rules;
  return {
    acts,
    isRegistered: async (jid) => (await store.accountByJid(jid)) !== null,
    async saidAs(jid, messageId) {
      const account = await store.accountByJid(jid);
      if (account === null) return null;
      return await store.transaction((tx) => tx.saidAs(account.key, messageId));
    },
    async kindOf(jid, guid) {
      const known = await store.findActivity(guid);
      return known === null ? null : await kindFor(known, jid, rules);
    },
    recent: (jid, person) =>
      person === null ? recentOfAll({ rules, storage }, jid) : recentOf(rules, jid, person),
    recentBelow: (jid) => recentBelow(rules, jid),
    letterOf: (jid, guid) => letterOf(rules, jid, guid),
    letters: (jid, person) => letters({ rules, storage }, jid, person),
    letterIn: (jid, thread) => letterIn({ rules, storage }, jid, thread),
    async claimNotice(jid, purpose) {
      const account = await store.accountByJid(jid);
      if (account === null) return false;
      return await store.transaction((tx) => tx.claimNotice(account.key, purpose));
    },
    markdownOf: chatToMarkdown,
  };
}

async function kindFor(
  { activity, rootGuid }: KnownActivity,
  jid: Jid,
  { store }: Reads,
): ReturnType<ChatPorts["kindOf"]> {
  const account = await store.accountByJid(jid);
  if (activity === null || account === null) return null;
  if (isAbout(activity, "message")) {
    const members = await membersOf(activity.object.conversation, store);
    return members.some(({ guid }) => guid === account.guid) ? "message" : null;
  }
  const query = { postGuid: rootGuid, readerKey: account.key, max: 0, counted: false } as const;
  const thread = await store.threadPage({ ...query, order: "creation" });
  if (thread === null) return null;
  if (isAbout(activity, "note") || isAbout(activity, "share")) return "post";
  return isAbout(activity, "comment") ? "comment" : null;
}

async function recentOfAll({ storage }: ChatPortsOptions, jid: Jid): Promise<readonly Shown[]> {
  const posts = await guarded(() => recentPosts(storage.db, jid, POSTS));
  return posts.map((post) => shown(post, false));
}

async function recentOf({ store }: Reads, jid: Jid, id: DiasporaId): Promise<readonly Shown[]> {
  const person = await store.remoteById(id);
  const account = await store.accountByJid(jid);
  if (person === null || account === null) return [];
  const query = { readerKey: account.key, order: "creation", counted: false } as const;
  const posts = await store.streamPage({ ...query, authorKey: person.key, max: POSTS });
  // What others say there comes from this person too, with their names.
  const isNamed = ({ author }: SeenReply): boolean => author.diasporaId !== id;
  const below = await shownBelow(posts.items, account.key, store, isNamed);
  return [...posts.items.map((post) => shown(post, false)), ...below];
}

/** One's own posts are shown to nobody as news, what is said below them is. */
async function recentBelow({ store }: Reads, jid: Jid): Promise<readonly Shown[]> {
  const account = await store.accountByJid(jid);
  if (account === null) return [];
  const query = { readerKey: account.key, order: "creation", counted: false } as const;
  const posts = await store.streamPage({ ...query, authorKey: account.key, max: POSTS });
  // People of this side cannot be the senders: the gateway tells of them.
  return await shownBelow(posts.items, account.key, store, ({ author }) => "jid" in author);
}

async function shownBelow(
  posts: readonly SeenPost[],
  readerKey: string,
  store: BridgeStore,
  isNamed: (reply: SeenReply) => boolean,
): Promise<Shown[]> {
  const all: Shown[] = [];
  for (const { activity } of posts) {
    const postGuid: Guid = activity.object.guid;
    const query = { order: "creation", counted: false, max: REPLIES } as const;
    const thread = await store.threadPage({ ...query, postGuid, readerKey });
    all.push(...(thread?.page.items ?? []).map((reply) => shown(reply, isNamed(reply))));
  }
  return all;
}

type Members = KnownConversation["participants"];

async function membersOf(guid: Guid, store: BridgeStore): Promise<Members> {
  const known = await store.transaction((tx) => tx.findConversation(guid));
  return known?.participants ?? [];
}

async function letterOf({ store }: Reads, jid: Jid, guid: Guid): ReturnType<ChatPorts["letterOf"]> {
  const activity = (await store.findActivity(guid))?.activity ?? null;
  if (activity === null || !isAbout(activity, "message")) return null;
  return await letterTo(store, jid, activity.object.conversation);
}

/** null for a conversation in which the reader takes no part, or nobody of the federation does. */
async function letterTo(
  store: BridgeStore,
  jid: Jid,
  conversation: Guid,
): ReturnType<ChatPorts["letterOf"]> {
  const members = await membersOf(conversation, store);
  const takesPart = members.some((one) => "jid" in one && one.jid === jid);
  const other = members.find((one) => "podUrl" in one);
  return takesPart && other !== undefined ? { conversation, person: other.diasporaId } : null;
}

async function letterIn(
  { rules: { store }, storage }: ChatPortsOptions,
  jid: Jid,
  thread: string,
): ReturnType<ChatPorts["letterIn"]> {
  const account = await store.accountByJid(jid);
  if (account === null) return null;
  const conversation = await guarded(() => conversationIn(storage.db, account.key, thread));
  return conversation === null ? null : await letterTo(store, jid, conversation);
}

async function letters(
  { rules: { store }, storage }: ChatPortsOptions,
  jid: Jid,
  id: DiasporaId | null,
): ReturnType<ChatPorts["letters"]> {
  const person = id === null ? null : await store.remoteById(id);
  const account = await store.accountByJid(jid);
  if (account === null || (id !== null && person === null)) return [];
  const key = person?.key ?? null;
  const found = await guarded(() => recentMessages(storage.db, account.key, key, LETTERS));
  const places = new Map<Guid, Letter | null>();
  for (const { conversation } of found) {
    if (places.has(conversation)) continue;
    places.set(
      conversation,
      id === null ? await letterTo(store, jid, conversation) : { conversation, person: id },
    );
  }
  return found.flatMap(({ conversation, markdown }) => {
    const place = places.get(conversation) ?? null;
    return place === null ? [] : [{ ...place, text: markdownToChat(markdown) }];
  });
}

function shown(seen: SeenPost | SeenReply, withAuthor: boolean): Shown {
  const { activity } = seen;
  return {
    guid: activity.object.guid,
    text: chatTextOf(seen, { maxLength: MAX_WORDS, withAuthor }),
    isPoll: isAbout(activity, "note") && activity.object.question !== undefined,
  };
}
