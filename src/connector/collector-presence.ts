/**
 * The presence of the component itself towards the people who have opted in (XEP-0100 §4,
 * RFC 6121 §3). It carries the caps that ask for their posts; ejabberd forgets them with
 * each login of the person, so they are sent again whenever a new resource appears.
 */
import { LRUCache } from "lru-cache";
import type { FullJid, Jid } from "../activitystreams/ids.ts";
import { el, type XmlElement } from "../xml/element.ts";

export interface PresenceStanza {
  readonly type: string | undefined;
  readonly from: Jid;
  readonly fullFrom: FullJid;
}

export interface CollectorPresenceOptions {
  readonly domain: string;
  /** XEP-0115 `<c/>` of the component. */
  readonly caps: () => XmlElement;
  readonly isRegistered: (jid: Jid) => Promise<boolean>;
  readonly send: (stanza: XmlElement) => Promise<void>;
  /** The person came online or let us in: what was missed can be read. */
  readonly onReachable: (jid: Jid) => void;
}

export interface CollectorPresence {
  /** XEP-0100 §4.1.1: with registering, the gateway asks to see the person. */
  ask(jid: Jid): Promise<void>;
  leave(jid: Jid): Promise<void>;
  handle(presence: PresenceStanza): Promise<void>;
}

/** Caps belong to a resource: PEP remembers them by full JID. */
export const COLLECTOR_RESOURCE = "dx";

export function createCollectorPresence(options: CollectorPresenceOptions): CollectorPresence {
  const { domain, send } = options;
  const online = new LRUCache<string, true>({ max: 100_000 });

  function available(to: string): XmlElement {
    return el("presence", { from: `${domain}/${COLLECTOR_RESOURCE}`, to }, options.caps());
  }

  async function onAvailable(presence: PresenceStanza): Promise<void> {
    if (online.has(presence.fullFrom)) return;
    online.set(presence.fullFrom, true);
    if (!(await options.isRegistered(presence.from))) return;
    await send(available(presence.from));
    options.onReachable(presence.from);
  }

  return {
    async ask(jid) {
      await send(el("presence", { type: "subscribe", from: domain, to: jid }));
    },
    async leave(jid) {
      await send(el("presence", { type: "unsubscribe", from: domain, to: jid }));
      await send(el("presence", { type: "unsubscribed", from: domain, to: jid }));
    },
    async handle(presence) {
      switch (presence.type) {
        case undefined:
          await onAvailable(presence);
          return;
        case "unavailable":
          online.delete(presence.fullFrom);
          return;
        case "subscribe": {
          const registered = await options.isRegistered(presence.from);
          const type = registered ? "subscribed" : "unsubscribed";
          await send(el("presence", { type, from: domain, to: presence.from }));
          if (registered) await send(available(presence.from));
          return;
        }
        case "subscribed":
        case "probe":
          if (!(await options.isRegistered(presence.from))) return;
          await send(available(presence.from));
          if (presence.type === "subscribed") options.onReachable(presence.from);
          return;
        case "unsubscribe":
          // RFC 6121 §3.3.3: answered once; `unsubscribed` never is, or two sides go on for ever.
          await send(el("presence", { type: "unsubscribed", from: domain, to: presence.from }));
          return;
        default:
          return;
      }
    },
  };
}
