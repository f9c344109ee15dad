/** Local people's own pictures for the pods of their contacts, in the three sizes of a profile. */
import type { Guid } from "../activitystreams/ids.ts";
import type { Avatar, AvatarSize, ProfileChange } from "../activitystreams/profile.ts";
import { DxError } from "../errors/error.ts";
import { pathValue, type Routes } from "../http/routes.ts";
import { AVATAR_ROUTE, parseAvatarName } from "./avatar-names.ts";
import { createByteCache } from "./byte-cache.ts";
import { convertStill, type ConvertedPicture, type Pipeline } from "./convert.ts";
import { createGate } from "./gate.ts";
import { withTag, type ServedPicture } from "./photos.ts";
import { sendNoPicture, sendPicture } from "./routes.ts";
import { sniffPicture, type PictureKind } from "./sniff.ts";

export interface OwnAvatarsOptions {
  /** null for who is not registered, or has no picture. */
  readonly of: (person: Guid) => Promise<Avatar | null>;
  /** Of what is kept in memory. */
  readonly cacheBytes: number;
}

/** As diaspora* has them (app/uploaders/processed_image.rb). */
const SIDES: Readonly<Record<AvatarSize, number>> = { large: 300, medium: 100, small: 50 };
const MAX_CONVERSIONS = 2;
const MAX_WAITING = 50;
const FAILURE_MS = 60_000;
/** More than any client publishes; a stanza is the limit before. */
const MAX_OWN_BYTES = 1024 * 1024;

/** What a client has published as a picture and is none that could be shown counts as none. */
export function onlyPictures(change: ProfileChange): ProfileChange {
  const { avatar } = change;
  if (avatar === undefined || avatar === null) return change;
  const { bytes } = avatar;
  const isPicture = bytes.length <= MAX_OWN_BYTES && sniffPicture(bytes) !== null;
  return isPicture ? change : { ...change, avatar: null };
}

export function avatarRoutes({ of, cacheBytes }: OwnAvatarsOptions): Routes {
  const conversions = createGate(MAX_CONVERSIONS, MAX_WAITING);
  const results = createByteCache<ServedPicture>({
    maxBytes: cacheBytes,
    bytesOf: ({ bytes }) => bytes.length,
    failureMs: FAILURE_MS,
  });

  async function picture(guid: Guid, size: AvatarSize): Promise<ServedPicture> {
    const avatar = await of(guid);
    if (avatar === null) throw new DxError("DX_ITEM_NOT_FOUND");
    return await results.get(`${avatar.sha1} ${size}`, () =>
      conversions(async () => withTag(await convert(avatar.bytes, size))),
    );
  }

  return (app) => {
    app.get(AVATAR_ROUTE, async (request, reply) => {
      const wanted = parseAvatarName(pathValue(request, "name"));
      try {
        if (wanted === null) throw new DxError("DX_ITEM_NOT_FOUND");
        const served = await picture(wanted.guid, wanted.size);
        return await sendPicture(request, reply, served, "public");
      } catch (error) {
        return sendNoPicture(reply, error);
      }
    });
  };
}

async function convert(bytes: Buffer, size: AvatarSize): Promise<ConvertedPicture> {
  const kind = sniffPicture(bytes);
  if (kind === null) throw new DxError("DX_PICTURE_REFUSED");
  const side = SIDES[size];
  return await convertStill({ kind, bytes }, { width: side, height: side, fit: "cover" }, write);
}

/** Every pod and every browser shows these two. */
async function write(pipeline: Pipeline, kind: PictureKind): Promise<ConvertedPicture> {
  return kind === "jpeg"
    ? { type: "image/jpeg", bytes: await pipeline.jpeg({ quality: 85 }).toBuffer() }
    : { type: "image/png", bytes: await pipeline.png().toBuffer() };
}
