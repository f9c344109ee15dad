/** What the XMPP wire needs from the rest of the daemon. main.ts fits it in. */
import type { Note } from "../activitystreams/activity.ts";
import type { Guid, Jid } from "../activitystreams/ids.ts";

/** How a registered person's node is collected. */
export interface FeedState {
  readonly personKey: string;
  readonly jid: Jid;
  readonly subscribed: boolean;
  readonly baseline: boolean;
  /** When the person opted in. */
  readonly since: Date;
  readonly checks: number;
  /** Events have arrived at some time. */
  readonly delivers: boolean;
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
  readonly note: (guid: Guid, photoGuid: (source: string) => Guid) => Note | null;
}

export interface FeedPorts {
  /** null for everybody who has not opted in. */
  feedOf(jid: Jid): Promise<FeedState | null>;
  /** Due ones, taken: not due again for a minute. */
  claimDueFeeds(limit: number): Promise<FeedState[]>;
  allFeedsDue(): Promise<void>;
  feedDue(personKey: string): Promise<void>;
  feedChecked(
    personKey: string,
    check: {
      readonly subscribed: boolean;
      readonly baseline: boolean;
      readonly nextCheckAt: Date;
    },
  ): Promise<void>;
  feedDelivered(personKey: string): Promise<void>;
  unseenItems(personKey: string, node: string, ids: readonly string[]): Promise<Set<string>>;
  publish(item: FeedItem): Promise<string>;
}
