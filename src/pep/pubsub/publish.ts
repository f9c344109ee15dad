/** Publishing an item, and taking it back (XEP-0060 §7.1, §7.2). */
import { DxError } from "../../errors/error.ts";
import {
  child,
  childElements,
  childrenNamed,
  el,
  isElement,
  type XmlElement,
} from "../../xml/element.ts";
import { serialisedBytes } from "../../xml/size.ts";
import { NS_PUBSUB } from "../namespaces.ts";
import { MAX_ITEM_ID } from "../read-event.ts";
import type { PubsubLimits, PubsubNode, PubsubRequest } from "./node.ts";
import { requireOptions } from "./options.ts";

export interface PublishEffects {
  /** For an item without an id (§7.1.2). */
  newItemId(): string;
}

export async function publish(
  request: XmlElement,
  node: PubsubNode,
  { pubsub }: PubsubRequest,
  limits: PubsubLimits,
  effects: PublishEffects,
): Promise<XmlElement> {
  // §7.1.3.1.
  if (node.publish === undefined) throw new DxError("DX_FORBIDDEN");
  const item = oneItem(request);
  const meta = await node.meta();
  const options = child(pubsub, "publish-options", NS_PUBSUB);
  if (options !== undefined && node.ignoresOptions !== true) requireOptions(options, meta);
  const payload = payloadOf(item, meta.type, limits);
  const id = itemId(item) ?? node.ownItemId ?? effects.newItemId();
  await node.publish({ id, payload });
  // §7.1.2: the name is told, the more so when it was made here.
  return el("pubsub", { xmlns: NS_PUBSUB }, el("publish", { node: node.name }, el("item", { id })));
}

export async function retract(request: XmlElement, node: PubsubNode): Promise<null> {
  const id = itemId(oneItem(request));
  // §7.2.3.4.
  if (id === null) throw new DxError("DX_PUBSUB_ITEM_REQUIRED");
  // §7.2.3.1.
  if (node.retract === undefined) throw new DxError("DX_FORBIDDEN");
  await node.retract(id, isTrue(request.attrs["notify"]));
  return null;
}

function oneItem(request: XmlElement): XmlElement {
  const [item, second] = childrenNamed(request, "item", NS_PUBSUB);
  if (item === undefined) throw new DxError("DX_PUBSUB_ITEM_REQUIRED");
  // §7.1.1: batches are gone since version 1.13.
  if (second !== undefined) throw new DxError("DX_PUBSUB_ITEMS_TOO_MANY");
  return item;
}

/** null where it has none. */
function itemId(item: XmlElement): string | null {
  const id = item.attrs["id"];
  if (id === undefined || id === "") return null;
  if (Buffer.byteLength(id) > MAX_ITEM_ID) {
    throw new DxError("DX_BAD_REQUEST", { detail: "an item's id is too long" });
  }
  return id;
}

/** §7.1.3.5 and §7.1.3.6. */
function payloadOf(item: XmlElement, type: string, limits: PubsubLimits): XmlElement {
  const [payload, second] = childElements(item);
  if (payload === undefined) throw new DxError("DX_PUBSUB_PAYLOAD_REQUIRED");
  if (second !== undefined || payload.ns !== type || depth(payload) > limits.payloadDepth) {
    throw new DxError("DX_PUBSUB_PAYLOAD_INVALID");
  }
  if (serialisedBytes(payload) > limits.payloadBytes) {
    throw new DxError("DX_PUBSUB_PAYLOAD_TOO_BIG");
  }
  return payload;
}

/** Level by level: no stack grows with what a stranger sends. */
function depth(payload: XmlElement): number {
  let levels = 0;
  for (let level = [payload]; level.length > 0; levels += 1) {
    level = level.flatMap(({ children }) => children.filter(isElement));
  }
  return levels;
}

/** XML Schema's boolean. */
export function isTrue(text: string | undefined): boolean {
  return text === "true" || text === "1";
}
