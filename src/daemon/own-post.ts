/** Posts that commands write, change and take back in their author's own node, where the server lets us. */
import { createHash } from "node:crypto";
import { isAbout, type PostActivity } from "../activitystreams/activity.ts";
import { parseGuid, type Guid, type Jid } from "../activitystreams/ids.ts";
import { tagsIn } from "../activitystreams/tags.ts";
import { POSTS_NODE } from "../bridge/nodes.ts";
import type { BridgeStore, KnownActivity } from "../bridge/ports.ts";
import type { CommandPorts, OwnOutcome } from "../commands/ports.ts";
import type { FeedReader } from "../connector/feed-reader.ts";
import type { Privilege } from "../connector/privilege.ts";
import { DxError, isDxError } from "../errors/error.ts";
import { entryWithWords } from "../pep/edit-entry.ts";
import type { EntryFrame } from "../pep/entry-frame.ts";
import { itemUri } from "../pep/links.ts";
import { noteContent } from "../pep/post-content.ts";
import { writeEntry } from "../pep/write-entry.ts";
import type { XmlElement } from "../xml/element.ts";
import type { Rules } from "./rules.ts";

export interface OwnPostOptions {
  readonly privilege: Pick<Privilege, "publishAs" | "retractAs">;
  readonly reader: Pick<FeedReader, "readAsStranger">;
  readonly rules: { readonly store: BridgeStore; readonly guidOf: Rules["guidOf"] };
  /** Of one stanza. */
  readonly maxBytes: number;
  now(): Date;
}

export type OwnPosts = Pick<CommandPorts, "publishOwn" | "editOwn" | "retractOwn">;

/** What a stanza has beside its entry. */
const ENVELOPE_BYTES = 4_096;
// XEP-0163 §3: a node that a publish makes is for contacts only, unless it says else.
const OPEN = { "pubsub#access_model": "open", "pubsub#persist_items": "true" };

export function createOwnPosts(options: OwnPostOptions): OwnPosts {
  return {
    publishOwn: (jid, post) => publish(options, jid, post),
    editOwn: (jid, guid, markdown) => edit(options, jid, guid, markdown),
    async retractOwn(jid, guid): Promise<OwnOutcome> {
      const own = await ownItem(options, jid, guid);
      if (own === null) return "elsewhere";
      return await takenBack(options, jid, own.itemId);
    },
  };
}

/** The federation was told already: without an answer of the server, that is what can be said. */
async function takenBack(
  { privilege }: OwnPostOptions,
  jid: Jid,
  itemId: string,
): Promise<OwnOutcome> {
  try {
    const outcome = await privilege.retractAs(jid, POSTS_NODE, itemId);
    return outcome === "done" ? "done" : "not-possible";
  } catch (error) {
    const isSilent = isDxError(error, "DX_IQ_TIMEOUT") || isDxError(error, "DX_STREAM_DOWN");
    if (isSilent) return "not-possible";
    throw error;
  }
}

async function publish(
  options: OwnPostOptions,
  jid: Jid,
  { markdown, key }: Parameters<CommandPorts["publishOwn"]>[1],
): Promise<Guid | null> {
  const { privilege, reader, rules } = options;
  // COMPAT(Prosody): a stranger is told the same of a node that is closed and of one that is none.
  const { state } = await reader.readAsStranger(jid, POSTS_NODE);
  const id = createHash("sha256").update(`${jid}\0${key}`).digest("hex").slice(0, 32);
  const item = { id, payload: await newEntry(options, jid, id, markdown) };
  const first = await privilege.publishAs(jid, POSTS_NODE, item, OPEN);
  // A node that its owner has closed stays closed, and a public post is none for it. An open one
  // may differ in what else was wanted.
  const again = first === "conflict" && state === "read";
  const outcome = again ? await privilege.publishAs(jid, POSTS_NODE, item) : first;
  if (outcome !== "done") return null;
  if ((await reader.readAsStranger(jid, POSTS_NODE, id)).state === "read") {
    return rules.guidOf(jid, POSTS_NODE, id);
  }
  // COMPAT(servers that heed no options of a publish): a node that is closed is never opened by us,
  // who made it cannot be told. The federation gets the post from the component's node.
  await privilege.retractAs(jid, POSTS_NODE, id);
  return null;
}

async function edit(
  options: OwnPostOptions,
  jid: Jid,
  guid: Guid,
  markdown: string,
): Promise<OwnOutcome> {
  const own = await ownItem(options, jid, guid);
  const activity = own?.activity ?? null;
  if (own === null || activity === null || !isAbout(activity, "note")) return "elsewhere";
  const { itemId } = own;
  const reading = await options.reader.readAsStranger(jid, POSTS_NODE, itemId);
  const items = reading.state === "read" ? reading.items : [];
  const entry = items.find(({ id }) => id === itemId)?.payload ?? null;
  if (entry === null) return "not-possible";
  const words = { markdown, tags: tagsIn(markdown), edited: options.now() };
  const object = { ...activity.object, ...words };
  const frame = frameOf(jid, "", itemId);
  const maxBytes = options.maxBytes - ENVELOPE_BYTES;
  const payload = entryWithWords(entry, { ...activity, object }, frame, maxBytes);
  if (payload === null) return "not-possible";
  const item = { id: itemId, payload };
  const outcome = await options.privilege.publishAs(jid, POSTS_NODE, item);
  return outcome === "done" ? "done" : "not-possible";
}

/** null for what is not theirs, or stands somewhere else. Also of what is taken back by now. */
async function ownItem(
  { rules: { store } }: OwnPostOptions,
  jid: Jid,
  guid: Guid,
): Promise<KnownActivity | null> {
  const known = await store.findActivity(guid);
  const account = await store.accountByJid(jid);
  if (known === null || account === null || known.authorKey !== account.key) return null;
  if (known.rootGuid !== known.guid) return null;
  const key = { personKey: account.key, node: POSTS_NODE, itemId: known.itemId };
  const seen = await store.transaction((tx) => tx.seenItem(key));
  return seen?.state === "published" ? known : null;
}

async function newEntry(
  { rules, maxBytes, now }: OwnPostOptions,
  jid: Jid,
  id: string,
  markdown: string,
): Promise<XmlElement> {
  const name = (await rules.store.accountByJid(jid))?.name ?? "";
  const guid = parseGuid(id);
  if (guid === null) throw new DxError("DX_INTERNAL", { detail: "a digest is no GUID" });
  const activity: PostActivity = {
    verb: "post",
    actor: { network: "xmpp", id: jid, name },
    object: { type: "note", guid, markdown, tags: tagsIn(markdown), photos: [] },
    audience: "public",
    published: now(),
  };
  return writeEntry(noteContent(activity), frameOf(jid, name, id), maxBytes - ENVELOPE_BYTES);
}

function frameOf(jid: Jid, authorName: string, id: string): EntryFrame {
  return {
    publisher: jid,
    authorName,
    uri: itemUri(jid, POSTS_NODE, id),
    replies: null,
    // It came through no bridge: it is collected like whatever else the person writes.
    component: null,
    linkOf: () => null,
  };
}
