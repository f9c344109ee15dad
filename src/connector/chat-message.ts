/**
 * A message of a chat client as what it says: words, perhaps about or in place of others, a
 * reaction, a retraction, or nothing that anybody is to be told. Pure.
 */
import { NS_PUBSUB_EVENT } from "../pep/namespaces.ts";
import {
  child,
  childElements,
  childrenNamed,
  childText,
  textOf,
  type XmlElement,
} from "../xml/element.ts";
import { withoutFallback } from "./chat-fallback.ts";
import {
  NS_CARBONS,
  NS_CONFERENCE,
  NS_CORRECT,
  NS_FASTEN,
  NS_FORWARD,
  NS_MUC_USER,
  NS_OOB,
  NS_REACTIONS,
  NS_RECEIPTS,
  NS_REPLY,
  NS_RETRACT,
  NS_RETRACT_OLD,
} from "./chat-namespaces.ts";

export interface Words {
  readonly kind: "words";
  /** null where the client gives none: then it can neither be corrected nor taken back. */
  readonly id: string | null;
  /** Without what is there for clients that know no replies. */
  readonly body: string;
  /** XEP-0461: the message that it answers. */
  readonly replyTo: string | null;
  /** XEP-0308: the message that it stands for. */
  readonly replaces: string | null;
  readonly thread: string | null;
  readonly subject: string | null;
  /** XEP-0066: a file that was uploaded. */
  readonly file: string | null;
  /** XEP-0184: its arrival is to be told. */
  readonly receipt: boolean;
}

export type Said =
  | Words
  | { readonly kind: "reactions"; readonly to: string; readonly reactions: readonly string[] }
  | { readonly kind: "retraction"; readonly of: string }
  | { readonly kind: "encrypted" }
  /** Chat states, markers, receipts, copies of others' messages, invitations, empty ones. */
  | { readonly kind: "nothing" };

const NOTHING: Said = { kind: "nothing" };

export function readChat(message: XmlElement): Said {
  if (isNoChat(message)) return NOTHING;
  if (isEncrypted(message)) return { kind: "encrypted" };
  return readReactions(message) ?? readRetraction(message) ?? readWords(message) ?? NOTHING;
}

/** Pitfalls 43 and 44: copies and wrapped stanzas are nobody's words to us, nor are rooms'. */
const NO_CHAT: readonly (readonly [string, string])[] = [
  ["sent", NS_CARBONS],
  ["received", NS_CARBONS],
  ["forwarded", NS_FORWARD],
  ["event", NS_PUBSUB_EVENT],
  ["x", NS_MUC_USER],
  ["x", NS_CONFERENCE],
];

function isNoChat(message: XmlElement): boolean {
  return (
    NO_CHAT.some(([name, ns]) => child(message, name, ns) !== undefined) ||
    // XEP-0356, in each of its versions.
    childElements(message).some(({ local, ns }) => local === "privilege" && ns !== "")
  );
}

/** XEP-0384 before and after its version 0.4, XEP-0373, XEP-0027. */
const ENCRYPTED: readonly (readonly [string, string])[] = [
  ["encrypted", "eu.siacs.conversations.axolotl"],
  ["encrypted", "urn:xmpp:omemo:2"],
  ["openpgp", "urn:xmpp:openpgp:0"],
  ["x", "jabber:x:encrypted"],
];

function isEncrypted(message: XmlElement): boolean {
  for (const [name, ns] of ENCRYPTED) {
    const found = child(message, name, ns);
    // OMEMO without a payload only moves keys about.
    if (found !== undefined) return name !== "encrypted" || child(found, "payload") !== undefined;
  }
  // An encrypted file is sent as its address, with the key behind it.
  return /^aesgcm:\/\//i.test(childText(message, "body") ?? "");
}

/** XEP-0444 §3.1: all reactions of this person to the message, none when they took them back. */
function readReactions(message: XmlElement): Said | null {
  const reactions = child(message, "reactions", NS_REACTIONS);
  const to = reactions?.attrs["id"] ?? "";
  if (reactions === undefined || to === "") return null;
  return {
    kind: "reactions",
    to,
    reactions: childrenNamed(reactions, "reaction", NS_REACTIONS).map((one) => textOf(one).trim()),
  };
}

function readRetraction(message: XmlElement): Said | null {
  const of = child(message, "retract", NS_RETRACT)?.attrs["id"] ?? oldRetraction(message) ?? "";
  return of === "" ? null : { kind: "retraction", of };
}

// COMPAT(XEP-0424 before 0.4): Gajim before 1.9 and others write it inside `<apply-to/>`.
function oldRetraction(message: XmlElement): string | undefined {
  const apply = child(message, "apply-to", NS_FASTEN);
  return child(apply, "retract", NS_RETRACT_OLD) === undefined ? undefined : apply?.attrs["id"];
}

function readWords(message: XmlElement): Words | null {
  const replyTo = child(message, "reply", NS_REPLY)?.attrs["id"];
  const file = fileOf(message);
  const text = childText(message, "body") ?? "";
  const body = (replyTo === undefined ? text : withoutFallback(message, text, NS_REPLY)).trim();
  if (body === "" && file === null) return null;
  return {
    kind: "words",
    id: given(message.attrs["id"]),
    body,
    replyTo: given(replyTo),
    replaces: given(child(message, "replace", NS_CORRECT)?.attrs["id"]),
    thread: given(childText(message, "thread")),
    subject: given(childText(message, "subject")),
    file,
    receipt: child(message, "request", NS_RECEIPTS) !== undefined,
  };
}

function fileOf(message: XmlElement): string | null {
  const url = given(childText(child(message, "x", NS_OOB), "url"));
  return url !== null && /^https?:\/\//i.test(url) ? url : null;
}

/** Longer than this is no id or thread that anybody made; the store's index takes little more. */
const MAX_NAME = 1_023;

function given(text: string | undefined): string | null {
  const name = text?.trim() ?? "";
  return name === "" || Buffer.byteLength(name) > MAX_NAME ? null : name;
}
