/**
 * What people say to virtual persons in a chat client: a reply is a comment, a reaction a like,
 * a correction an edit, anything else a private message. What is meant for one person never
 * becomes public by a guess: only what names a post, or quotes it, is said below it.
 */
import { randomUUID } from "node:crypto";
import { parseGuid, type DiasporaId, type Guid, type Jid } from "../activitystreams/ids.ts";
import { DxError, isDxError } from "../errors/error.ts";
import { quotedIn, splitQuotation } from "./chat-fallback.ts";
import { markupOf } from "./chat-file.ts";
import type { ChatMemory } from "./chat-memory.ts";
import type { Said, Words } from "./chat-message.ts";
import { keyOf } from "./chat-pace.ts";
import type { ChatPorts } from "./chat-ports.ts";

export interface PersonChatOptions {
  readonly ports: ChatPorts;
  readonly memory: ChatMemory;
  /** Reactions that are likes. */
  readonly positive?: readonly string[];
  /** Words of the bridge itself, at most once for each purpose. */
  notice(jid: Jid, purpose: Notice): Promise<void>;
}

export type Notice = "no-edit" | "no-retraction" | "no-reaction" | "encrypted" | "register";

/** ♥ and +1 as older clients write them. */
export const POSITIVE_REACTIONS = ["👍", "❤", "♥", "😍", "🥰", "👏", "💯", "⭐", "+1"];

/** Throws a DxError that says what to do; the router makes it the message's error. */
export type PersonChat = (jid: Jid, person: DiasporaId, said: Said) => Promise<void>;

export function createPersonChat(options: PersonChatOptions): PersonChat {
  const positive = new Set((options.positive ?? POSITIVE_REACTIONS).map(plainEmoji));
  return async (jid, person, said) => {
    if (said.kind === "words") await speak(options, jid, person, said);
    else if (said.kind === "retraction") await takeBack(options, jid, said.of);
    else if (said.kind === "reactions") {
      const likes = said.reactions.some((reaction) => positive.has(plainEmoji(reaction)));
      await react(options, jid, said.to, likes);
    }
  };
}

/** Without the variation selector and the tone of the skin, which say nothing of the meaning. */
function plainEmoji(text: string): string {
  return text.replace(/[\ufe0e\ufe0f\u{1f3fb}-\u{1f3ff}]/gu, "");
}

async function speak(
  options: PersonChatOptions,
  jid: Jid,
  person: DiasporaId,
  words: Words,
): Promise<void> {
  if (words.replaces !== null) return correct(options, jid, words.replaces, words);
  const { answer, about } = await aboutWhat(options.ports, jid, person, words);
  if (await voted(options, jid, person, answer, about)) return;
  if (about === null) await send(options, jid, person, words);
  else await comment(options, jid, about, words, answer);
}

interface Meant {
  /** The words without what they quote. */
  readonly answer: string;
  /** The post or comment that they are about. */
  readonly about: Guid | null;
}

async function aboutWhat(
  ports: ChatPorts,
  jid: Jid,
  person: DiasporaId,
  words: Words,
): Promise<Meant> {
  const { body } = words;
  const quotation = splitQuotation(body);
  if (words.replyTo !== null) {
    const guid = await named(ports, jid, words.replyTo);
    const kind = guid === null ? null : await ports.kindOf(jid, guid);
    // COMPAT(clients that quote without XEP-0428): what they answer is named already.
    return kind === "post" || kind === "comment"
      ? { answer: quotation?.words ?? body, about: guid }
      : { answer: body, about: null };
  }
  if (quotation === null) return { answer: body, about: null };
  const found = quotedIn(quotation.quoted, await ports.recent(jid, person));
  return found === null
    ? { answer: body, about: null }
    : { answer: quotation.words, about: found.guid };
}

/** A message of theirs or of ours; behind the `/` of ours stands which edit of it is meant. */
async function named(ports: ChatPorts, jid: Jid, messageId: string): Promise<Guid | null> {
  const [guid = ""] = messageId.split("/");
  return (await ports.saidAs(jid, messageId)) ?? parseGuid(guid);
}

