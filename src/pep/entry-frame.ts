/** Where an entry stands and who put it there: what is the same for posts, shares and replies. */
import type { DiasporaId, Guid } from "../activitystreams/ids.ts";
import type { LinkOf } from "../activitystreams/markdown.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";
import { hasVirtualJid } from "../activitystreams/virtual-jid.ts";
import { commentsNodeOf, itemNameOf, itemUri, jidUri, nodeUri } from "./links.ts";

/** Where entries stand, and how people are called on the XMPP side. */
export interface EntryContext {
  /** The JID of the service. */
  readonly service: string;
  readonly node: string;
  /** The component's domain, which has the comments. */
  readonly component: string;
  /** Bare JID; what the item's `publisher` says. */
  readonly publisher: string;
  jidOf(person: LocalPerson | RemotePerson): string;
  jidOfId(id: DiasporaId): string;
  /** How many comments a post has, where it is known. */
  commentsOn?(guid: Guid): number | undefined;
}

/** The same for one entry. */
export interface EntryFrame {
  readonly publisher: string;
  readonly authorName: string;
  /** Where the entry itself is found. */
  readonly uri: string;
  readonly replies: { readonly uri: string; readonly count: number | undefined } | null;
  /** Bridges of our kind know by it what came through them. */
  readonly component: string | null;
  readonly linkOf: LinkOf;
}

export function frameFor(
  itemId: string,
  author: LocalPerson | RemotePerson,
  context: EntryContext,
): EntryFrame {
  return {
    publisher: context.publisher,
    authorName: author.name,
    uri: itemUri(context.service, context.node, itemNameOf(itemId)),
    replies: null,
    component: context.component,
    // Some IDs cannot be a JID; nobody is linked there.
    linkOf: (id) => (hasVirtualJid(id) ? jidUri(context.jidOfId(id)) : null),
  };
}

/** XEP-0277 §Comments: all of them are on the component. */
export function withReplies(frame: EntryFrame, guid: Guid, context: EntryContext): EntryFrame {
  const uri = nodeUri(context.component, commentsNodeOf(guid));
  return { ...frame, replies: { uri, count: context.commentsOn?.(guid) } };
}
