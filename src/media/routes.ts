/**
 * Serves pictures under the names of src/media/names.ts. Anybody may ask, as on a diaspora* pod:
 * what protects the picture of a limited post is its GUID, a keyed digest that nobody guesses.
 */
import type { Audience } from "../activitystreams/activity.ts";
import { DxError, isDxError } from "../errors/error.ts";
import { sendError } from "../http/error-reply.ts";
import { pathValue, type HttpReply, type HttpRequest, type Routes } from "../http/routes.ts";
import { parsePhotoName, PHOTO_ROUTE } from "./names.ts";
import type { Photos, ServedPicture } from "./photos.ts";

/** Short, so that a deleted picture does not stay long with those who keep copies. */
const MAX_AGE_SECONDS = 3_600;
const BUSY_SECONDS = 5;

export function mediaRoutes(photos: Photos): Routes {
  return (app) => {
    app.get(PHOTO_ROUTE, async (request, reply) => {
      const wanted = parsePhotoName(pathValue(request, "name"));
      try {
        if (wanted === null) throw new DxError("DX_ITEM_NOT_FOUND");
        const { picture, audience } = await photos.picture(wanted.guid, wanted.size);
        return await sendPicture(request, reply, picture, audience);
      } catch (error) {
        return sendNoPicture(reply, error);
      }
    });
  };
}

export async function sendPicture(
  request: HttpRequest,
  reply: HttpReply,
  picture: ServedPicture,
  audience: Audience,
): Promise<HttpReply> {
  const scope = audience === "public" ? "public" : "private";
  reply.headers({
    etag: picture.etag,
    "cache-control": `${scope}, max-age=${String(MAX_AGE_SECONDS)}`,
    // Opened by itself it is a picture and nothing else, whatever a browser makes of it.
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    // Pods show it in their own pages.
    "cross-origin-resource-policy": "cross-origin",
  });
  if (isCurrent(request.headers["if-none-match"], picture.etag)) {
    return await reply.status(304).send();
  }
  return await reply.type(picture.type).send(picture.bytes);
}

/** Somebody else's server that is away is no failure of ours: said, not logged as one. */
export function sendNoPicture(reply: HttpReply, error: unknown): HttpReply {
  if (!isDxError(error)) throw error;
  return sendError(reply.header("cache-control", "no-store"), error, BUSY_SECONDS);
}

/** RFC 9110 §13.1.2: any of the list, compared weakly; `*` is whatever there is. */
function isCurrent(header: string | undefined, etag: string): boolean {
  const listed = (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return listed.includes(etag) || listed.includes("*");
}
