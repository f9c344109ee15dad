/**
 * Pictures of local people's posts, fetched and converted when somebody asks for them, in
 * bounded memory: so many sources at a time, so many conversions, so many kept bytes.
 *
 * Whether a photo is there is asked of the store each time, before anything that is kept: a
 * deleted post's picture is gone at once.
 */
import { createHash } from "node:crypto";
import type { Audience } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { describeError, DxError } from "../errors/error.ts";
import type { GuardedHttp } from "../http/client.ts";
import type { Log } from "../log/log.ts";
import { createByteCache } from "./byte-cache.ts";
import { convertPicture, type ConvertedPicture } from "./convert.ts";
import { createFairGate } from "./fair-gate.ts";
import { createGate } from "./gate.ts";
import type { PhotoSize } from "./names.ts";
import type { PhotoSources } from "./ports.ts";
import { fetchPicture, type SourcePicture } from "./source.ts";

export interface PhotosOptions {
  readonly sources: PhotoSources;
  readonly http: Pick<GuardedHttp, "get">;
  readonly log: Log;
  /** Of a picture as its author uploaded it. */
  readonly maxBytes: number;
  /** Of what is kept in memory. */
  readonly cacheBytes: number;
}

export interface ServedPicture extends ConvertedPicture {
  /** RFC 9110 §8.8.3. */
  readonly etag: string;
}

export interface Photos {
  /** Throws DX_ITEM_NOT_FOUND, DX_MEDIA_BUSY, and what fetchPicture and convertPicture throw. */
  picture(guid: Guid, size: PhotoSize): Promise<{ picture: ServedPicture; audience: Audience }>;
}

/** Each holds at most one source in memory; one host has at most half of both. */
const MAX_AT_WORK = 8;
const MAX_WAITING = 200;
const MAX_CONVERSIONS = 2;
/** A source that is away is asked again after this; its readers come more often. */
const FAILURE_MS = 60_000;

export function createPhotos(options: PhotosOptions): Photos {
  const atWork = createFairGate(MAX_AT_WORK, MAX_WAITING);
  const conversions = createGate(MAX_CONVERSIONS, MAX_AT_WORK);
  const limits = { maxBytes: Math.ceil(options.cacheBytes / 2), failureMs: FAILURE_MS };
  // Pods ask for the sizes of one picture soon after each other.
  const sources = createByteCache<SourcePicture>({ ...limits, bytesOf });
  const results = createByteCache<ServedPicture>({ ...limits, bytesOf });

  async function make(guid: Guid, url: string, size: PhotoSize): Promise<ServedPicture> {
    const source = await sources.get(guid, () => fetch(guid, url));
    const picture = await convert(guid, source, size);
    // All that may have taken half a minute, in which the post may have gone.
    if ((await options.sources.of(guid)) === null) throw new DxError("DX_ITEM_NOT_FOUND");
    return picture;
  }

  async function convert(
    guid: Guid,
    source: SourcePicture,
    size: PhotoSize,
  ): Promise<ServedPicture> {
    try {
      return withTag(await conversions(() => convertPicture(source, size)));
    } catch (error) {
      options.log.info({ guid, size, error: describeError(error) }, "a picture is not shown");
      throw error;
    }
  }

  async function fetch(guid: Guid, url: string): Promise<SourcePicture> {
    try {
      return await fetchPicture(url, options.http, options.maxBytes);
    } catch (error) {
      options.log.info({ guid, error: describeError(error) }, "a picture cannot be fetched");
      throw error;
    }
  }

  return {
    async picture(guid, size) {
      const source = await options.sources.of(guid);
      if (source === null) throw new DxError("DX_ITEM_NOT_FOUND");
      const picture = await results.get(`${guid} ${size}`, () =>
        atWork(hostOf(source.url), () => make(guid, source.url, size)),
      );
      return { picture, audience: source.audience };
    },
  };
}

/** What an author's client wrote need not be an address; then the guarded client says so. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "";
}

function bytesOf(picture: { readonly bytes: Buffer }): number {
  return picture.bytes.length;
}

export function withTag(picture: ConvertedPicture): ServedPicture {
  const digest = createHash("sha256").update(picture.bytes).digest("base64url");
  return { ...picture, etag: `"${digest.slice(0, 22)}"` };
}
