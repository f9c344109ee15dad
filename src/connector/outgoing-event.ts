/** What people did, as events of pubsub nodes (XEP-0060 §7.1.2, XEP-0277). */
import {
  isAbout,
  type DeleteActivity,
  type MigrationActivity,
} from "../activitystreams/activity.ts";
import type { ActivityContent } from "../activitystreams/delivery.ts";
import { bareJid, parseGuid, type Jid } from "../activitystreams/ids.ts";
import type { Seen, SeenPost, SeenReply } from "../activitystreams/stream.ts";
import { DxError } from "../errors/error.ts";
import { entryFromPost } from "../pep/entry-from-post.ts";
import { entryFromReply } from "../pep/entry-from-reply.ts";
import type { EntryContext } from "../pep/entry-frame.ts";
import { deleteMessage, eventMessage, retractMessage } from "../pep/event.ts";
import { commentsNodeOf, nodeUri } from "../pep/links.ts";
import { NODE_MICROBLOG } from "../pep/namespaces.ts";
import { jidOf, jidOfId } from "../pep/nodes/context.ts";
import { nodeNameOf } from "../pep/nodes/readable.ts";
import type { XmlElement } from "../xml/element.ts";
import { ENVELOPE_BYTES, seenAs, speakerOf, type OutgoingContext } from "./outgoing-context.ts";

/** Without `to`; null for what stands in no node that sends events. */
export function eventFor(
  content: ActivityContent,
  rootGuid: string,
  context: OutgoingContext,
): XmlElement | null {
  const { activity } = content;
  if (activity.verb === "delete") return retraction(content, activity, rootGuid, context);
  if (activity.verb === "terminate") return deleteMessage(postsOf(content, context));
  if (activity.verb === "replace") return moved(content, activity, context);
  if (isAbout(activity, "note")) return posted(seenAs(content, activity), context);
  if (isAbout(activity, "share")) return posted(seenAs(content, activity), context);
  const at = commentsBelow(content, rootGuid, context);
  if (at === null) return null;
  if (isAbout(activity, "comment")) return replied(seenAs(content, activity), at, context);
  // A like of a comment stands in no comments node: it is only attached.
  if (!isAbout(activity, "opinion") || activity.object.about.type !== "post") return null;
  return replied(seenAs(content, activity), at, context);
}

/** XEP-0060 §8.4.2: the node goes on at another address. */
function moved(
  content: ActivityContent,
  { object }: MigrationActivity,
  context: OutgoingContext,
): XmlElement {
  const service = jidOfId(object.to, domainOf(context));
  return deleteMessage(postsOf(content, context), undefined, nodeUri(service, NODE_MICROBLOG));
}

interface Place {
  readonly service: string;
  readonly node: string;
}

function posted(seen: SeenPost, context: OutgoingContext): XmlElement {
  const at = postsOf(seen, context);
  const entry = entryContext(at, seen, context);
  const payload = entryFromPost(seen, entry, context.maxBytes - ENVELOPE_BYTES);
  return eventMessage({ ...at, id: seen.itemId, payload, publisher: entry.publisher });
}

function replied(seen: SeenReply, at: Place, context: OutgoingContext): XmlElement {
  const entry = entryContext(at, seen, context);
  const payload = entryFromReply(seen, entry, context.maxBytes - ENVELOPE_BYTES);
  return eventMessage({ ...at, id: seen.itemId, payload, publisher: entry.publisher });
}

/** A virtual person's own node; buddycloud's name of it for somebody who has only ours. */
function postsOf({ author }: Pick<Seen, "author">, context: OutgoingContext): Place {
  const service = speakerOf(author, context);
  if (!("jid" in author)) return { service, node: NODE_MICROBLOG };
  return { service, node: nodeNameOf({ type: "hosted", owner: author.jid }) };
}

function commentsBelow(
  { above }: ActivityContent,
  rootGuid: string,
  { componentDomain }: OutgoingContext,
): Place | null {
  const post = above?.guid ?? parseGuid(rootGuid);
  return post === null ? null : { service: componentDomain, node: commentsNodeOf(post) };
}

function retraction(
  content: ActivityContent,
  { object }: DeleteActivity,
  rootGuid: string,
  context: OutgoingContext,
): XmlElement | null {
  const isBelow = object.targetType === "Comment" || object.targetType === "Like";
  if (!isBelow && !POSTS.has(object.targetType)) return null;
  const at = isBelow ? commentsBelow(content, rootGuid, context) : postsOf(content, context);
  return at === null ? null : retractMessage({ ...at, id: content.itemId });
}

/** The federation's names of what stands in a person's stream. */
const POSTS = new Set(["Post", "StatusMessage", "Reshare"]);

function entryContext(
  at: Place,
  { author }: Pick<Seen, "author">,
  context: OutgoingContext,
): EntryContext {
  const component = domainOf(context);
  return {
    ...at,
    component,
    publisher: jidOf(author, component),
    jidOf: (person) => jidOf(person, component),
    jidOfId: (id) => jidOfId(id, component),
  };
}

function domainOf({ componentDomain }: OutgoingContext): Jid {
  const domain = bareJid(componentDomain);
  if (domain === null) throw new DxError("DX_INTERNAL", { detail: "the component's domain" });
  return domain;
}
