/**
 * Where pods fetch a post of ours (diaspora-protocol.md §13): the envelope that it was sent
 * in, or where the author's own pod has it. Private, deleted, unknown, of a closed account,
 * and of a type that does not fit are one answer: 404.
 */
import { parseGuid } from "../activitystreams/ids.ts";
import { DxError, isDxError } from "../errors/error.ts";
import { sendError } from "../http/error-reply.ts";
import {
  pathValue,
  perMinute,
  type HttpReply,
  type HttpRequest,
  type Routes,
} from "../http/routes.ts";
import { MAGIC_ENVELOPE_TYPE } from "../salmon/magic-envelope.ts";
import { isFetchType, keyOfType } from "./fetch-types.ts";
import type { ServedPosts } from "./ports.ts";
import type { Signer } from "./signer.ts";

export interface FetchRouteDeps {
  readonly posts: Pick<ServedPosts, "find">;
  readonly signer: Pick<Signer, "envelopeOf">;
  /** Default 300 from one address. */
  readonly fetchesPerMinute?: number;
}

/** Twenty first contacts with their back catalogue; two seconds of signing at most. */
const FETCHES_PER_MINUTE = 300;

export function fetchRoutes(deps: FetchRouteDeps): Routes {
  const options = perMinute(deps.fetchesPerMinute ?? FETCHES_PER_MINUTE);
  return (app) => {
    app.get("/fetch/:type/:guid", options, (request, reply) => answer(deps, request, reply));
  };
}

async function answer(
  deps: FetchRouteDeps,
  request: HttpRequest,
  reply: HttpReply,
): Promise<HttpReply> {
  const type = pathValue(request, "type");
  const guid = parseGuid(pathValue(request, "guid"));
  // A reshare is a post of somebody who lives elsewhere, and is not kept.
  if (guid === null || !isFetchType(type) || type === "reshare") return notFound(reply);
  const post = await deps.posts.find(keyOfType(type), guid);
  if (post === null) return notFound(reply);
  if ("podUrl" in post.author) {
    const path = `/fetch/${type}/${encodeURIComponent(guid)}`;
    return reply.redirect(new URL(path, post.author.podUrl).href, 302);
  }
  try {
    const envelope = await deps.signer.envelopeOf(post.activity, post.author);
    return await reply.type(`${MAGIC_ENVELOPE_TYPE}; charset=utf-8`).send(envelope);
  } catch (error) {
    // It has no form on the federation, or its author has gone while it was looked for.
    if (isDxError(error) && error.entry.http < 500) return notFound(reply);
    throw error;
  }
}

function notFound(reply: HttpReply): HttpReply {
  return sendError(reply, new DxError("DX_ITEM_NOT_FOUND"));
}
