/** A person's picture as XMPP clients take it (XEP-0084): small, PNG or JPEG, with its hash. */
import { createHash } from "node:crypto";
import { DxError } from "../errors/error.ts";
import { convertStill, decoder, type Pipeline } from "./convert.ts";
import type { PictureKind } from "./sniff.ts";
import type { SourcePicture } from "./source.ts";

export interface Portrait {
  /** Lower-case hex, of exactly these bytes: XEP-0084 §3.1. */
  readonly sha1: string;
  readonly bytes: Buffer;
  readonly type: "image/png" | "image/jpeg";
  readonly width: number;
  readonly height: number;
}

/** XEP-0153 §4.2 asks for no more than 192 pixels; XEP-0084 for small ones. */
const SIDE = 192;
/** As much as gives 32 KiB in base64. */
const MAX_BYTES = 24 * 1024;

/** From the best to what is always small enough. */
const TRIES: readonly { readonly side: number; readonly quality: number | "lossless" }[] = [
  { side: SIDE, quality: "lossless" },
  { side: SIDE, quality: 85 },
  { side: SIDE, quality: 60 },
  { side: 128, quality: 60 },
  { side: 96, quality: 50 },
];

/** Throws DX_PICTURE_REFUSED. */
export async function portraitOf(source: SourcePicture): Promise<Portrait> {
  return await convertStill(source, { width: SIDE, height: SIDE, fit: "inside" }, shrink);
}

/** Decoded once; then what is tried costs little. */
async function shrink(pipeline: Pipeline, kind: PictureKind): Promise<Portrait> {
  const sharp = await decoder();
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  for (const { side, quality } of TRIES) {
    // A photo without loss is always larger, and no better.
    if (quality === "lossless" && kind === "jpeg") continue;
    const small = sharp(data, { raw }).resize({
      width: side,
      height: side,
      fit: "inside",
      withoutEnlargement: true,
    });
    const written =
      quality === "lossless"
        ? small.png()
        : small.flatten({ background: "#fff" }).jpeg({ quality });
    const made = await written.toBuffer({ resolveWithObject: true });
    if (made.data.length > MAX_BYTES) continue;
    const { width, height } = made.info;
    const type = quality === "lossless" ? "image/png" : "image/jpeg";
    const sha1 = createHash("sha1").update(made.data).digest("hex");
    return { sha1, bytes: made.data, type, width, height };
  }
  throw new DxError("DX_PICTURE_REFUSED", { detail: "it does not get small enough" });
}
