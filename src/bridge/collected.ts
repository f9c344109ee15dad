/**
 * What the collector hands over: an item of a person's own node, with all that the rules need to
 * know of it. Its words are read here only when their GUID is known.
 */
import type { Note } from "../activitystreams/activity.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";

export interface CollectedItem {
  readonly jid: Jid;
  readonly node: string;
  readonly itemId: string;
  /** Of the payload: the same words published again are no edit. */
  readonly hash: string;
  readonly published: Date | null;
  /**
   * It came as an event that is news; not one that was sent again, and not by a read of what
   * is stored.
   */
  readonly fresh: boolean;
  /** The items that were there when the person opted in have all been recorded. */
  readonly baselineDone: boolean;
  readonly optedIn: Date;
  /** A JID that never subscribed could read the node a moment ago. */
  readonly readableByStranger: boolean;
  /** Whether the person's server shows it to this one of the federation; absent: to nobody. */
  readonly shows?: (id: DiasporaId) => Promise<boolean>;
  /** What the payload says under this GUID; null when it says nothing. */
  readonly reading: (guid: Guid, photoGuid: (source: string) => Guid) => ItemReading | null;
}

export interface ItemReading {
  /** Its pictures where they lie; null for a bare share. */
  readonly note: Note | null;
  /** What is passed on or answered (`rel=via`, the verb share, `thr:in-reply-to`). */
  readonly via: Via | null;
  /** Where its author's client keeps the comments (XEP-0277). */
  readonly comments: PubsubNode | null;
  /**
   * `node`: whoever may read the node. A list: only these people of the federation, whatever
   * the node says (osw:acl); empty when none of them is of the federation.
   */
  readonly audience: "node" | readonly DiasporaId[];
}

export interface PubsubNode {
  readonly service: string;
  readonly node: string;
}

/** Somebody's post, as an entry names it. */
export interface Via {
  /** As it stands there, for those who cannot be shown anything better. */
  readonly uri: string;
  /** The entry copies the other one (`via`, `share`), and does not answer it. */
  readonly repeats: boolean;
  /** Where it is an item of somebody's node, of a virtual person too. */
  readonly item: { readonly jid: Jid; readonly node: string; readonly itemId: string } | null;
}

/** `changed`: an edit. `shared`: it passed on somebody's post. The others are no news for pods. */
export type PublishOutcome =
  "published" | "changed" | "shared" | "withheld" | "before" | "known" | "empty" | "unknown";

/** An item that is gone from a person's own node, by its owner's will. */
export interface RetractedItem {
  readonly jid: Jid;
  readonly node: string;
  readonly itemId: string;
}
