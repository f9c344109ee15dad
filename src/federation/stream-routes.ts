/**
 * A person's newest public posts as a list of GUIDs (diaspora-peers.md §1): what a pod asks
 * for when one of its people finds one of ours, to fetch each post that it does not know.
 * In a browser it is the person's page.
 */
import { parseGuid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { sendError } from "../http/error-reply.ts";
import { pathValue, type HttpReply, type HttpRequest, type Routes } from "../http/routes.ts";
import { sendPage } from "./people-routes.ts";
import type { ServedPeople, ServedPosts } from "./ports.ts";

export interface StreamRouteDeps {
  readonly people: Pick<ServedPeople, "byGuid" | "profileOf">;
  readonly posts: Pick<ServedPosts, "newest">;
}

/**
 * A page of diaspora*'s own stream, which is all that a pod gets of another one. Each costs
 * the asking pod a request and us a signature, 7 ms of a core: together a tenth of a second.
 */
export const STREAM_POSTS = 15;

export function streamRoutes(deps: StreamRouteDeps): Routes {
  return (app) => {
    app.get("/people/:guid/stream", async (request, reply) => {
      reply.header("vary", "accept");
      const guid = parseGuid(pathValue(request, "guid"));
      const person = guid === null ? null : await deps.people.byGuid(guid);
      if (person === null) return sendError(reply, new DxError("DX_ITEM_NOT_FOUND"));
      if (wantsPage(request)) return sendPage(reply, person, deps.people);
      const guids = await deps.posts.newest(person.guid, STREAM_POSTS);
      const author = { guid: person.guid };
      const posts = guids.map((post) => ({ guid: post, public: true, author }));
      return sendJson(reply, posts);
    });
  };
}

/** Browsers name it; whoever does not is a program. */
function wantsPage(request: HttpRequest): boolean {
  return /\btext\/html\b/i.test(request.headers.accept ?? "");
}

function sendJson(reply: HttpReply, value: unknown): HttpReply {
  return reply.type("application/json; charset=utf-8").send(JSON.stringify(value));
}
