/** What chats need of the rules and of the store. */
import { isAbout } from "../activitystreams/activity.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import { chatToMarkdown } from "../activitystreams/readable.ts";
import type { SeenPost, SeenReply } from "../activitystreams/stream.ts";
import type { KnownActivity } from "../bridge/ports.ts";
import type { ChatPorts, Shown } from "../connector/chat-ports.ts";
import { chatTextOf } from "../pep/chat-text.ts";
import { guarded } from "../store/database.ts";
import { recentPosts } from "../store/recent.ts";
import type { Rules } from "./rules.ts";
import type { Storage } from "./storage.ts";

/** Posts among which a quotation is looked for, and comments below each of them. */
const POSTS = 20;
const REPLIES = 20;
/** As much as a quotation can show. */
const MAX_WORDS = 10_000;

export interface ChatPortsOptions {
  readonly rules: Rules;
  readonly storage: Storage;
}

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
  { store }: Rules,
): ReturnType<ChatPorts["kindOf"]> {
  const account = await store.accountByJid(jid);
  if (activity === null || account === null) return null;
  if (isAbout(activity, "message")) {
    const { conversation } = activity.object;
    const known = await store.transaction((tx) => tx.findConversation(conversation));
    const takesPart = known?.participants.some(({ guid }) => guid === account.guid);
    return takesPart === true ? "message" : null;
  }
  const query = { postGuid: rootGuid, readerKey: account.key, max: 0, counted: false } as const;
  const thread = await store.threadPage({ ...query, order: "creation" });
  if (thread === null) return null;
  if (isAbout(activity, "note") || isAbout(activity, "share")) return "post";
  return isAbout(activity, "comment") ? "comment" : null;
}

async function recentOfAll({ storage }: ChatPortsOptions, jid: Jid): Promise<readonly Shown[]> {
  const posts = await guarded(() => recentPosts(storage.db, jid, POSTS));
  return posts.map(shown);
}

async function recentOf({ store }: Rules, jid: Jid, id: DiasporaId): Promise<readonly Shown[]> {
  const person = await store.remoteById(id);
  const account = await store.accountByJid(jid);
  if (person === null || account === null) return [];
  const query = { readerKey: account.key, order: "creation", counted: false } as const;
  const posts = await store.streamPage({ ...query, authorKey: person.key, max: POSTS });
  const all = posts.items.map(shown);
  for (const { activity } of posts.items) {
    const postGuid: Guid = activity.object.guid;
    const thread = await store.threadPage({ ...query, postGuid, max: REPLIES });
    all.push(...(thread?.page.items ?? []).map(shown));
  }
  return all;
}

function shown(seen: SeenPost | SeenReply): Shown {
  const { activity } = seen;
  return {
    guid: activity.object.guid,
    // A comment was shown with its author's name before it.
    text: chatTextOf(seen, { maxLength: MAX_WORDS, withAuthor: isAbout(activity, "comment") }),
    published: activity.published,
    isPoll: isAbout(activity, "note") && activity.object.question !== undefined,
  };
}
