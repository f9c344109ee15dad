/** What people did, as plain text for a chat: every word, every address, and where to see it. */
import { isAbout, type Note, type PostActivity } from "../activitystreams/activity.ts";
import { markdownToChat } from "../activitystreams/readable.ts";
import type { Seen, SeenAttachment, SeenPost, SeenReply } from "../activitystreams/stream.ts";
import { codePoints, cutWithSuffix } from "../activitystreams/words.ts";
import { safeUrl } from "../activitystreams/xhtml.ts";
import { stripIllegal } from "../xml/serialise.ts";
import { visibleMarkdown } from "./post-content.ts";
import { goneWords, sharedMarkdown } from "./share-entry.ts";

export interface ChatContext {
  /** Code points. */
  readonly maxLength: number;
  /** It says first who did it: where the message does not come from that person. */
  readonly withAuthor: boolean;
  /** Of the poll or the event that was answered, where it is known. */
  readonly about?: Pick<Note, "question" | "event">;
}

const EMPTY = "…";

export function chatTextOf(
  seen: SeenPost | SeenReply | SeenAttachment,
  context: ChatContext,
): string {
  const { words, url } = wordsOf(seen, context);
  const name = seen.author.name.trim();
  const by = context.withAuthor ? `${name === "" ? seen.author.diasporaId : name}: ` : "";
  const link = safeUrl(url);
  const end = link === null || words.includes(link) ? "" : `\n\n${link}`;
  const text = stripIllegal(`${by}${words === "" ? EMPTY : words}`);
  // What is cut ends with the address of the whole, even if it stood in what is gone.
  const suffix = link === null ? "" : `\n\n${link}`;
  if (codePoints(text) + codePoints(end) <= context.maxLength) return text + end;
  return cutWithSuffix(text, context.maxLength, suffix);
}

interface Said {
  readonly words: string;
  /** Where the whole of it is found in a browser. */
  readonly url?: string | undefined;
}

function wordsOf(
  { activity, root = null }: SeenPost | SeenReply | SeenAttachment,
  context: ChatContext,
): Said {
  if (isAbout(activity, "note")) return noteWords(activity);
  if (isAbout(activity, "comment")) return { words: markdownToChat(activity.object.markdown) };
  if (isAbout(activity, "share")) {
    return root === null ? { words: markdownToChat(goneWords(activity.object)) } : shared(root);
  }
  if (isAbout(activity, "vote")) return { words: voteWords(activity.object.answer, context) };
  if (isAbout(activity, "attendance")) return { words: attendanceWords(activity.verb, context) };
  return { words: activity.verb === "like" ? "♥" : "👎" };
}

function noteWords({ object }: PostActivity): Said {
  const words = markdownToChat(visibleMarkdown(object));
  return { words: [words, ...partsOf(object)].join("\n\n").trim(), url: object.url };
}

function shared(root: Seen<PostActivity>): Said {
  const { object } = root.activity;
  const words = markdownToChat(sharedMarkdown(root, visibleMarkdown(object)));
  return { words: [words, ...partsOf(object)].join("\n\n"), url: object.url };
}

/** Pictures in lines of their own: clients show them then. */
function partsOf({ markdown, photos, location, question }: Note): string[] {
  const pictures = photos.flatMap(({ url, text = "" }) => {
    const address = safeUrl(url);
    if (address === null || markdown.includes(address)) return [];
    return [text.trim() === "" ? address : `${text.trim()}\n${address}`];
  });
  return [
    ...pictures,
    ...(location === undefined ? [] : [`📍 ${location.address}`]),
    ...(question === undefined ? [] : ["To vote, answer with !vote and the number."]),
  ];
}

function voteWords(answer: string, { about }: ChatContext): string {
  const text = about?.question?.answers.find(({ guid }) => guid === answer)?.text;
  return text === undefined ? "voted." : `voted for “${text}”.`;
}

function attendanceWords(
  verb: Extract<SeenAttachment["activity"], { object: { type: "attendance" } }>["verb"],
  { about }: ChatContext,
): string {
  const does = {
    "rsvp-yes": "will come",
    "rsvp-no": "will not come",
    "rsvp-maybe": "may come",
  }[verb];
  const summary = about?.event?.summary;
  return summary === undefined ? `${does}.` : `${does} to “${summary}”.`;
}
