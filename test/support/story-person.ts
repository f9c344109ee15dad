/** Who acts in a story, whichever network they live in, and what they say there. */
import type { CommentsNode } from "./e2e-social.ts";

export type SaidKind =
  "post" | "reshare" | "comment" | "like" | "vote" | "attendance" | "conversation" | "message";

/** Something that somebody says, as everybody who hears of it knows it. */
export interface Said {
  readonly kind: SaidKind;
  readonly by: Someone;
  /** The words; "" where there are none. */
  readonly text: string;
  /** The federation's name for it; "" until somebody who is told it has seen it. */
  guid: string;
  /** As the author's own client calls it; "" where there is none. */
  readonly itemId: string;
  /** What it is about; null for a post. */
  readonly about: Said | null;
  /** Where the author's client keeps the comments; null on pods. */
  readonly comments: CommentsNode | null;
  /** Of a conversation: everybody in it. */
  readonly others: readonly Someone[];
  /** GUIDs of its poll's question and answers, and of its event; found like `guid`. */
  readonly parts: { question: string; answers: string[]; event: string };
}

/** The post at the top: its author passes on what is said below it. */
export function topOf(said: Said): Said {
  const { about } = said;
  return about === null || said.kind === "reshare" ? said : topOf(about);
}

export function newSaid(
  said: Pick<Said, "kind" | "by"> & Partial<Omit<Said, "kind" | "by" | "parts">>,
): Said {
  return {
    text: "",
    guid: "",
    itemId: "",
    about: null,
    comments: null,
    others: [],
    parts: { question: "", answers: [], event: "" },
    ...said,
  };
}

export function guidOf({ guid, text, kind }: Said): string {
  if (guid === "") throw new Error(`nobody has seen the ${kind} "${text}" yet`);
  return guid;
}

export type Answer = "yes" | "no" | "maybe";

export interface Someone {
  readonly name: string;
  /** diaspora* ID. */
  readonly id: string;
  sharesWith(other: Someone): Promise<void>;
  stopsSharingWith(other: Someone): Promise<void>;
  blocks(other: Someone): Promise<void>;
  posts(text: string): Promise<Said>;
  /** For one person alone. */
  postsTo(reader: Someone, text: string): Promise<Said>;
  asks(text: string, answers: readonly string[]): Promise<Said>;
  invites(text: string): Promise<Said>;
  mentions(other: Someone, text: string): Promise<Said>;
  comments(about: Said, text: string): Promise<Said>;
  likes(about: Said): Promise<Said>;
  reshares(root: Said): Promise<Said>;
  /** For the first answer. */
  votes(about: Said): Promise<Said>;
  comes(about: Said, answer: Answer): Promise<Said>;
  /** The first message of a conversation. */
  writesTo(others: readonly Someone[], text: string): Promise<Said>;
  answers(conversation: Said, text: string): Promise<Said>;
  takesBack(said: Said): Promise<void>;
  /** A new profile; of a pod only those hear who are named. */
  isNow(name: string, friends: readonly Someone[]): Promise<void>;
  leaves(): Promise<void>;
  /** How often something reached this person up to now. */
  timesSeen(said: Said): Promise<number>;
  /** Resolves when it is there; whose pod it is passes on what others say below a post of theirs. */
  sees(said: Said): Promise<void>;
  seesGone(said: Said): Promise<void>;
  /** How often this person was told that somebody shares. */
  timesAskedBy(other: Someone): Promise<number>;
  seesSharing(other: Someone): Promise<void>;
  seesNoSharing(other: Someone): Promise<void>;
  seesName(other: Someone, name: string): Promise<void>;
  seesMove(from: Someone, to: Someone): Promise<void>;
  seesLeft(other: Someone): Promise<void>;
}
