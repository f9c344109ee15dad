/** Streams of posts and comments: how their nodes are called, where they are, what is in them. */
import {
  bareJid,
  domainOf,
  localOf,
  parseGuid,
  type Guid,
  type Jid,
} from "../../activitystreams/ids.ts";
import type { Above, Page, PageQuery, SeenPost, SeenReply } from "../../activitystreams/stream.ts";
import { parseVirtualLocal } from "../../activitystreams/virtual-jid.ts";
import { DxError } from "../../errors/error.ts";
import { NODE_COMMENTS, NODE_MICROBLOG } from "../namespaces.ts";
import type { Readable } from "../ports.ts";
import type { NodeContext, Visit } from "./context.ts";

/** buddycloud's channels. */
const HOSTED = /^\/user\/([^/]+)\/posts$/;

/** XEP-0277; the node's name at its service. */
export function nodeNameOf(readable: Readable): string {
  switch (readable.type) {
    case "posts":
      return NODE_MICROBLOG;
    case "hosted":
      return `/user/${readable.owner}/posts`;
    case "comments":
      return NODE_COMMENTS + readable.post;
  }
}

/** null where this service has no such node. */
export function readableAt(context: NodeContext, service: Jid, node: string): Readable | null {
  const local = localOf(service);
  if (local !== null) {
    const person = parseVirtualLocal(local);
    return person === null || node !== NODE_MICROBLOG ? null : { type: "posts", person };
  }
  if (node.startsWith(NODE_COMMENTS)) {
    const post = parseGuid(node.slice(NODE_COMMENTS.length));
    return post === null ? null : { type: "comments", post };
  }
  const owner = bareJid(HOSTED.exec(node)?.[1] ?? "");
  // People of the federation have their posts at their own addresses.
  if (owner === null || localOf(owner) === null || domainOf(owner) === context.component) {
    return null;
  }
  return { type: "hosted", owner };
}

/** Throws DX_ITEM_NOT_FOUND for what is not there, and just so for what is not for the asker. */
export async function postsAt(
  { context: { ports }, asker }: Visit,
  at: Exclude<Readable, { type: "comments" }>,
  query: PageQuery,
): Promise<Page<SeenPost>> {
  const page =
    at.type === "posts"
      ? await ports.stream(at.person, asker, query)
      : await ports.hosted(at.owner, asker, query);
  if (page === null) throw new DxError("DX_ITEM_NOT_FOUND");
  return page;
}

/** The same for what was said below a post. */
export async function threadAt(
  { context: { ports }, asker }: Visit,
  post: Guid,
  query: PageQuery,
): Promise<{ readonly above: Above; readonly page: Page<SeenReply> }> {
  const thread = await ports.thread(post, asker, query);
  if (thread === null) throw new DxError("DX_ITEM_NOT_FOUND");
  return thread;
}

export async function pageAt(
  visit: Visit,
  at: Readable,
  query: PageQuery,
): Promise<Page<SeenPost | SeenReply>> {
  if (at.type !== "comments") return postsAt(visit, at, query);
  return (await threadAt(visit, at.post, query)).page;
}

/** One item of it, by its name. */
export async function seenAt(
  visit: Visit,
  at: Readable,
  item: string,
): Promise<SeenPost | SeenReply> {
  const query = { max: 1, ids: [item], order: "creation", counted: false } as const;
  const [seen] = (await pageAt(visit, at, query)).items;
  if (seen === undefined) throw new DxError("DX_ITEM_NOT_FOUND");
  return seen;
}

export function guidOf(seen: SeenPost | SeenReply): Guid {
  return seen.activity.object.guid;
}
