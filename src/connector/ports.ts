/** What the collector of people's own nodes needs from the rest of the daemon. main.ts fits it in. */
import type { Note } from "../activitystreams/activity.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type { KnownPeople } from "../activitystreams/typed-mentions.ts";

/**
 * By which way events of a node come: to the JID that subscribed, or to the resource that sent
 * caps (XEP-0163 §4).
 */
export type EventWay = "subscription" | "presence";

/** How a registered person's node is collected. */
export interface FeedState {
  readonly personKey: string;
  readonly jid: Jid;
  readonly subscribed: boolean;
  readonly baseline: boolean;
  /** When the person opted in. */
  readonly since: Date;
  readonly checks: number;
  /** Events come, and no read has found more than they brought. */
  readonly delivers: boolean;
  /** How they were last seen to come; null: not seen yet, or not any more. */
  readonly way: EventWay | null;
  /** The stream was up all the time since the last look. */
  readonly watching: boolean;
  /** The last comparison with what is known was a day ago. */
  readonly auditDue: boolean;
  /** Only a few items are known to be in the node. */
  readonly few: boolean;
}

/** A node of somebody's pubsub service. */
export interface NodePlace {
  readonly service: Jid;
  readonly node: string;
}

export interface ItemReading {
  readonly note: Note | null;
  readonly via: {
    readonly uri: string;
    readonly item: { readonly jid: Jid; readonly node: string; readonly itemId: string } | null;
    /** A copy of it; else own words about it. */
    readonly repeats: boolean;
  } | null;
  readonly comments: NodePlace | null;
  readonly audience: "node" | readonly DiasporaId[];
}

export interface FeedItem {
  readonly jid: Jid;
  readonly node: string;
  readonly itemId: string;
  readonly hash: string;
  readonly published: Date | null;
  readonly fresh: boolean;
  readonly baselineDone: boolean;
  readonly optedIn: Date;
  readonly readableByStranger: boolean;
  /** Whether the person's server shows it to this one of the federation. */
  readonly shows: (id: DiasporaId) => Promise<boolean>;
  readonly reading: (guid: Guid, photoGuid: (source: string) => Guid) => ItemReading | null;
}

export interface FeedCheck {
  /** The stream was up all the time. */
  readonly watched: boolean;
  readonly subscribed: boolean;
  readonly baseline: boolean;
  /** A read found what an event should have brought. */
  readonly missed: boolean;
  /** The newest items were compared with what is known. */
  readonly audited: boolean;
  readonly nextCheckAt: Date;
}

/** An item that may be gone from its node; see src/store/collected-doubts.ts. */
export interface Doubt {
  readonly personKey: string;
  readonly jid: Jid;
  readonly node: string;
  readonly itemId: string;
  readonly reason: "retract" | "missing" | "purge";
}

/** A node of which a person's posts are known. */
export interface FeedNode {
  readonly personKey: string;
  readonly node: string;
}

export interface FeedPorts {
  /** null for everybody who has not opted in. */
  feedOf(jid: Jid): Promise<FeedState | null>;
  /** Due ones, taken: not due again for a minute. */
  claimDueFeeds(limit: number): Promise<FeedState[]>;
  allFeedsDue(): Promise<void>;
  /** `lost`: the subscription may be, with the node or by its new access model. */
  feedDue(personKey: string, lost?: boolean): Promise<void>;
  /** Its owner has just written. */
  feedTouched(personKey: string): Promise<void>;
  feedChecked(personKey: string, check: FeedCheck): Promise<void>;
  /** True when it was not known that they come by this way. */
  feedDelivered(personKey: string, way: EventWay): Promise<boolean>;
  /** What the canary found. True when the node has just been closed. */
  feedReadable(personKey: string, readable: boolean): Promise<boolean>;
  /** Those that were ever seen, with the hash of what was seen. */
  seenItems(
    personKey: string,
    node: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly hash: string; readonly state: string }>>;
  /** The GUID that a post has or would have. */
  guidOf(jid: Jid, node: string, itemId: string): Guid;
  /** Of the people whom an entry names, those who are known. */
  knownPeople(named: {
    readonly ids: readonly DiasporaId[];
    readonly jids: readonly Jid[];
  }): Promise<KnownPeople>;
  publish(item: FeedItem): Promise<string>;
  /** Surely gone, by its owner's will. */
  retract(item: {
    readonly jid: Jid;
    readonly node: string;
    readonly itemId: string;
  }): Promise<unknown>;
  watchComments(personKey: string, postGuid: Guid, place: NodePlace): Promise<void>;
  /** In a chat, from the bridge itself. */
  tell(jid: Jid, text: string): Promise<void>;
  doubts: DoubtPorts;
}

interface ItemKey extends FeedNode {
  readonly itemId: string;
}

export interface DoubtPorts {
  /** In this order they lie in the node just now, the oldest first. */
  placeItems(feed: FeedNode, found: readonly string[]): Promise<void>;
  doubtItems(
    feed: FeedNode,
    ids: readonly string[],
    reason: Doubt["reason"],
    lookAt: Date,
  ): Promise<void>;
  /** `found`: those that the last look found which found any. null: its owner is asked first. */
  doubtAll(feed: FeedNode, how: "said" | "found", lookAt: Date | null): Promise<void>;
  confirmPurge(jid: Jid, lookAt: Date): Promise<number>;
  /** Due ones, taken: not due again for a minute. */
  claimDoubts(limit: number): Promise<Doubt[]>;
  /** As it is now. */
  surroundingsOf(key: ItemKey): Promise<{
    /** Something was published in the node, five seconds before at most, and may have pushed it out. */
    readonly pushed: boolean;
    /** It was new, and nothing has come since a look found it. */
    readonly untouched: boolean;
    /** What was there before it and should be there still, the latest first. */
    readonly older: readonly string[];
  }>;
  settleDoubt(key: ItemKey, isGone: boolean): Promise<void>;
  /** Those that a read of the newest items should have brought; `fresh`: its author is still at it. */
  missingItems(
    feed: FeedNode,
    found: readonly string[],
  ): Promise<readonly { readonly id: string; readonly fresh: boolean }[]>;
  presentItems(
    feed: FeedNode,
    how: "said" | "found",
  ): Promise<{
    /** Of the federation, and taken to be in the node. */
    readonly posts: number;
    readonly fresh: boolean;
    /** Those about which their owner has been asked. */
    readonly asked: number;
  }>;
}
