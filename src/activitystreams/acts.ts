/**
 * What a person on the XMPP side wants done, whatever client or command they say it with. A
 * repeat of the same act, told by its `key`, changes nothing.
 */
import type { AttendanceActivity } from "./activity.ts";
import type { DiasporaId, Guid, Jid } from "./ids.ts";

interface Act {
  /** Who: the stanza's own `from`, bare. */
  readonly jid: Jid;
}

export interface CommentAct extends Act {
  /** The post, or a comment below it. */
  readonly about: Guid;
  readonly markdown: string;
  /** Node and item, or the id of the chat message with a hash of its words. */
  readonly key: string;
  /** How the item is called in the comments node; the GUID when absent. */
  readonly itemId?: string;
  /** Of the chat message: for its correction and retraction. */
  readonly messageId?: string;
  readonly published?: Date;
}

/** Of a post or a comment. Liking again changes nothing. */
export interface LikeAct extends Act {
  readonly about: Guid;
  /** Of a ♥ in the comments node. */
  readonly itemId?: string;
}

export interface VoteAct extends Act {
  /** The post with the question. */
  readonly post: Guid;
  /** The answer's GUID, or its number, from 1 on. */
  readonly answer: Guid | number;
}

export interface AttendAct extends Act {
  /** The post with the event. */
  readonly post: Guid;
  readonly verb: AttendanceActivity["verb"];
}

export interface ShareAct extends Act {
  readonly root: Guid;
}

/** Of something of one's own, or of a comment below a post of one's own. */
export interface RetractAct extends Act {
  readonly guid: Guid;
}

export interface EditAct extends Act {
  readonly guid: Guid;
  readonly markdown: string;
}

/** Written by a command, for a person whose own server cannot hold it, or by their wish. */
export interface PostAct extends Act {
  readonly markdown: string;
  /** `limited`: to the person's contacts. */
  readonly audience: "public" | "limited";
  readonly key: string;
}

/** A private message. */
export interface SendAct extends Act {
  readonly to: DiasporaId;
  readonly markdown: string;
  readonly subject: string | null;
  readonly thread: string | null;
  /** That of the message which it answers, whatever its thread is. */
  readonly conversation?: Guid;
  readonly messageId: string | null;
  /** Its client wants to hear when it has arrived (XEP-0184). */
  readonly receipt?: boolean;
  readonly key: string;
}

/** Each throws a DxError that says what to do; where something is made, its GUID is returned. */
export interface Acts {
  comment(act: CommentAct): Promise<Guid>;
  like(act: LikeAct): Promise<Guid>;
  unlike(act: LikeAct): Promise<void>;
  vote(act: VoteAct): Promise<Guid>;
  attend(act: AttendAct): Promise<Guid>;
  share(act: ShareAct): Promise<Guid>;
  retract(act: RetractAct): Promise<void>;
  edit(act: EditAct): Promise<void>;
  post(act: PostAct): Promise<Guid>;
  send(act: SendAct): Promise<Guid>;
}
