/**
 * Presence for one class of addressee (RFC 6121 §3, §4): steps through presence-state.ts,
 * keeps the state in a port, answers with caps (XEP-0115). Presence of type error is never
 * answered.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { el, type XmlElement } from "../xml/element.ts";
import type { AddresseeClass, Incoming, PresenceHandler } from "./handler.ts";
import {
  askSubscription,
  nextSubscription,
  type PresenceReply,
  type Subscription,
  type SubscriptionChange,
  type SubscriptionEvent,
  type SubscriptionStep,
} from "./presence-state.ts";
import { createSeldom } from "./seldom.ts";

export interface PresencePorts {
  /** In the database: a restart must not forget who sees whom. */
  load(contact: Jid, own: Jid): Promise<Subscription>;
  save(contact: Jid, own: Jid, subscription: Subscription): Promise<void>;
  changed(contact: Jid, own: Jid, change: SubscriptionChange): Promise<void>;
  send(stanza: XmlElement): Promise<void>;
  /** `<c/>` of this class of addressee. */
  caps(): XmlElement;
  now(): number;
}

/** Presence comes from a resource, always the same, so that caps belong to it; the rest is bare. */
export const PRESENCE_RESOURCE = "dx";

/** A contact's probes and logins are answered this often. */
const ANSWER_EVERY_MS = 10_000;
const REMEMBERED_PAIRS = 10_000;

export interface PresenceSide {
  readonly handlers: readonly PresenceHandler[];
  /** Asks the contact for a subscription, unless it was asked already. */
  ask(contact: Jid, own: Jid): Promise<void>;
}

export function createPresenceSide(to: AddresseeClass, ports: PresencePorts): PresenceSide {
  const seldom = createSeldom({ everyMs: ANSWER_EVERY_MS, keys: REMEMBERED_PAIRS }, ports.now);

  const take = async (contact: Jid, own: Jid, before: Subscription, step: SubscriptionStep) => {
    if (before.theirs !== step.after.theirs || before.ours !== step.after.ours) {
      await ports.save(contact, own, step.after);
    }
    for (const reply of step.replies) await ports.send(presence(ports, contact, own, reply));
    if (step.change !== null) await ports.changed(contact, own, step.change);
  };

  const subscriptionEvent =
    (event: SubscriptionEvent) =>
    async ({ from, to: { jid } }: Incoming): Promise<void> => {
      if (event === "probe" && !seldom.allows(`${from.full} ${jid}`)) return;
      const before = await ports.load(from.bare, jid);
      await take(from.bare, jid, before, nextSubscription(before, event));
    };

  // COMPAT(ejabberd): a login of somebody who sees us is followed by no probe, and no event
  // reaches us through their PEP before our caps have been there again.
  const available = async ({ from, to: { jid } }: Incoming): Promise<void> => {
    if (!seldom.allows(`${from.full} ${jid}`)) return;
    const { theirs } = await ports.load(from.bare, jid);
    if (theirs) await ports.send(presence(ports, from.full, jid, "available"));
  };

  const events: readonly SubscriptionEvent[] = [
    "probe",
    "subscribe",
    "subscribed",
    "unsubscribe",
    "unsubscribed",
  ];
  return {
    handlers: [
      ...events.map((event) => ({
        kind: "presence" as const,
        to,
        types: [event],
        receive: subscriptionEvent(event),
      })),
      { kind: "presence", to, types: ["available"], receive: available },
    ],
    ask: async (contact, own) => {
      const before = await ports.load(contact, own);
      await take(contact, own, before, askSubscription(before));
    },
  };
}

function presence(ports: PresencePorts, to: string, own: Jid, type: PresenceReply): XmlElement {
  if (type === "available") {
    return el("presence", { from: `${own}/${PRESENCE_RESOURCE}`, to }, ports.caps());
  }
  const from = type === "unavailable" ? `${own}/${PRESENCE_RESOURCE}` : own;
  return el("presence", { type, from, to });
}
