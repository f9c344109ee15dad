/**
 * Which comments node an entry may name. It is collected as what people said below this post, and
 * what is said there from afar is published into it: nobody may name somebody else's.
 */
import { domainOf, localOf, type Jid } from "../activitystreams/ids.ts";
import { NODE_COMMENTS } from "../pep/namespaces.ts";
import type { NodePlace } from "./ports.ts";
import { isServiceOf } from "./vouching.ts";

/**
 * null for what is not the author's own: another person's node, a service of another server,
 * the component's own, and on a shared service any node but that of this item (XEP-0277).
 */
export function ownComments(
  place: NodePlace | null,
  post: {
    readonly jid: Jid;
    readonly itemId: string;
    readonly domain: string;
    readonly ownHosts: readonly string[];
  },
): NodePlace | null {
  if (place === null || !place.node.startsWith(NODE_COMMENTS)) return null;
  const { service, node } = place;
  if (domainOf(service) === post.domain) return null;
  if (service === post.jid) return place;
  const isShared = localOf(service) === null && isServiceOf(service, post.jid, post.ownHosts);
  return isShared && node === NODE_COMMENTS + post.itemId ? place : null;
}
