/**
 * What people say to virtual persons in a chat client: a reply is a comment, a reaction a like,
 * a correction an edit, anything else a private message. What is meant for one person never
 * becomes public by a guess: only what names a post, or quotes it, is said below it.
 */
import { randomUUID } from "node:crypto";
import { parseGuid, type DiasporaId, type Guid, type Jid } from "../activitystreams/ids.ts";
import { DxError, isDxError } from "../errors/error.ts";
import { aboutWhat, guidNamed, type Meant } from "./chat-about.ts";
import { splitQuotation } from "./chat-fallback.ts";
import { markupOf } from "./chat-file.ts";
import type { ChatMemory } from "./chat-memory.ts";
import type { Said, Words } from "./chat-message.ts";
import type { Notify } from "./chat-notices.ts";
import { keyOf } from "./chat-pace.ts";
import type { ChatPorts, Letter } from "./chat-ports.ts";

export interface PersonChatOptions {
  readonly ports: ChatPorts;
  readonly memory: ChatMemory;
  /** Reactions that are likes. */
  readonly positive?: readonly string[];
  /** Words of the bridge itself, at most once for each purpose. */
  readonly notice: Notify;
}

/** ♥ and +1 as older clients write them. */
export const POSITIVE_REACTIONS = ["👍", "❤", "♥", "😍", "🥰", "👏", "💯", "⭐", "+1"];

/**
 * `person`: whose chat it is; null: the gateway's own, where people of this side are heard. False
 * for what is none of its business there. Throws a DxError that says what to do; the router makes
 * it the message's error.
 */
export type PersonChat = (jid: Jid, person: DiasporaId | null, said: Said) => Promise<boolean>;

export function createPersonChat(options: PersonChatOptions): PersonChat {
  const positive = new Set((options.positive ?? POSITIVE_REACTIONS).map(plainEmoji));
  return async (jid, person, said) => {
    if (said.kind === "words") return await speak(options, jid, person, said);
    if (said.kind === "retraction") await takeBack(options, jid, said.of);
    else if (said.kind === "reactions") {
      const faces = said.reactions.map(plainEmoji);
      const likes = faces.some((face) => positive.has(face));
      await react(options, jid, said.to, likes ? "like" : faces.length === 0 ? "none" : "other");
    }
    return true;
  };
}

/** Without the variation selector and the tone of the skin, which say nothing of the meaning. */
function plainEmoji(text: string): string {
  return text.replace(/[\ufe0e\ufe0f\u{1f3fb}-\u{1f3ff}]/gu, "");
}

async function speak(
  options: PersonChatOptions,
  jid: Jid,
  person: DiasporaId | null,
  words: Words,
): Promise<boolean> {
  const { ports, notice } = options;
  if (words.replaces !== null) return await correct(options, jid, person, words.replaces, words);
  const meant = await aboutWhat(ports, jid, person, words);
  if (await voted(options, jid, person, meant)) return true;
  if (meant.about !== null) {
    await comment(options, jid, meant.about, words, meant.answer);
    return true;
  }
  const to = person ?? meant.letter?.person;
  if (to === undefined) return false;
  await send(options, jid, to, words, meant.letter);
  if (meant.isDoubtful) await notice(jid, "private");
  return true;
}

/** `!vote 2` answers the poll that is named, or the last one of this person. */
async function voted(
  { ports, memory }: PersonChatOptions,
  jid: Jid,
  person: DiasporaId | null,
  { answer: words, about }: Meant,
): Promise<boolean> {
  const [, answer] = /^!vote\s+(\d{1,3})$/iu.exec(words) ?? [];
  // Said to the gateway by itself it is a command.
  if (answer === undefined || (person === null && about === null)) return false;
  const post =
    about ?? (await ports.recent(jid, person)).find(({ isPoll }) => isPoll)?.guid ?? null;
  if (post === null) throw new DxError("DX_ITEM_NOT_FOUND");
  await ports.acts.vote({ jid, post, answer: Number(answer) });
  await memory.note(jid, post);
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
  await memory.note(jid, about);
}

async function send(
  { ports }: PersonChatOptions,
  jid: Jid,
  person: DiasporaId,
  words: Words,
  letter: Letter | null,
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
    ...(letter === null ? {} : { conversation: letter.conversation }),
    messageId: words.id,
    ...(words.receipt ? { receipt: true } : {}),
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
  person: DiasporaId | null,
  replaces: string,
  { body, file }: Words,
): Promise<boolean> {
  const guid = await ports.saidAs(jid, replaces);
  const kind = guid === null ? null : await ports.kindOf(jid, guid);
  if (guid === null || kind === null) {
    if (person === null) return false;
    throw new DxError("DX_ITEM_NOT_FOUND");
  }
  // The federation knows no change of what was written in private.
  if (kind === "message") await notice(jid, "no-edit");
  else {
    const answer = splitQuotation(body)?.words ?? body;
    await ports.acts.edit({ jid, guid, markdown: markupOf(answer, file, ports.markdownOf) });
  }
  return true;
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
  face: "like" | "other" | "none",
): Promise<void> {
  const about = await guidNamed(ports, jid, to);
  const kind = about === null ? null : await ports.kindOf(jid, about);
  if (about === null || kind === null) return;
  if (kind === "message") return notice(jid, "no-reaction");
  await memory.note(jid, about);
  if (face === "like") {
    await ports.acts.like({ jid, about });
    return;
  }
  // The federation knows likes only: a frown made a like would say the opposite.
  if (face === "other") await notice(jid, "other-reaction");
  try {
    await ports.acts.unlike({ jid, about });
  } catch (error) {
    // Another face was taken back, or added: there was no like.
    if (!isDxError(error, "DX_ITEM_NOT_FOUND")) throw error;
  }
}
