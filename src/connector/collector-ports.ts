/** What the collector of comments and of what people tell of themselves needs. main.ts fits it in. */
import type { Guid, Jid } from "../activitystreams/ids.ts";
import type { FeedState, NodePlace } from "./ports.ts";

/** A node in which the client of a local author keeps the comments of a post. */
export interface CommentNode extends NodePlace {
  readonly postGuid: Guid;
  readonly subscribed: boolean;
  /** Events have come, and no read has found more than they brought. */
  readonly delivers: boolean;
  readonly checks: number;
}

export interface CommentItem {
  /** Who published it, by the word of a service that can know. */
  readonly jid: Jid;
  readonly postGuid: Guid;
  readonly itemId: string;
  readonly published?: Date;
  readonly reading: {
    readonly markdown: string;
    readonly isLike: boolean;
    /** The number of an answer. */
    readonly vote: number | null;
  };
}

/** A comment that may be gone from its node. */
export interface CommentDoubt extends NodePlace {
  readonly itemId: string;
  readonly publisher: Jid;
  readonly postGuid: Guid;
  /** Something has come that may have pushed it out of a full node. */
  readonly pushed: boolean;
  /** What the same publisher said before it and should be there still, the latest first. */
  readonly older: readonly string[];
}

export interface PlacedBelow {
  readonly author: Jid;
  readonly pushed: boolean;
  readonly older: readonly string[];
}

export interface CommentPorts {
  feedOf(jid: Jid): Promise<Pick<FeedState, "since"> | null>;
  commentNode(place: NodePlace): Promise<CommentNode | null>;
  /** Due ones, taken: not due again for a minute. None of these services. */
  claimDueCommentNodes(limit: number, busy: readonly Jid[]): Promise<CommentNode[]>;
  /** Nothing of this service is to be looked at before. */
  putOffComments(service: Jid, until: Date): Promise<void>;
  allCommentNodesDue(): Promise<void>;
  commentNodeDue(place: NodePlace, lost: boolean): Promise<void>;
  commentNodeChecked(
    place: NodePlace,
    check: {
      readonly subscribed: boolean;
      readonly missed: boolean;
      readonly nextCheckAt: Date;
    },
  ): Promise<void>;
  commentNodeDelivered(place: NodePlace): Promise<void>;
  seenComments(
    place: NodePlace,
    ids: readonly string[],
  ): Promise<
    ReadonlyMap<string, { readonly publisher: Jid; readonly hash: string; readonly gone: boolean }>
  >;
  recordComment(
    place: NodePlace,
    item: { readonly id: string; readonly publisher: Jid; readonly hash: string },
  ): Promise<void>;
  /** `unknown`: the post is not here (yet). Throws a DxError for what the rules refuse. */
  comment(item: CommentItem): Promise<string>;
  retractComment(
    item: Pick<CommentDoubt, "postGuid" | "itemId"> & { readonly jid: Jid },
  ): Promise<unknown>;
  /**
   * What we put there for somebody from afar under this name: whose post it is below, what we put
   * there for the same person before it, the latest first, and whether something has come just now
   * that may have pushed it out. null: nothing of ours.
   */
  placedBelow(place: NodePlace, itemId: string): Promise<PlacedBelow | null>;
  doubtComments(place: NodePlace, ids: readonly string[], lookAt: Date): Promise<void>;
  missingComments(place: NodePlace, found: readonly string[]): Promise<string[]>;
  claimCommentDoubts(limit: number, busy: readonly Jid[]): Promise<CommentDoubt[]>;
  settleCommentDoubt(place: NodePlace, itemId: string, isGone: boolean): Promise<void>;
}
