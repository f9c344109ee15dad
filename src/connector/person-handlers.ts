/**
 * What a virtual person answers beside disco and ping: the pubsub service of the own posts
 * (XEP-0060 and XEP-0163, in src/pep), and presence (RFC 6121 §3), by which chat clients follow.
 */
import type { DiasporaId } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { NODE_MICROBLOG, NS_PUBSUB } from "../pep/namespaces.ts";
import { answerPepGet, answerPepSet, type PepEffects, type PepRequest } from "../pep/service.ts";
import { el, type XmlElement } from "../xml/element.ts";
import type { DiscoNode } from "./disco.ts";
import type { Handler, Incoming, IqRequest } from "./handler.ts";

export interface PersonHandlerOptions {
  readonly effects: PepEffects;
  readonly send: (stanza: XmlElement) => Promise<void>;
  /** XEP-0115 `<c/>` of a virtual person. */
  readonly caps: () => XmlElement;
}

/** XEP-0060 §10, what src/pep/service.ts does. */
const PUBSUB_FEATURES = [
  NS_PUBSUB,
  ...["item-ids", "persistent-items", "retrieve-items", "retrieve-subscriptions", "subscribe"].map(
    (feature) => `${NS_PUBSUB}#${feature}`,
  ),
];

/** XEP-0060 §5.4: what disco#info says of a node of a virtual person. */
export function personNode(node: string): DiscoNode | null {
  if (node !== NODE_MICROBLOG) return null;
  return {
    identities: [{ category: "pubsub", type: "leaf" }],
    features: [NS_PUBSUB],
    items: [],
  };
}

export function personHandlers(options: PersonHandlerOptions): Handler[] {
  const { effects } = options;
  return [
    {
      kind: "iq",
      type: "get",
      to: "person",
      ns: NS_PUBSUB,
      name: "pubsub",
      features: PUBSUB_FEATURES,
      answer: (request) => answerPepGet(pepRequest(request), effects),
    },
    {
      kind: "iq",
      type: "set",
      to: "person",
      ns: NS_PUBSUB,
      name: "pubsub",
      answer: (request) => answerPepSet(pepRequest(request), effects),
    },
    {
      kind: "presence",
      to: "person",
      types: ["subscribe", "unsubscribe", "probe"],
      receive: (presence) => receivePresence(presence, options),
    },
  ];
}

/** The router hands over only what is addressed to a person. */
function personOf(incoming: Incoming): DiasporaId {
  if (incoming.to.person === null) throw new DxError("DX_ITEM_NOT_FOUND");
  return incoming.to.person;
}

function pepRequest(request: IqRequest): PepRequest {
  return {
    service: request.to.jid,
    person: personOf(request),
    reader: request.from.bare,
    pubsub: request.payload,
  };
}

/**
 * A subscription to the presence is a follow: it is all that a chat client can do. It is granted
 * without asking, as the federation does, and each change is answered once.
 */
async function receivePresence(presence: Incoming, options: PersonHandlerOptions): Promise<void> {
  const person = personOf(presence);
  const reader = presence.from.bare;
  const addresses = { from: presence.to.jid, to: reader };
  const { type } = presence.stanza.attrs;
  if (type === "subscribe") {
    try {
      await options.effects.subscribe(reader, person, NODE_MICROBLOG);
    } catch (error) {
      await options.send(el("presence", { ...addresses, type: "unsubscribed" }));
      throw error;
    }
    await options.send(el("presence", { ...addresses, type: "subscribed" }));
    await options.send(available(presence, options));
    return;
  }
  if (type === "unsubscribe") {
    await options.send(el("presence", { ...addresses, type: "unsubscribed" }));
    await options.effects.unsubscribe(reader, person, NODE_MICROBLOG);
    return;
  }
  if (await options.effects.isSubscribed(reader, person, NODE_MICROBLOG)) {
    await options.send(available(presence, options));
  }
}

function available(presence: Incoming, options: PersonHandlerOptions): XmlElement {
  const { bare } = presence.from;
  return el("presence", { from: `${presence.to.jid}/dx`, to: bare }, options.caps());
}
