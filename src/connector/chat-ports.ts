/** What chats need from the rest of the daemon, which fits it in. */
import type { Acts } from "../activitystreams/acts.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";

/** Something that a person was shown in a chat, or could have been. */
export interface Shown {
  readonly guid: Guid;
  /** As it was shown. */
  readonly text: string;
  /** It asks a question. */
  readonly isPoll: boolean;
}

/** Where a private message belongs. */
export interface Letter {
  readonly conversation: Guid;
  /** Somebody of the federation who takes part. */
  readonly person: DiasporaId;
}

export interface ChatPorts {
  isRegistered(jid: Jid): Promise<boolean>;
  readonly acts: Pick<Acts, "comment" | "like" | "unlike" | "vote" | "edit" | "retract" | "send">;
  /** What a message of this person's client became. */
  saidAs(jid: Jid, messageId: string): Promise<Guid | null>;
  /** null for what is not there, or not for this person. */
  kindOf(jid: Jid, guid: Guid): Promise<"post" | "comment" | "message" | null>;
  /**
   * The newest first: what this virtual person posted, and what was said below it, that the
   * reader may see. Of everybody whom they read where no person is named, what came last first. A
   * few dozen.
   */
  recent(jid: Jid, person: DiasporaId | null): Promise<readonly Shown[]>;
  /** The newest first: what was said below the reader's own posts, by whomever. */
  recentBelow(jid: Jid): Promise<readonly Shown[]>;
  /** null for what is no private message, or not this person's. */
  letterOf(jid: Jid, guid: Guid): Promise<Letter | null>;
  /**
   * What the two have written to each other in private, the newest first; where no person is named,
   * all of everybody in whose conversations the reader takes part.
   */
  letters(
    jid: Jid,
    person: DiasporaId | null,
  ): Promise<readonly (Letter & { readonly text: string })[]>;
  /** The conversation of which the reader's client calls this the thread. */
  letterIn(jid: Jid, thread: string): Promise<Letter | null>;
  /** True for the first caller of this purpose only. */
  claimNotice(jid: Jid, purpose: string): Promise<boolean>;
  /** Words typed in a chat as Markdown. */
  markdownOf(text: string): string;
}
