/**
 * In which order the opened messages of one batch are believed. As they came; only that posts, each
 * the first that is said of its root, may be believed at the same time.
 */
import { isAbout, type Activity } from "../activitystreams/activity.ts";
import type { ReceivedActivity } from "./ports.ts";

/** What an opened message says, or of what it is missing that it belongs to. */
export interface Ordered {
  /** null where it could not be opened, or is of a kind that is not bridged. */
  readonly received: Pick<ReceivedActivity, "activity" | "recipient"> | null;
  /** Its GUID, where that is what was missing. */
  readonly parent: string | null;
}

export interface Order<M> {
  readonly runs: readonly (readonly M[])[];
  /**
   * What follows stays for the next look: it belongs to something that came just before it. What had
   * waited for that is older and comes first.
   */
  readonly isCut: boolean;
}

export function orderOf<M>(messages: readonly M[], read: (message: M) => Ordered): Order<M> {
  const runs: M[][] = [];
  const came = new Set<string>();
  let isOpen = false;
  for (const message of messages) {
    const ordered = read(message);
    const above = aboveOf(ordered);
    if (above !== null && came.has(above)) return { runs, isCut: true };
    const places = ordered.received === null ? [] : placesIn(ordered.received.activity);
    const isPost = isPostToAll(ordered) && !places.some((guid) => came.has(guid));
    const last = runs.at(-1);
    if (isOpen && isPost && last !== undefined) last.push(message);
    else runs.push([message]);
    isOpen = isPost;
    for (const guid of places) came.add(guid);
  }
  return { runs, isCut: false };
}

function isPostToAll({ received }: Ordered): boolean {
  return received?.recipient === null && isAbout(received.activity, "note");
}

/** Others say something below them, or about them, and name them by these. */
function placesIn(activity: Activity): string[] {
  if (isAbout(activity, "note")) {
    const { guid, question, event } = activity.object;
    return [guid, question?.guid, event?.guid].filter((one) => one !== undefined);
  }
  const isPlace = isAbout(activity, "share") || isAbout(activity, "comment");
  return isPlace ? [activity.object.guid] : [];
}

function aboveOf({ received, parent }: Ordered): string | null {
  if (received === null) return parent;
  const { activity } = received;
  if (isAbout(activity, "comment")) return activity.object.inReplyTo;
  if (isAbout(activity, "opinion")) return activity.object.about.guid;
  if (isAbout(activity, "share")) return activity.object.root?.guid ?? null;
  if (isAbout(activity, "vote")) return activity.object.question;
  return isAbout(activity, "attendance") ? activity.object.event : null;
}
