/** The nodes of which the rules speak. */
import type { Guid, Jid } from "../activitystreams/ids.ts";

/** Where posts stand on the XMPP side (XEP-0277). */
export const POSTS_NODE = "urn:xmpp:microblog:0";

/** On the component: what somebody here wrote by a command, with no place on their own server. */
export function hostedNode(jid: Jid): string {
  return `/user/${jid}/posts`;
}

/** On the component: what is said below a post (XEP-0277 §Comments). */
export function commentsNode(post: Guid): string {
  return `${POSTS_NODE}:comments/${post}`;
}