/** `!vote 2` answers the poll that is named, or the last one of this person. */
async function voted(
  { ports, memory }: PersonChatOptions,
  jid: Jid,
  person: DiasporaId,
  words: string,
  about: Guid | null,
): Promise<boolean> {
  const [, answer] = /^!vote\s+(\d{1,3})$/iu.exec(words) ?? [];
  if (answer === undefined) return false;
  const post =
    about ?? (await ports.recent(jid, person)).find(({ isPoll }) => isPoll)?.guid ?? null;
  if (post === null) throw new DxError("DX_ITEM_NOT_FOUND");
  await ports.acts.vote({ jid, post, answer: Number(answer) });
  memory.note(jid, post);
  return true;
}

async function comment(
  { ports, memory }: PersonChatOptions,
  jid: Jid,
  about: Guid,
  words: Words,
  answer: string,
): Promise<void> {
  await ports.acts.comment({
    jid,
    about,
    markdown: markupOf(answer, words.file, ports.markdownOf),
    key: keyFor(jid, words),
    ...(words.id === null ? {} : { messageId: words.id }),
  });
  memory.note(jid, about);
}

async function send(
  { ports }: PersonChatOptions,
  jid: Jid,
  person: DiasporaId,
  words: Words,
): Promise<void> {
  // Clients go on in the thread of a post that they were shown, also when they write in private.
  const post = words.thread === null ? null : parseGuid(words.thread);
  const isPost = post !== null && (await ports.kindOf(jid, post)) === "post";
  await ports.acts.send({
    jid,
    to: person,
    markdown: markupOf(words.body, words.file, ports.markdownOf),
    subject: words.subject,
    thread: isPost ? null : words.thread,
    messageId: words.id,
    key: keyFor(jid, words),
  });
}

/** Without an id nothing tells a repeat from saying it twice. */
function keyFor(jid: Jid, { id, body, file }: Words): string {
  // Some clients count their ids from the same beginning at each start: the same words on another
  // day are said again.
  const day = new Date().toISOString().slice(0, 10);
  return keyOf(jid, id ?? randomUUID(), `${day}\n${body}\n${file ?? ""}`);
}

async function correct(
  { ports, notice }: PersonChatOptions,
  jid: Jid,
  replaces: string,
  { body, file }: Words,
): Promise<void> {
  const guid = await ports.saidAs(jid, replaces);
  const kind = guid === null ? null : await ports.kindOf(jid, guid);
  if (guid === null || kind === null) throw new DxError("DX_ITEM_NOT_FOUND");
  // The federation knows no change of what was written in private.
  if (kind === "message") return notice(jid, "no-edit");
  const answer = splitQuotation(body)?.words ?? body;
  await ports.acts.edit({ jid, guid, markdown: markupOf(answer, file, ports.markdownOf) });
}

async function takeBack({ ports, notice }: PersonChatOptions, jid: Jid, of: string): Promise<void> {
  const guid = await ports.saidAs(jid, of);
  if (guid === null) return;
  if ((await ports.kindOf(jid, guid)) === "message") return notice(jid, "no-retraction");
  await ports.acts.retract({ jid, guid });
}

async function react(
  { ports, memory, notice }: PersonChatOptions,
  jid: Jid,
  to: string,
  likes: boolean,
): Promise<void> {
  const about = await named(ports, jid, to);
  const kind = about === null ? null : await ports.kindOf(jid, about);
  if (about === null || kind === null) return;
  if (kind === "message") return notice(jid, "no-reaction");
  memory.note(jid, about);
  if (likes) {
    await ports.acts.like({ jid, about });
    return;
  }
  try {
    await ports.acts.unlike({ jid, about });
  } catch (error) {
    // Another face was taken back, or added: there was no like.
    if (!isDxError(error, "DX_ITEM_NOT_FOUND")) throw error;
  }
}
