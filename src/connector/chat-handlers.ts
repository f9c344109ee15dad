/**
 * The chat door: messages to virtual persons, to the component, and to addresses of the old
 * transports' form. Nothing is ever answered to an error, a copy, a room or a machine. To be
 * added behind the handlers of pubsub events, which come as messages of type normal too.
 */
import { localOf, type DiasporaId, type Jid } from "../activitystreams/ids.ts";
import { hasVirtualJid, parseTypedId, virtualJid } from "../activitystreams/virtual-jid.ts";
import { DxError } from "../errors/error.ts";
import { jidUri } from "../pep/links.ts";
import { el, type XmlElement } from "../xml/element.ts";
import type { Bounces } from "./chat-bounce.ts";
import type { CommandChat } from "./chat-commands.ts";
import { readChat, type Said } from "./chat-message.ts";
import { keyOf, type ChatPace } from "./chat-pace.ts";
import { sendAll, type Notify } from "./chat-notices.ts";
import type { PersonChat } from "./chat-person.ts";
import type { ChatPorts } from "./chat-ports.ts";
import type { Handler, Incoming } from "./handler.ts";
import { NS_STANZAS } from "./stanza.ts";

export interface ChatOptions {
  readonly domain: string;
  readonly ports: Pick<ChatPorts, "isRegistered" | "claimNotice">;
  readonly pace: ChatPace;
  readonly person: PersonChat;
  readonly command: CommandChat;
  readonly bounces: Bounces;
  send(stanza: XmlElement): Promise<void>;
}

export function chatHandlers(options: ChatOptions, notice: Notify): Handler[] {
  const types = ["chat", "normal"] as const;
  const bounced = (to: "component" | "person" | "other"): Handler => ({
    kind: "message",
    to,
    types: ["error"],
    receive: ({ from, to: { person }, stanza }) =>
      options.bounces.bounced(from.bare, person, stanza),
  });
  return [
    bounced("component"),
    bounced("person"),
    bounced("other"),
    {
      kind: "message",
      to: "component",
      types,
      receive: (message) => receiveCommand(options, message),
    },
    {
      kind: "message",
      to: "person",
      types,
      receive: async (message) => {
        await receiveForPerson(options, notice, message, message.to.person);
      },
    },
    {
      kind: "message",
      to: "other",
      types,
      receive: (message) => receiveForOther(options, notice, message),
    },
    {
      kind: "presence",
      to: "other",
      types: ["subscribe"],
      receive: (presence) => redirect(options, presence),
    },
  ];
}

interface Taken {
  readonly said: Exclude<Said, { readonly kind: "nothing" }>;
  /** It is dealt with: the same again is a repeat. */
  done(): void;
}

/** null for what is not to be taken: machines, what says nothing, and what came before. */
function take(options: ChatOptions, { from, to, stanza }: Incoming): Taken | null {
  // A server's announcements are no person's words.
  if (localOf(from.bare) === null) return null;
  const said = readChat(stanza);
  if (said.kind === "nothing") return null;
  options.bounces.heard(from.bare);
  const { id } = stanza.attrs;
  if (id === undefined) return { said, done: () => undefined };
  const key = keyOf(from.bare, `${to.jid} ${id}`, JSON.stringify(said));
  if (options.pace.isKnown(key)) return null;
  return {
    said,
    done: () => {
      options.pace.done(key);
    },
  };
}

async function receiveCommand(options: ChatOptions, message: Incoming): Promise<void> {
  const taken = take(options, message);
  if (taken === null) return;
  const { said } = taken;
  if (said.kind === "encrypted") throw new DxError("DX_ENCRYPTED");
  const { bare, full } = message.from;
  const pace = options.pace.take(bare);
  if (pace === "over") return;
  if (pace === "ok" && (await isAnswer(options, bare, said))) {
    taken.done();
    return;
  }
  if (said.kind !== "words") return;
  const text = pace === "last" ? TOO_MUCH : await options.command.answer(bare, said);
  taken.done();
  const { thread } = said;
  const fleeting = pace === "last";
  await sendAll(options, { from: options.domain, to: full, text, thread, fleeting });
}

/** What people of this side say is told by the gateway: what answers that is no command. */
async function isAnswer({ command, person }: ChatOptions, jid: Jid, said: Said): Promise<boolean> {
  const isCorrected = said.kind === "words" && said.replaces !== null;
  if (isCorrected && command.isCommand(said.body)) return false;
  return await person(jid, null, said);
}

const TOO_MUCH = "That was too much for one minute. Wait one.";

/** True when something was said, and taken. */
async function receiveForPerson(
  options: ChatOptions,
  notice: Notify,
  message: Incoming,
  person: DiasporaId | null,
): Promise<boolean> {
  const taken = take(options, message);
  if (taken === null || person === null) return false;
  const jid = message.from.bare;
  if (!(await options.ports.isRegistered(jid))) {
    await notice(jid, "register");
    throw new DxError("DX_NOT_REGISTERED");
  }
  if (taken.said.kind === "encrypted") {
    await notice(jid, "encrypted");
    throw new DxError("DX_ENCRYPTED");
  }
  if (options.pace.take(jid) !== "ok") throw new DxError("DX_TOO_FAST");
  await options.person(jid, person, taken.said);
  taken.done();
  return true;
}

/** `alice%pod.example@`: taken, and answered once from the address that is to be used. */
async function receiveForOther(
  options: ChatOptions,
  notice: Notify,
  message: Incoming,
): Promise<void> {
  const person = typedPerson(message);
  if (person === null) throw new DxError("DX_JID_MALFORMED");
  if (!(await receiveForPerson(options, notice, message, person))) return;
  const jid = message.from.bare;
  if (!(await options.ports.claimNotice(jid, `chat:address:${person}`))) return;
  const from = virtualJid(person, options.domain);
  await sendAll(options, { from, to: jid, text: `My address here is ${from}.` });
}

/** An ID that no address can be made of is none. */
function typedPerson({ to }: Incoming): DiasporaId | null {
  const local = localOf(to.jid) ?? "";
  const id = local.includes("%") ? parseTypedId(local) : null;
  return id !== null && hasVirtualJid(id) ? id : null;
}

/** RFC 6120 §8.3.3.14: the address that is to be used. */
async function redirect(options: ChatOptions, presence: Incoming): Promise<void> {
  const person = typedPerson(presence);
  if (person === null) return;
  const { from, to, id } = presence.stanza.attrs;
  const address = jidUri(virtualJid(person, options.domain));
  const error = el("error", { type: "modify" }, el("redirect", { xmlns: NS_STANZAS }, address));
  await options.send(el("presence", { type: "error", from: to, to: from, id }, error));
}
