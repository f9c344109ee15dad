/**
 * What waits to go out, as the wires see it: they take rows, say what became of them, and
 * give the destination back. Where the rows are kept is the store's business.
 */
import type { KeptActivity } from "./activity.ts";
import { parseGuid, type Guid } from "./ids.ts";
import type { LocalPerson, RemotePerson } from "./person.ts";

export type DestinationKind = "pod" | "person" | "jid" | "inbox";

export interface Destination {
  readonly id: string;
  readonly kind: DestinationKind;
  /** Pod URL; pod URL and guid of a person; bare JID; claimed host. */
  readonly address: string;
  /** Failures to reach it since it was last reached. */
  readonly attempts: number;
  /** Counts what was put there; see src/store/destinations.ts. */
  readonly wakes: string;
}

export type DeliveryContent =
  | {
      readonly type: "activity";
      readonly activityId: string;
      readonly activity: KeptActivity;
      readonly author: LocalPerson | RemotePerson;
    }
  /** Words of the bridge itself. */
  | { readonly type: "notice"; readonly text: string };

export interface PendingDelivery {
  readonly id: string;
  readonly destinationId: string;
  readonly attempts: number;
  readonly rootGuid: string;
  readonly content: DeliveryContent;
}

export type Release =
  /** All was worked on: idle until something new comes, or until what was put off is due. */
  | { readonly state: "drained" }
  /** More is there. */
  | { readonly state: "more" }
  /** It could not be reached: nothing before `next`. */
  | { readonly state: "unreachable"; readonly next: Date; readonly error: string };

export interface DeliveryQueue {
  /** In order; at most `limit` rows in all. */
  pending(destinationIds: readonly string[], limit: number): Promise<PendingDelivery[]>;
  finish(outcomes: {
    readonly delivered: readonly PendingDelivery[];
    readonly refused: readonly PendingDelivery[];
  }): Promise<void>;
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
