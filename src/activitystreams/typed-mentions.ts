/**
 * People whom a text names as its writer typed them: `@alice@pod.example`, or a link to a JID.
 * Only somebody who is known becomes a mention; whoever asks decides who that is.
 */
import { bareJid, type DiasporaId, type Jid } from "./ids.ts";
import { writeMention, type Mention } from "./mentions.ts";
import { parseTypedId } from "./virtual-jid.ts";

/** Each answers null for nobody that is known. */
export interface KnownPeople {
  byId(id: DiasporaId): Mention | null;
  byJid(jid: Jid): Mention | null;
}

export const NOBODY: KnownPeople = { byId: () => null, byJid: () => null };

/** No more are looked for in one text. */
const MAX_PEOPLE = 10;

/**
 * Code, links and mentions that are written already, in which nothing is looked for; then what
 * is. Every repetition is bounded, and none begins inside another.
 */
const TYPED = new RegExp(
  [
    "```[^]*?(?:```|$)",
    "`[^`\\n]{1,1000}`",
    "\\[([^\\[\\]\\n]{0,300})\\]\\(<?xmpp:([^\\s?#()<>]{1,600})>?\\)",
    "\\[[^\\[\\]\\n]{0,300}\\]\\([^()\\s]{0,2048}\\)",
    "@\\{[^{}]{1,520}\\}",
    "(?:https?|xmpp|mailto):[^\\s<>]{1,2048}",
    "(?<![\\p{L}\\p{N}_.@/-])@([a-z0-9._-]{1,200}@[\\p{L}\\p{N}.-]{1,200}[\\p{L}\\p{N}](?::\\d{1,5})?)",
  ].join("|"),
  "giu",
);

/** Whom a text may name, each once. */
export function typedPeople(markdown: string): { ids: DiasporaId[]; jids: Jid[] } {
  const ids = new Set<DiasporaId>();
  const jids = new Set<Jid>();
  for (const [, , address, typed] of markdown.matchAll(TYPED)) {
    if (ids.size + jids.size >= MAX_PEOPLE) break;
    const id = typed === undefined ? null : parseTypedId(typed);
    const jid = address === undefined ? null : linkedJid(address);
    if (id !== null) ids.add(id);
    if (jid !== null) jids.add(jid);
  }
  return { ids: [...ids], jids: [...jids] };
}

/** With mentions of those who are known; the others stay as they were typed. */
export function linkTypedPeople(markdown: string, known: KnownPeople): string {
  return markdown.replace(
    TYPED,
    (whole: string, words?: string, address?: string, typed?: string): string => {
      const id = typed === undefined ? null : parseTypedId(typed);
      if (id !== null) return mention(known.byId(id)) ?? whole;
      const jid = address === undefined ? null : linkedJid(address);
      return (jid === null ? null : mention(known.byJid(jid), words)) ?? whole;
    },
  );
}

/** As the writer calls the person, or as everybody does. */
export function mention(person: Mention | null, words = ""): string | null {
  if (person === null) return null;
  const name = words
    .replace(/\\(?=[^\p{L}\p{N}\s])/gu, "")
    .replace(/^@/, "")
    .trim();
  return writeMention(name === "" || name.includes("@") ? person : { id: person.id, name });
}

/** Of the address behind `xmpp:`. */
export function linkedJid(address: string): Jid | null {
  try {
    return bareJid(decodeURIComponent(address));
  } catch {
    return bareJid(address);
  }
}
