/** The answer to a read of a node (XEP-0060 §6.5), in bounds. */
import type { Page } from "../../activitystreams/stream.ts";
import { child, el, element, type XmlElement } from "../../xml/element.ts";
import { serialisedBytes } from "../../xml/size.ts";
import { NS_PUBSUB } from "../namespaces.ts";
import type { NodeItem, PubsubLimits, PubsubNode } from "./node.ts";
import { readWanted, resolvedIndex, resultSet, type Wanted } from "./result-set.ts";

/** What stands around the items of an answer. */
const ENVELOPE_BYTES = 2_048;

export async function answerItems(
  pubsub: XmlElement,
  node: PubsubNode,
  limits: PubsubLimits,
): Promise<XmlElement> {
  const items = child(pubsub, "items", NS_PUBSUB) ?? el("items");
  const wanted = readWanted(pubsub, items, limits.items);
  const found = await pageOf(node, wanted);
  const { elements, ids, dropped } = fitting(found.items, wanted, limits.bytes - ENVELOPE_BYTES);
  const page = { index: found.index + dropped, count: found.count };
  return el(
    "pubsub",
    { xmlns: NS_PUBSUB },
    el("items", { node: node.name }, elements),
    resultSet({ wanted, ids, page }),
  );
}

async function pageOf(node: PubsubNode, wanted: Wanted): Promise<Page<NodeItem>> {
  const { query, index, newestFirst } = wanted;
  if (index === null || newestFirst) return node.page(query);
  const { count } = await node.page({ max: 0, order: query.order });
  const place = resolvedIndex(wanted, count);
  return place === null ? { items: [], index: 0, count } : node.page(place);
}

interface Fitting {
  /** In the order of the answer. */
  readonly elements: readonly XmlElement[];
  readonly ids: readonly string[];
  /** How many at the newer end had no room. */
  readonly dropped: number;
}

/**
 * As many as there is room for, from the end from which the reader goes on: the next page begins
 * where this one ends, wherever that is.
 */
function fitting(newest: readonly NodeItem[], wanted: Wanted, maxBytes: number): Fitting {
  const fromOldest =
    wanted.query.before !== undefined || (wanted.index !== null && !wanted.newestFirst);
  const kept: { id: string; element: XmlElement }[] = [];
  let bytes = 0;
  for (const item of fromOldest ? [...newest].reverse() : newest) {
    const shown = elementOf(item, maxBytes);
    bytes += serialisedBytes(shown);
    if (bytes > maxBytes && kept.length > 0) break;
    kept.push({ id: item.id, element: shown });
  }
  if (fromOldest !== !(wanted.newestFirst || wanted.movim)) kept.reverse();
  return {
    elements: kept.map(({ element }) => element),
    ids: kept.map(({ id }) => id),
    dropped: fromOldest ? newest.length - kept.length : 0,
  };
}

function elementOf(item: NodeItem, maxBytes: number): XmlElement {
  return item.element?.(maxBytes) ?? itemElement(item, maxBytes);
}

/** As it stands in an answer. */
export function itemElement(
  { id, publisher, payload }: Pick<NodeItem, "id" | "publisher" | "payload">,
  maxBytes: number,
): XmlElement {
  const attrs = { id, publisher };
  const entry = payload(maxBytes - serialisedBytes(el("item", attrs, "")));
  return element("item", attrs, [entry], NS_PUBSUB);
}
