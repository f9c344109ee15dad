/**
 * The presence of the component itself towards the people who have opted in (XEP-0100 §4,
 * RFC 6121 §3). It carries the caps that ask for their posts; ejabberd forgets them with
 * each login of the person, so they are sent again whenever a new resource appears.
 */
import { LRUCache } from "lru-cache";
import type { FullJid, Jid } from "../activitystreams/ids.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { createSeldom } from "./seldom.ts";
import { shortKey } from "./short-key.ts";

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
  /** They let us see the presence; or they, or their server for them, took that back. */
  readonly onGranted?: (jid: Jid) => Promise<void>;
  readonly onWithdrawn?: (jid: Jid) => Promise<void>;
}

export interface CollectorPresence {
  /** XEP-0100 §4.1.1: with registering, the gateway asks to see the person. */
  ask(jid: Jid): Promise<void>;
  /**
   * They leave: we are not to be seen any more. Their presence is looked at until the account has
   * ended, for whoever has the JID then.
   */
  leave(jid: Jid): Promise<void>;
  /** The account has ended, or is somewhere else now. */
  part(jid: Jid): Promise<void>;
  handle(presence: PresenceStanza): Promise<void>;
  /** The stream was cut: a server that was restarted remembers no caps. */
  forget(): void;
}

/** Caps belong to a resource: PEP remembers them by full JID. */
export const COLLECTOR_RESOURCE = "dx";

/** One contact's probes are answered this often. */
const PROBE_EVERY_MS = 10_000;

export function createCollectorPresence(options: CollectorPresenceOptions): CollectorPresence {
  const { domain } = options;
  const online = new LRUCache<string, true>({ max: 100_000 });
  const probes = createSeldom({ everyMs: PROBE_EVERY_MS, keys: 10_000 }, Date.now);
  const say = (type: string, to: Jid): Promise<void> =>
    options.send(el("presence", { type, from: domain, to }));
  return {
    ask: (jid) => say("subscribe", jid),
    leave: (jid) => say("unsubscribed", jid),
    async part(jid) {
      await say("unsubscribe", jid);
      await say("unsubscribed", jid);
    },
    forget: () => {
      online.clear();
    },
    async handle({ type, from, fullFrom }) {
      const key = shortKey(fullFrom);
      switch (type) {
        case undefined:
          if (!online.has(key) && (await greet(options, from))) online.set(key, true);
          return;
        case "unavailable":
          online.delete(key);
          return;
        case "subscribe":
          await answerSubscribe(options, say, from);
          return;
        case "subscribed":
          await options.onGranted?.(from);
          await greet(options, from);
          return;
        case "probe":
          if (probes.allows(fullFrom)) await answerProbe(options, say, from);
          return;
        case "unsubscribed":
          // Never answered.
          await options.onWithdrawn?.(from);
          return;
        case "unsubscribe":
          // RFC 6121 §3.3.3: answered once; `unsubscribed` never is, or two sides go on for ever.
          await say("unsubscribed", from);
          return;
        default:
          return;
      }
    },
  };
}

type Say = (type: string, to: Jid) => Promise<void>;

/** Our caps, for a person who has just come within reach; false for a stranger. */
async function greet(options: CollectorPresenceOptions, jid: Jid): Promise<boolean> {
  if (!(await options.isRegistered(jid))) return false;
  await options.send(available(options, jid));
  options.onReachable(jid);
  return true;
}

async function answerSubscribe(
  options: CollectorPresenceOptions,
  say: Say,
  jid: Jid,
): Promise<void> {
  const registered = await options.isRegistered(jid);
  await say(registered ? "subscribed" : "unsubscribed", jid);
  if (registered) await options.send(available(options, jid));
}

/** RFC 6121 §4.3.2: who has no subscription is told so, and stops asking. */
async function answerProbe(options: CollectorPresenceOptions, say: Say, jid: Jid): Promise<void> {
  if (await options.isRegistered(jid)) await options.send(available(options, jid));
  else await say("unsubscribed", jid);
}

function available(options: CollectorPresenceOptions, to: Jid): XmlElement {
  return el("presence", { from: `${options.domain}/${COLLECTOR_RESOURCE}`, to }, options.caps());
}
