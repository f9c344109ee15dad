/**
 * What somebody from afar said below a post of a local author, put into the node where its author
 * keeps the comments, under the person's virtual JID; and taken back from there.
 */
import { isAbout } from "../activitystreams/activity.ts";
import type { ActivityContent } from "../activitystreams/delivery.ts";
import { bareJid, type Guid, type Jid } from "../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";
import type { SeenReply } from "../activitystreams/stream.ts";
import { virtualJid } from "../activitystreams/virtual-jid.ts";
import { DxError } from "../errors/error.ts";
import { changeAttachments } from "../pep/attachments.ts";
import type { EntryContext } from "../pep/entry-frame.ts";
import { entryFromReply } from "../pep/entry-from-reply.ts";
import { itemsRequest } from "../pep/event.ts";
import { attachmentsNodeOf } from "../pep/links.ts";
import { NODE_MICROBLOG } from "../pep/namespaces.ts";
import { readItemsResult } from "../pep/read-event.ts";
import { childElements, type XmlElement } from "../xml/element.ts";
import { isRefusal } from "./node-answer.ts";
import { publishRequest, retractRequest } from "./node-requests.ts";
import type { ComponentStream } from "./stream.ts";

export interface PlacedItem {
  readonly service: string;
  readonly node: string;
  readonly itemId: string;
  readonly publisher: Jid;
  readonly attached: boolean;
}

export interface PlacePorts {
  placedItem(guid: Guid): Promise<PlacedItem | null>;
  rememberPlaced(guid: Guid, item: PlacedItem): Promise<void>;
  forgetPlaced(guid: Guid): Promise<void>;
}

export interface PlaceOptions {
  readonly stream: Pick<ComponentStream, "request" | "domain">;
  readonly ports: PlacePorts;
  /** Of one stanza, serialised. */
  readonly maxBytes: number;
}

/** What an IQ has beside its entry. */
const ENVELOPE_BYTES = 4_096;

type Node = Pick<PlacedItem, "service" | "node">;

/** Throws what the service answers. */
export async function place(
  content: ActivityContent,
  node: Node,
  options: PlaceOptions,
): Promise<void> {
  const { activity } = content;
  if (activity.verb === "delete") {
    await takeBack(activity.object.guid, content, node, options);
    return;
  }
  const attached = isAbout(activity, "opinion") ? await attach(content, options) : null;
  const item = attached ?? (await add(content, node, options));
  if ("guid" in activity.object) await options.ports.rememberPlaced(activity.object.guid, item);
}

/** Who publishes it there: local people's words only their own server could publish as theirs. */
function publisherOf(author: LocalPerson | RemotePerson, domain: string): Jid {
  const own = "jid" in author ? bareJid(domain) : null;
  return own ?? virtualJid(author.diasporaId, domain);
}

async function add(
  content: ActivityContent,
  { service, node }: Node,
  options: PlaceOptions,
): Promise<PlacedItem> {
  const { stream } = options;
  const publisher = publisherOf(content.author, stream.domain);
  const reply = replyOf(content);
  const context: EntryContext = {
    service,
    node,
    component: stream.domain,
    publisher,
    jidOf: (person) =>
      "jid" in person ? person.jid : virtualJid(person.diasporaId, stream.domain),
    jidOfId: (id) => virtualJid(id, stream.domain),
  };
  const payload = entryFromReply(reply, context, options.maxBytes - ENVELOPE_BYTES);
  const { itemId } = content;
  await ask(service, publisher, publishRequest(node, { id: itemId, payload }), stream);
  return { service, node, itemId, publisher, attached: false };
}

function replyOf({ activity, author, itemId }: ActivityContent): SeenReply {
  if (isAbout(activity, "comment")) return { activity, author, itemId };
  if (isAbout(activity, "opinion")) return { activity, author, itemId };
  throw new DxError("DX_NOT_IMPLEMENTED", { detail: "this is no comment" });
}

/** XEP-0470 §4.1: beside the post itself, in its author's account; null where that is not offered. */
async function attach(
  { above, author }: ActivityContent,
  { stream }: PlaceOptions,
): Promise<PlacedItem | null> {
  if (above?.itemId === undefined || !("jid" in above.author) || "jid" in author) return null;
  const service = above.author.jid;
  const node = attachmentsNodeOf({ service, node: NODE_MICROBLOG, item: above.itemId });
  const publisher = virtualJid(author.diasporaId, stream.domain);
  const item = { service, node, itemId: publisher, publisher, attached: true };
  try {
    await change(item, true, stream);
    return item;
  } catch (error) {
    // Only the author's server can make the node: without it nothing is attached there.
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** Whatever else this person has attached there stays (XEP-0470 §4.1). */
async function change(
  item: PlacedItem,
  noticed: boolean,
  stream: PlaceOptions["stream"],
): Promise<void> {
  const { service, node, itemId, publisher } = item;
  const before = await attachedNow(item, stream);
  const payload = changeAttachments(before, { noticed }, new Date());
  const request =
    childElements(payload).length === 0
      ? retractRequest(node, itemId)
      : publishRequest(node, { id: itemId, payload });
  await ask(service, publisher, request, stream);
}

async function attachedNow(
  { service, node, itemId, publisher }: PlacedItem,
  stream: PlaceOptions["stream"],
): Promise<XmlElement | null> {
  const request = itemsRequest(node, { ids: [itemId] });
  try {
    const answer = await stream.request({
      type: "get",
      to: service,
      from: publisher,
      payload: request,
    });
    return readItemsResult(answer).find((item) => item.id === itemId)?.payload ?? null;
  } catch (error) {
    // Not there yet, or not to be read: the publish itself tells which.
    if (isRefusal(error)) return null;
    throw error;
  }
}

async function takeBack(
  guid: Guid,
  content: ActivityContent,
  node: Node,
  { stream, ports }: PlaceOptions,
): Promise<void> {
  const publisher = publisherOf(content.author, stream.domain);
  const placed = await ports.placedItem(guid);
  const item = placed ?? { ...node, itemId: content.itemId, publisher, attached: false };
  try {
    if (item.attached) await change(item, false, stream);
    else await ask(item.service, item.publisher, retractRequest(item.node, item.itemId), stream);
  } catch (error) {
    // It is not there any more, which is all that was wanted.
    if (!isRefusal(error, "item-not-found")) throw error;
  }
  await ports.forgetPlaced(guid);
}

async function ask(
  to: string,
  from: Jid,
  payload: XmlElement,
  stream: PlaceOptions["stream"],
): Promise<void> {
  await stream.request({ type: "set", to, from, payload });
}
