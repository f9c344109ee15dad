/**
 * The presence subscriptions between one contact and one JID of ours (RFC 6121 §3 and its
 * appendix A), as a pure step. Two sides that both accept and ask back by themselves would
 * go on for ever: so `subscribed` and `unsubscribed` are never answered, each `subscribe` of
 * ours is sent once, and what is repeated in the same state changes nothing.
 */
export interface Subscription {
  /** The contact sees our presence. */
  readonly theirs: boolean;
  /** We see the contact's: not asked for, asked, granted. */
  readonly ours: "none" | "asked" | "granted";
}

export const NO_SUBSCRIPTION: Subscription = { theirs: false, ours: "none" };

export type SubscriptionEvent =
  "probe" | "subscribe" | "subscribed" | "unsubscribe" | "unsubscribed";

export type PresenceReply =
  "available" | "subscribe" | "subscribed" | "unavailable" | "unsubscribed";

/** What it means for the rest of the daemon; null when nothing new was said. */
export type SubscriptionChange = "followed" | "unfollowed" | "consented" | "withdrew";

export interface SubscriptionStep {
  readonly after: Subscription;
  readonly replies: readonly PresenceReply[];
  readonly change: SubscriptionChange | null;
}

export function nextSubscription(before: Subscription, event: SubscriptionEvent): SubscriptionStep {
  switch (event) {
    case "subscribe":
      // RFC 6121 §3.1.3: also when known, because the first answer may have been lost.
      return {
        after: { ...before, theirs: true },
        replies: ["subscribed", "available"],
        change: before.theirs ? null : "followed",
      };
    case "unsubscribe":
      return {
        after: { ...before, theirs: false },
        replies: before.theirs ? ["unsubscribed", "unavailable"] : [],
        change: before.theirs ? "unfollowed" : null,
      };
    case "probe":
      // RFC 6121 §4.3.2: somebody without a subscription is told so, and stops asking.
      return {
        after: before,
        replies: [before.theirs ? "available" : "unsubscribed"],
        change: null,
      };
    case "subscribed":
      // A consent that nobody asked for is none.
      return before.ours === "asked"
        ? { after: { ...before, ours: "granted" }, replies: [], change: "consented" }
        : { after: before, replies: [], change: null };
    case "unsubscribed":
      return {
        after: { ...before, ours: "none" },
        replies: [],
        change: before.ours === "none" ? null : "withdrew",
      };
  }
}

/** We want to see the contact: asked once, until they say no. */
export function askSubscription(before: Subscription): SubscriptionStep {
  if (before.ours !== "none") return { after: before, replies: [], change: null };
  return { after: { ...before, ours: "asked" }, replies: ["subscribe"], change: null };
}
