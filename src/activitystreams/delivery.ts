/**
 * What waits to go out, as the wires see it: they take rows, say what became of them, and
 * give the destination back. Where the rows are kept is the store's business.
 */
import type { Activity, Note, PostActivity } from "./activity.ts";
import { parseGuid, type DiasporaId, type Guid, type Jid } from "./ids.ts";
import type { LocalPerson, RemotePerson } from "./person.ts";
import type { Above, Seen } from "./stream.ts";

/**
 * `stream`: whoever reads a person's posts, or below them, on the XMPP side: one row for all of
 * them, who are looked for when it goes out. `node`: a pubsub node of another XMPP service, into
 * which something is published.
 */
export type DestinationKind = "pod" | "person" | "jid" | "stream" | "node" | "inbox";

export interface Destination {
  readonly id: string;
  readonly kind: DestinationKind;
  /**
   * Pod URL; pod URL and guid of a person; bare JID; key of the person whose posts they are;
   * service and node; claimed host.
   */
  readonly address: string;
  /** Failures to reach it since it was last reached. */
  readonly attempts: number;
  /** Of a pod or a mailbox on it: nothing was heard of the pod for GIVE_UP_DAYS. */
  readonly silent?: boolean;
  /** Counts what was put there; see src/store/destinations.ts. */
  readonly wakes: string;
}

/**
 * How it shows on the XMPP side: as an event of a pubsub node, or as a chat message. For pods
 * and persons, and for what is published into a node, there is only the one way.
 */
export type DeliveryForm = "event" | "chat";

export interface ActivityContent {
  readonly type: "activity";
  readonly activityId: string;
  readonly activity: Activity;
  readonly author: LocalPerson | RemotePerson;
  /** See Seen. */
  readonly itemId: string;
  readonly root: Seen<PostActivity> | null;
  /** The post above; null when it is a post itself, or gone. */
  readonly above: Above | null;
  /**
   * Whose envelope it travels in: the author of the post above, who passes on what others
   * said there; null when the author sends it.
   */
  readonly sealer: LocalPerson | null;
  /** A relayable as its author signed it, of another pod; null when we sign it ourselves. */
  readonly relay: string | null;
  /** Of a vote, of an answer: the post that asked. */
  readonly asked?: Pick<Note, "question" | "event">;
  /** Of a private message: how the reader's own client calls the conversation. */
  readonly thread?: string;
}

/** What somebody on the XMPP side is told that is no activity of anybody. */
export type Signal =
  /** In a chat. */
  | { readonly kind: "words"; readonly text: string }
  /** XEP-0184: the pod has taken the private message with this id. */
  | { readonly kind: "receipt"; readonly messageId: string }
  /** It never will. */
  | { readonly kind: "failure"; readonly messageId: string; readonly text: string }
  | {
      readonly kind: "presence";
      readonly presence: "subscribe" | "subscribed" | "unsubscribe" | "unsubscribed";
      readonly nick?: string;
      /** XEP-0283: whose contact they were before. */
      readonly movedFrom?: DiasporaId;
    };

export type DeliveryContent =
  | ActivityContent
  /** `from`: the virtual person whose word it is; null for the bridge itself. */
  | { readonly type: "signal"; readonly from: DiasporaId | null; readonly signal: Signal };

/**
 * After so many days a pod that never answered is believed to be gone, as diaspora* does it
 * (diaspora-peers.md §4): it gets nothing more until it is heard of again.
 */
export const GIVE_UP_DAYS = 14;

/** In the ledger: that is why it did not get this. */
export const SILENT = "the pod has not answered for 14 days";

/** In the ledger: it waited for another try, and by then was not for this reader any more. */
export const WITHHELD = "this was withheld";

export interface PendingDelivery {
  readonly id: string;
  readonly destinationId: string;
  readonly attempts: number;
  /** Seconds since it was put there. */
  readonly waited?: number;
  readonly rootGuid: string;
  /** Of one for a JID; those of a stream have each reader's own. */
  readonly form: DeliveryForm;
  readonly content: DeliveryContent;
  /** Of one for a stream: readers up to this JID have it; null: nobody yet. */
  readonly progress: string | null;
  /** Deliveries of one stream with the same scope have, at one moment, the same readers. */
  readonly scope: string;
}

/** Somebody on the XMPP side for whom something in a stream is. */
export interface Reader {
  readonly jid: Jid;
  /** One reader may want both. */
  readonly forms: readonly DeliveryForm[];
}

export type Release =
  /** All was worked on: idle until something new comes, or until what was put off is due. */
  | { readonly state: "drained" }
  /** More is there. */
  | { readonly state: "more" }
  /** Nothing was tried, so nothing is known of it: due as it was, or not before `next`. */
  | { readonly state: "untouched"; readonly next?: Date }
  /** It could not be reached: nothing before `next`. */
  | { readonly state: "unreachable"; readonly next: Date; readonly error: string };

/**
 * Works on claimed destinations and releases each. Once the signal is aborted it sends nothing
 * more: they are another's, or the daemon stops.
 */
export type Drain = (claimed: readonly Destination[], signal?: AbortSignal) => Promise<void>;

export interface DeliveryQueue {
  /** In order; at most `limit` rows in all; only what was put there behind `after`. */
  pending(
    destinationIds: readonly string[],
    limit: number,
    after?: Pick<PendingDelivery, "id">,
  ): Promise<PendingDelivery[]>;
  finish(outcomes: {
    readonly delivered: readonly Pick<PendingDelivery, "id">[];
    readonly refused: readonly Pick<PendingDelivery, "id">[];
  }): Promise<void>;
  /**
   * Who is to get this delivery of a stream, by what they may see and want at this moment: in
   * the order of their JIDs, those behind `after`, at most `limit`.
   */
  readers(
    delivery: PendingDelivery,
    after: string | null,
    limit: number,
  ): Promise<readonly Reader[]>;
  /** Readers up to this JID have it: after a cut it goes on behind them. */
  progress(delivery: PendingDelivery, jid: Jid): Promise<void>;
  /** Puts one message off without holding the others of its destination. */
  retry(delivery: PendingDelivery, next: Date, error: string): Promise<void>;
  release(destination: Destination, release: Release): Promise<void>;
}

/** How a person's mailbox is named as a destination: pod URL and guid. */
export function personAddress(person: Pick<RemotePerson, "podUrl" | "guid">): string {
  return `${person.podUrl} ${person.guid}`;
}

export function parsePersonAddress(address: string): { podUrl: string; guid: Guid } | null {
  const space = address.indexOf(" ");
  const guid = parseGuid(address.slice(space + 1));
  return guid === null || space < 0 ? null : { podUrl: address.slice(0, space), guid };
}

/** How a foreign node is named as a destination. No JID has a blank in it. */
export function nodeAddress(service: string, node: string): string {
  return `${service} ${node}`;
}

export function parseNodeAddress(address: string): { service: string; node: string } | null {
  const space = address.indexOf(" ");
  return space < 1 ? null : { service: address.slice(0, space), node: address.slice(space + 1) };
}
