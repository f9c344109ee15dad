/**
 * Mentions as they stand in a Markdown text: `@{Name; user@host}` or `@{user@host}`
 * (diaspora-protocol.md §14; diaspora*: lib/diaspora/mentionable.rb).
 */
import { parseDiasporaId, type DiasporaId } from "./ids.ts";

/** A person whom a text names. */
export interface Mention {
  readonly id: DiasporaId;
  /** As its writer calls the person. */
  readonly name?: string;
}

// Every repetition is bounded, so that hostile text costs time linear in its length.
const MENTION_SOURCE = "@\\{(?:([^{};]{1,255}); )?([^{} ]{1,255})\\}";
const MENTION = new RegExp(MENTION_SOURCE, "g");
const MENTION_HERE = new RegExp(MENTION_SOURCE, "y");

/** Each person once, in the order of the text, at most as many as asked for. */
export function mentionsIn(markdown: string, maximum = 100): Mention[] {
  const found = new Map<DiasporaId, Mention>();
  for (const [, name = "", address = ""] of markdown.matchAll(MENTION)) {
    if (found.size >= maximum) break;
    const id = parseDiasporaId(address);
    if (id === null || found.has(id)) continue;
    found.set(id, name.trim() === "" ? { id } : { id, name: name.trim() });
  }
  return [...found.values()];
}

/** What stands at this place of the text: its length, whom it names, what a reader sees. */
export interface MentionHere {
  readonly length: number;
  /** null: nobody of the federation can be called so. */
  readonly id: DiasporaId | null;
  readonly shown: string;
}

export function mentionAt(text: string, at: number): MentionHere | null {
  MENTION_HERE.lastIndex = at;
  const [whole, name, address = ""] = MENTION_HERE.exec(text) ?? [];
  if (whole === undefined) return null;
  return {
    length: whole.length,
    id: parseDiasporaId(address),
    shown: `@${name ?? address}`,
  };
}

/** A name keeps what may stand inside one; no reader takes `;`, `{` or `}`. */
export function writeMention({ id, name = "" }: Mention): string {
  const plain = name.replace(/[\s;{}]+/gu, " ").trim();
  // No more than what is read: a longer name would make a text of it that nobody links.
  const short = [...plain].slice(0, 100).join("").trim();
  return short === "" ? `@{${id}}` : `@{${short}; ${id}}`;
}

/** Mentions as a reader writes them: `@Name`, or the address where there is no name. */
export function plainMentions(markdown: string): string {
  return markdown.replace(MENTION, (_, name: string | undefined, id: string) => `@${name ?? id}`);
}
