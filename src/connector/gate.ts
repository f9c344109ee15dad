/** What is let in to be dealt with: so much at once, and so much in a time. */
import { domainOf } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { NS_PUBSUB_EVENT } from "../pep/namespaces.ts";
import { child } from "../xml/element.ts";
import { createCrowd } from "./crowd.ts";
import type { Incoming } from "./handler.ts";
import { createPace, type Paced } from "./pace.ts";

export interface GateOptions {
  /** IQs being answered at once. */
  readonly openRequests: number;
  /** The operator's own hosts: their people are not strangers. */
  readonly isOurs: (host: string) => boolean;
  readonly now: () => number;
}

export interface Gate {
  /** Returns what ends it. Throws DX_IQS_FULL, DX_TOO_FAST. */
  admit(incoming: Incoming): () => void;
}

/**
 * Of messages and presences, which wait for each other and are soon dealt with: more than one
 * packet brings of one sender. Beyond all of them the stream is not read (stream-limits.ts).
 */
const OTHERS = { all: Infinity, strangers: 500, perHost: 300, perJid: 250 };

export function createGate({ openRequests, isOurs, now }: GateOptions): Gate {
  const share = (part: number): number => Math.ceil(openRequests * part);
  // Each may wait for the database, whose connections are few.
  const iqs = createCrowd(
    { all: openRequests, strangers: share(0.2), perHost: share(0.1), perJid: share(0.2) },
    isOurs,
  );
  const others = createCrowd(OTHERS, isOurs);
  const pace = createPace(isOurs, now);
  return {
    admit: (incoming) => {
      const { stanza, from } = incoming;
      const host = domainOf(from.bare);
      if (isWithdrawal(incoming)) return () => undefined;
      if (stanza.local === "iq" && !isOurs(host) && !pace.allows(from.bare, "question")) {
        throw new DxError("DX_TOO_FAST");
      }
      const leave = (stanza.local === "iq" ? iqs : others).enter(from.bare);
      if (leave === null) throw new DxError("DX_IQS_FULL");
      const paced = pacedAs(incoming, isOurs);
      if (paced === null || pace.allows(from.bare, paced)) return leave;
      leave();
      throw new DxError("DX_TOO_FAST");
    },
  };
}

const SUBSCRIPTIONS = new Set(["subscribe", "subscribed"]);
const ENDS = new Set(["unsubscribe", "unsubscribed"]);

/**
 * Said once, and by the server: it is all that is seen of a deleted account, whose next owner could
 * send much before (src/store/leaving.ts).
 */
function isWithdrawal({ stanza, to }: Incoming): boolean {
  const { type } = stanza.attrs;
  return stanza.local === "presence" && type === "unsubscribed" && to.class === "component";
}

/** null for what costs little. */
function pacedAs({ stanza, from }: Incoming, isOurs: GateOptions["isOurs"]): Paced | null {
  const type = stanza.attrs["type"] ?? "";
  if (stanza.local === "iq") return type === "set" ? "change" : null;
  if (stanza.local === "presence" && SUBSCRIPTIONS.has(type)) return "subscription";
  if (stanza.local === "presence" && ENDS.has(type)) return null;
  // What came back is heard in any number: it ends what is sent there.
  if (type === "error") return null;
  const isEvent = child(stanza, "event", NS_PUBSUB_EVENT) !== undefined;
  if (stanza.local === "message" && !isEvent) return "message";
  // The server tells of all its people; their posts wait in the collector's queues.
  return isOurs(domainOf(from.bare)) ? null : "news";
}
