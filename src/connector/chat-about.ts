/**
 * What somebody's words in a chat are about: a post or comment, a private message, or nothing.
 * Nothing becomes public by a guess: whatever could answer a private message stays private.
 */
import { parseGuid, type DiasporaId, type Guid, type Jid } from "../activitystreams/ids.ts";
import { quotedIn, quotedFromAnywhere, splitQuotation } from "./chat-fallback.ts";
import type { Words } from "./chat-message.ts";
import type { ChatPorts, Letter } from "./chat-ports.ts";

export interface Meant {
  /** The words without what they quote. */
  readonly answer: string;
  /** The post or comment below which they are to stand. */
  readonly about: Guid | null;
  /** The private message that they answer. */
  readonly letter: Letter | null;
  /** They answer something, and it is not sure what. */
  readonly isDoubtful: boolean;
}

/** `person`: whose chat it is; null: the gateway's own. */
export async function aboutWhat(
  ports: ChatPorts,
  jid: Jid,
  person: DiasporaId | null,
  words: Words,
): Promise<Meant> {
  const byId = words.replyTo === null ? null : await named(ports, jid, words, words.replyTo);
  const isKnown = byId !== null && (byId.about !== null || byId.letter !== null);
  if (byId !== null && (isKnown || person !== null)) return byId;
  // In a conversation of several the messages of people of this side come from the gateway.
  const isInThread = person === null && words.thread !== null && words.thread !== "";
  const letter = isInThread ? await ports.letterIn(jid, words.thread) : null;
  if (letter !== null) return privately(words, letter, false);
  return byId ?? (await quoting(ports, jid, person, words));
}

async function quoting(
  ports: ChatPorts,
  jid: Jid,
  person: DiasporaId | null,
  words: Words,
): Promise<Meant> {
  const quotation = splitQuotation(words.body);
  if (quotation === null) return privately(words, null, false);
  const { quoted, words: answer } = quotation;
  const letters = await ports.letters(jid, person);
  const posted = person === null ? [] : await ports.recent(jid, person);
  const shown = [...posted, ...(await ports.recentBelow(jid))];
  const letter = quotedFromAnywhere(quoted, letters);
  const found = quotedIn(quoted, shown);
  // The words of a post may stand in a private message too.
  if (letter !== null) return privately(words, letter, found !== null);
  if (found === null) return privately(words, null, true);
  return { answer, about: found.guid, letter: null, isDoubtful: false };
}

/** XEP-0461. */
async function named(ports: ChatPorts, jid: Jid, words: Words, replyTo: string): Promise<Meant> {
  const guid = await guidNamed(ports, jid, replyTo);
  const kind = guid === null ? null : await ports.kindOf(jid, guid);
  if (guid === null || kind === null) return privately(words, null, true);
  if (kind === "message") return privately(words, await ports.letterOf(jid, guid), false);
  // COMPAT(clients that quote without XEP-0428): what they answer is named already.
  const answer = splitQuotation(words.body)?.words ?? words.body;
  return { answer, about: guid, letter: null, isDoubtful: false };
}

function privately({ body }: Words, letter: Letter | null, isDoubtful: boolean): Meant {
  return { answer: body, about: null, letter, isDoubtful };
}

/** A message of theirs or of ours; behind the `/` of ours stands which edit of it is meant. */
export async function guidNamed(
  ports: Pick<ChatPorts, "saidAs">,
  jid: Jid,
  messageId: string,
): Promise<Guid | null> {
  const [guid = ""] = messageId.split("/");
  return (await ports.saidAs(jid, messageId)) ?? parseGuid(guid);
}
