/** Where somebody's post has gone, as it can be told to them and to nobody else. */
import type { Activity } from "./activity.ts";
import type { DiasporaId, Guid } from "./ids.ts";

export interface PlaceReport {
  /** The pod's URL. */
  readonly pod: string;
  /** Whose mailbox there it is for; null: the pod itself, for everybody there. */
  readonly person: DiasporaId | null;
  /**
   * `blocked`: this person wants nothing of the author. `withheld`: this person was not to see it
   * any more when it went out.
   */
  readonly state: "arrived" | "waiting" | "refused" | "blocked" | "withheld";
  /** Tries that failed, of this message. */
  readonly failures: number;
  /** Why the last of them did, in the words of the queue: see src/commands/delivery-words.ts. */
  readonly reason: string | null;
  /** Since when the pod has answered nothing at all; null while it does. */
  readonly awaySince: Date | null;
  /** Of what waits: seconds until the next try, and when it is given up if the pod stays away. */
  readonly nextIn: number | null;
  readonly givenUpAt: Date | null;
}

export interface PostReport {
  readonly guid: Guid;
  readonly type: "note" | "share";
  readonly audience: Activity["audience"];
  readonly published: Date;
  /** The beginning of its words. */
  readonly words: string;
  readonly places: readonly PlaceReport[];
}

/** One post, or the newest so many. */
export type WantedReports = { readonly guid: Guid } | { readonly newest: number };
