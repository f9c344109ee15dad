/** What the translations of all entities have in common. */
import type { Actor, Audience } from "../../activitystreams/activity.ts";
import type { DiasporaId } from "../../activitystreams/ids.ts";

/** What the message says beside its entity. */
export interface Reception {
  /** Whose key signed the envelope. */
  readonly sender: DiasporaId;
  readonly receivedAt: Date;
  /** The local person that a private message was addressed to. */
  readonly recipient?: DiasporaId;
  /** How it came; a post, a photo and a profile say themselves whether they are public. */
  readonly audience: Audience;
  /** Of the author's pod, with a final slash, for the address of a post in a browser. */
  readonly podUrl?: string;
}

export function actorOf(id: DiasporaId): Actor {
  return { network: "diaspora", id };
}

export function audienceOf(isPublic: boolean | null): Audience {
  return isPublic === true ? "public" : "limited";
}

/**
 * §3: what is written has no fraction of a second. No reader takes a year of five digits, so
 * that one becomes no date at all, which the entity's rule refuses.
 */
export function wholeSecond(time: Date): Date {
  const year = time.getUTCFullYear();
  if (year < 0 || year > 9999) return new Date(Number.NaN);
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

export function wholeSecondOrNull(time: Date | undefined): Date | null {
  return time === undefined ? null : wholeSecond(time);
}

type Given<T> = { readonly [K in keyof T]?: NonNullable<T[K]> };

/** Without what is null or undefined: nil of an entity is a property that an object does not have. */
export function given<T extends object>(values: T): Given<T> {
  const entries = Object.entries(values).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  // The filter is what the type says.
  return Object.fromEntries(entries) as Given<T>;
}
