/**
 * A pubsub service (XEP-0060, XEP-0163) as a function of a request and of its nodes: what comes
 * on the wire is understood and bounded here, what the nodes hold is theirs. One service stands
 * for all addresses of the component; each has nodes of its own.
 */
import type { Jid } from "../../activitystreams/ids.ts";
import { DxError } from "../../errors/error.ts";
import { childElements, type XmlElement } from "../../xml/element.ts";
import { NS_PUBSUB } from "../namespaces.ts";
import { answerItems } from "./items.ts";
import {
  PUBSUB_LIMITS,
  type PubsubLimits,
  type PubsubNode,
  type PubsubNodes,
  type PubsubRequest,
} from "./node.ts";
import { metaDataOf } from "./options.ts";
import { answerOwner, NS_PUBSUB_OWNER } from "./owner.ts";
import { publish, retract, type PublishEffects } from "./publish.ts";
import { NS_ORDER, NS_RSM } from "./result-set.ts";
import { affiliations, subscribe, subscriptions, unsubscribe } from "./subscriptions.ts";
import { unsupported } from "./unsupported.ts";

/** XEP-0030: what `answer` does, for disco#info of each address. */
export const PUBSUB_FEATURES: readonly string[] = [
  NS_PUBSUB,
  ...[
    "access-open",
    "delete-items",
    "item-ids",
    "meta-data",
    "multi-items",
    "persistent-items",
    "publish",
    "publish-options",
    "retrieve-affiliations",
    "retrieve-items",
    "retrieve-subscriptions",
    "rsm",
    "subscribe",
  ].map((feature) => `${NS_PUBSUB}#${feature}`),
  NS_RSM,
  NS_ORDER,
  `${NS_ORDER}@${NS_PUBSUB}`,
];

/** What disco says of a node (XEP-0060 §5.3 to §5.5). */
export interface NodeInfo {
  readonly title: string;
  /** XEP-0128. */
  readonly metaData: Readonly<Record<string, readonly string[]>>;
  /** The newest ones first. */
  itemNames(): Promise<readonly string[]>;
}

export interface PubsubService {
  /** The payload of the result, null for none. Throws the DxError that the asker is told. */
  answer(request: PubsubRequest): Promise<XmlElement | null>;
  /** null: no such node, or not for this asker. */
  info(service: Jid, node: string, asker: Jid): Promise<NodeInfo | null>;
  /** For disco#items of the service. */
  list: PubsubNodes["list"];
}

export interface PubsubServiceOptions {
  readonly nodes: PubsubNodes;
  readonly effects: PublishEffects;
  readonly limits?: PubsubLimits;
}

export function createPubsubService(options: PubsubServiceOptions): PubsubService {
  const { nodes } = options;
  const limits = options.limits ?? PUBSUB_LIMITS;
  return {
    answer: (request) => answer(request, options, limits),
    info: (service, node, asker) => nodeInfo(nodes, limits, service, node, asker),
    list: nodes.list,
  };
}

/** Children of `<pubsub/>` that say more of the request beside them. */
const BESIDE = new Set(["configure", "options", "order", "publish-options", "set"]);

async function answer(
  request: PubsubRequest,
  options: PubsubServiceOptions,
  limits: PubsubLimits,
): Promise<XmlElement | null> {
  const { pubsub, type } = request;
  const find = (about: XmlElement): Promise<PubsubNode> => findNode(options.nodes, request, about);
  if (pubsub.ns === NS_PUBSUB_OWNER) return answerOwner(request, find);
  const parts = childElements(pubsub);
  const about = parts.find(({ local }) => !BESIDE.has(local)) ?? parts[0];
  if (about?.ns !== NS_PUBSUB) throw new DxError("DX_BAD_REQUEST");
  if (type === "get") return answerGet(request, about, options.nodes, find, limits);
  switch (about.local) {
    case "subscribe":
      return subscribe(about, await find(about), request);
    case "unsubscribe":
      return unsubscribe(about, await find(about), request);
    case "publish":
      return publish(about, await find(about), request, limits, options.effects);
    case "retract":
      return retract(about, await find(about));
    case "create":
      // XEP-0470 §3.3: those are there by themselves, and by nobody's hand.
      if (options.nodes.isReserved(about.attrs["node"] ?? "")) {
        throw new DxError("DX_PUBSUB_NODE_RESERVED");
      }
      throw unsupported("create-nodes");
    case "options":
      throw unsupported("subscription-options");
    default:
      throw new DxError("DX_BAD_REQUEST");
  }
}

async function answerGet(
  request: PubsubRequest,
  about: XmlElement,
  nodes: PubsubNodes,
  find: (about: XmlElement) => Promise<PubsubNode>,
  limits: PubsubLimits,
): Promise<XmlElement> {
  const { node } = about.attrs;
  switch (about.local) {
    case "items":
      return answerItems(request.pubsub, await find(about), limits);
    case "subscriptions":
      return subscriptions(node, node === undefined ? null : await find(about), nodes, request);
    case "affiliations":
      return affiliations(node, node === undefined ? null : await find(about));
    case "options":
      throw unsupported("subscription-options");
    case "default":
      throw unsupported("retrieve-default-sub");
    default:
      throw new DxError("DX_BAD_REQUEST");
  }
}

async function findNode(
  nodes: PubsubNodes,
  { service, asker }: PubsubRequest,
  about: XmlElement,
): Promise<PubsubNode> {
  const name = about.attrs["node"];
  if (name === undefined || name === "") throw new DxError("DX_PUBSUB_NODE_REQUIRED");
  const node = await nodes.find(service, name, asker);
  if (node === null) throw new DxError("DX_ITEM_NOT_FOUND");
  return node;
}

async function nodeInfo(
  nodes: PubsubNodes,
  limits: PubsubLimits,
  service: Jid,
  name: string,
  asker: Jid,
): Promise<NodeInfo | null> {
  const node = await nodes.find(service, name, asker);
  if (node === null) return null;
  const meta = await node.meta();
  return {
    title: meta.title,
    metaData: metaDataOf(meta),
    itemNames: async () => {
      const query = { max: limits.items, order: "creation", counted: false } as const;
      return (await node.page(query)).items.map(({ id }) => id);
    },
  };
}
