/** An item of a comments node (XEP-0277): a comment, a like as Movim writes them, or a vote. */
import type { Comment } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { NOBODY, type KnownPeople } from "../activitystreams/typed-mentions.ts";
import { wordsOf } from "./entry-words.ts";
import type { Entry } from "./entry.ts";
import { voteIn } from "./poll-form.ts";

/** Movim's heart, and what others type for it; without the selector of its form and of a skin. */
const LIKES = new Set(["♥", "❤", "👍"]);
const SELECTORS = /[\ufe0e\ufe0f\u{1f3fb}-\u{1f3ff}]/gu;

export function isLikeWord(text: string): boolean {
  return LIKES.has(text.trim().replace(SELECTORS, ""));
}

/** Nothing but a sign of liking; or ActivityStreams 1.0's verb. */
export function isLikeEntry(entry: Entry): boolean {
  if (entry.verb === "like") return true;
  const said = [entry.titleText, plainBody(entry)].filter((text) => text !== "");
  return said.length > 0 && said.every(isLikeWord);
}

/** `!vote 2`: the number of the answer; null when it is none. */
export function voteInEntry(entry: Entry): number | null {
  const body = plainBody(entry);
  return voteIn(body === "" ? entry.titleText : body);
}

/** null when it says nothing. A like and a vote are comments too, for whoever does not ask. */
export function commentFromEntry(
  entry: Entry,
  guid: Guid,
  inReplyTo: Guid,
  known: KnownPeople = NOBODY,
): Comment | null {
  const hasBody = entry.xhtml !== null || entry.text !== "";
  // Where there is nothing but a title, its lines are those of the comment.
  const whole = hasBody ? entry : { ...entry, title: "", text: entry.titleText };
  const markdown = wordsOf(whole, known, (text) => ({ text, others: entry.enclosures }));
  return markdown === "" ? null : { type: "comment", guid, markdown, inReplyTo };
}

function plainBody(entry: Entry): string {
  return entry.text === "" ? wordsOf({ ...entry, title: "" }, NOBODY, plain) : entry.text;
}

function plain(text: string): { readonly text: string; readonly others: [] } {
  return { text, others: [] };
}
