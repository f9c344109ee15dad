/** What the gateway tells people in their chats by itself, each thing once. */
import type { Jid } from "../activitystreams/ids.ts";
import type { XmlElement } from "../xml/element.ts";
import { chatAnswers, type ChatAnswer } from "./chat-answer.ts";
import type { ChatPorts } from "./chat-ports.ts";
import { createSeldom } from "./seldom.ts";

export type Notice =
  | "no-edit"
  | "no-retraction"
  | "no-reaction"
  | "other-reaction"
  | "private"
  | "encrypted"
  | "register";

const NOTICES: Readonly<Record<Notice, string>> = {
  "no-edit":
    "What was said in a private message cannot be changed on the other side: the federation " +
    "knows no such thing. Say it again, as you meant it.",
  "no-retraction":
    "What was said in a private message cannot be taken back on the other side: the federation " +
    "knows no such thing.",
  "no-reaction":
    "Reactions to private messages do not reach the other side: the federation knows no such " +
    "thing. Say it in words.",
  "other-reaction":
    "Of reactions only those that say yes, as 👍 or ❤, reach the other side, as a like: the " +
    "federation knows no others.",
  private:
    "What you answered was not sure, so your words went to that person alone, as a private " +
    "message. To say something where others read it, use your client's reply on the post itself, " +
    "or write me “comment”, the link of the post, and your words. This is said once.",
  encrypted:
    "Encryption does not reach a pod: nobody there could read it. Switch it off for the " +
    "addresses of this gateway, and know that pods can read what you write.",
  register:
    "You have not registered with this gateway, so nothing of what you write leaves it. Write " +
    "“register” to me to begin, or “help”.",
};

export type Notify = (jid: Jid, purpose: Notice) => Promise<void>;

export interface NoticeOptions {
  readonly domain: string;
  readonly ports: Pick<ChatPorts, "isRegistered" | "claimNotice">;
  send(stanza: XmlElement): Promise<void>;
}

/** Once for each purpose and person; who is not registered, once a day as far as is remembered. */
export function createNotices(
  { domain, ports, send }: NoticeOptions,
  now: () => number = Date.now,
): Notify {
  const strangers = createSeldom({ everyMs: 24 * 3_600_000, keys: 10_000 }, now);
  return async (jid, purpose) => {
    const first = (await ports.isRegistered(jid))
      ? await ports.claimNotice(jid, `chat:${purpose}`)
      : strangers.allows(`${jid} ${purpose}`);
    if (!first) return;
    await sendAll({ send }, { from: domain, to: jid, text: NOTICES[purpose] });
  };
}

export async function sendAll(
  { send }: Pick<NoticeOptions, "send">,
  answer: ChatAnswer,
): Promise<void> {
  for (const stanza of chatAnswers(answer)) await send(stanza);
}
