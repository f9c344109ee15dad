/** How the middle shows what it keeps: somebody's fact, and a page of a stream of them. */
import type {
  Activity,
  AttendanceActivity,
  CommentActivity,
  OpinionActivity,
  PostActivity,
  ShareActivity,
  VoteActivity,
} from "./activity.ts";
import type { Guid } from "./ids.ts";
import type { LocalPerson, RemotePerson } from "./person.ts";

/** A fact with who said it. */
export interface Seen<A extends Activity = Activity> {
  readonly activity: A;
  readonly author: LocalPerson | RemotePerson;
  /** How its item is called: its GUID, or the name that its author's XMPP client gave it. */
  readonly itemId: string;
  /** Of a share: the post that was passed on; null when it is gone or not known here. */
  readonly root?: Seen<PostActivity> | null;
  /** Of a post or share: how many comments stand below it, where that is known. */
  readonly comments?: number;
}

/** What stands in a person's stream. */
export type SeenPost = Seen<PostActivity> | Seen<ShareActivity>;
/** What stands in the comments node of a post; a like of the post itself is one of them. */
export type SeenReply = Seen<CommentActivity> | Seen<OpinionActivity>;
/** What people attach to a post or a comment: each person's likes, votes, answers. */
export type SeenAttachment = Seen<OpinionActivity | VoteActivity | AttendanceActivity>;

/**
 * A page of a stream (XEP-0059). The stream begins with the newest: index 0 is the newest,
 * `after` asks for what is older.
 */
export interface PageQuery {
  /** At most so many, at least 0. */
  readonly max: number;
  /** Only these items, by their `itemId`; nothing below counts then. */
  readonly ids?: readonly string[];
  /** What follows this item: older. */
  readonly after?: string;
  /** What stands before this item: newer, those next to it. null: the last page, the oldest. */
  readonly before?: string | null;
  /** From the so-manieth on. */
  readonly index?: number;
  /** XEP-0413: when it was first said, or last changed. */
  readonly order: "creation" | "modification";
  /** false: nobody asks for `count` and `index`, which may be 0 then. */
  readonly counted?: boolean;
}

/** What was found of a {@link PageQuery}. */
export interface Page<T> {
  /** Newest first. */
  readonly items: readonly T[];
  /** Of the first of them in the whole stream, 0 when there is none. */
  readonly index: number;
  /** Of the whole stream, as this reader may see it. */
  readonly count: number;
}

/** The post above a comment, a like or a vote, for those who show it. */
export interface Above {
  readonly guid: Guid;
  readonly author: LocalPerson | RemotePerson;
  readonly audience: Activity["audience"];
  /** How its author's XMPP client called its item, when it is on the XMPP side. */
  readonly itemId?: string;
  /** The beginning of its words, where it is known. */
  readonly words?: string;
  /** Where its author's client keeps the comments (XEP-0277), when it is on the XMPP side. */
  readonly comments: { readonly service: string; readonly node: string } | null;
}
