/**
 * A picture in one of the sizes, for the web: turned as its orientation says, in sRGB, and
 * without any metadata, of which EXIF often tells where its author lives. The sizes are those
 * of diaspora* (app/uploaders/processed_image.rb, diaspora-peers.md §2); nothing is enlarged.
 */
import { DxError, describeError } from "../errors/error.ts";
import type { PhotoSize } from "./names.ts";
import type { PictureKind } from "./sniff.ts";
import type { SourcePicture } from "./source.ts";

export type Sharp = typeof import("sharp").default;
export type Pipeline = import("sharp").Sharp;
type Metadata = import("sharp").Metadata;

export interface ConvertedPicture {
  readonly type: "image/jpeg" | "image/png" | "image/webp";
  readonly bytes: Buffer;
}

export interface Form {
  readonly width: number;
  /** Absent: as the width asks. */
  readonly height?: number;
  /** `cover` fills the box and cuts off what stands out, `inside` stays within it. */
  readonly fit: "cover" | "inside";
  /** Whether what moves still moves. Posts are shown by these, lists by the others. */
  readonly moving: boolean;
}

/** What a picture is written as, when it does not move. */
export type Writer<Written> = (pipeline: Pipeline, kind: PictureKind) => Promise<Written>;

/** Of the bare name: diaspora* gives the whole upload, we what a large screen can show of it. */
const LONGEST_SIDE = 4_096;

const FORMS: Readonly<Record<PhotoSize, Form>> = {
  thumb_small: { width: 50, height: 50, fit: "cover", moving: false },
  thumb_medium: { width: 100, height: 100, fit: "cover", moving: false },
  thumb_large: { width: 300, height: 1_500, fit: "inside", moving: false },
  scaled_full: { width: 700, fit: "inside", moving: true },
  original: { width: LONGEST_SIDE, height: LONGEST_SIDE, fit: "inside", moving: true },
};

/** 8,192 × 8,192: a phone's 50 megapixels and some more. Most are decoded line by line. */
const MAX_PIXELS = 8_192 * 8_192;
/** Of what can only be decoded as a whole: 2 kB of AVIF would take more than a gigabyte. */
const MAX_WHOLE_BYTES = 320 * 1024 * 1024;
/** Measured: planes, colours and what lies between them, whatever the depth. */
const AVIF_BYTES_PER_PIXEL = 18;
/** All frames together. What moves longer or larger than that is shown by its first frame. */
const MAX_MOVING_PIXELS = 32 * 1024 * 1024;
const MAX_FRAMES = 500;
const MAX_SECONDS = 30;

/** Throws DX_PICTURE_REFUSED. */
export async function convertPicture(
  source: SourcePicture,
  size: PhotoSize,
): Promise<ConvertedPicture> {
  return await refusing(async () => {
    const form = FORMS[size];
    const { pipeline, animated } = await shaped(source, form);
    return animated ? await writeMoving(pipeline) : await writeStill(pipeline, source.kind);
  });
}

/** The first frame of it, written by the caller. Throws DX_PICTURE_REFUSED. */
export async function convertStill<Written>(
  source: SourcePicture,
  form: Omit<Form, "moving">,
  write: Writer<Written>,
): Promise<Written> {
  return await refusing(async () => {
    const { pipeline } = await shaped(source, { ...form, moving: false });
    return await write(pipeline, source.kind);
  });
}

async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new DxError("DX_PICTURE_REFUSED", {
      detail: describeError(error).split("\n", 1)[0] ?? "",
      cause: error,
    });
  }
}

let loaded: Promise<Sharp> | undefined;

/** Loaded with the first picture: it takes a tenth of a second that every start would wait for. */
export function decoder(): Promise<Sharp> {
  loaded ??= import("sharp").then(({ default: sharp }) => {
    // Results are kept as bytes, in a place with a limit.
    sharp.cache(false);
    // One thread for each conversion, of which src/media/photos.ts counts how many there are.
    sharp.concurrency(1);
    // What was sniffed is what may decode: whatever it says it is, no other loader sees it.
    sharp.block({ operation: ["VipsForeignLoad"] });
    sharp.unblock({
      operation: [
        "VipsForeignLoadJpeg",
        "VipsForeignLoadPng",
        "VipsForeignLoadNsgif",
        "VipsForeignLoadWebp",
        "VipsForeignLoadHeif",
      ],
    });
    return sharp;
  });
  return loaded;
}

async function shaped(
  source: SourcePicture,
  form: Form,
): Promise<{ pipeline: Pipeline; animated: boolean }> {
  const sharp = await decoder();
  // Warnings are the decoder's taste; a file that ends too soon or is damaged is refused.
  const limits = { limitInputPixels: MAX_PIXELS, failOn: "error" } as const;
  const facts = await sharp(source.bytes, limits).metadata();
  if (facts.width * facts.height * wholeBytesPerPixel(source.kind, facts) > MAX_WHOLE_BYTES) {
    throw new RangeError("it cannot be decoded in parts, and is too large for that");
  }
  const animated = form.moving && moves(source.kind, facts);
  const pipeline = animated
    ? sharp(source.bytes, { ...limits, animated })
    : sharp(source.bytes, limits).autoOrient();
  const resized = pipeline.timeout({ seconds: MAX_SECONDS }).resize({
    width: form.width,
    ...(form.height === undefined ? {} : { height: form.height }),
    fit: form.fit,
    withoutEnlargement: true,
  });
  // What has 16 bits a colour is turned into P3 by sharp, and would be read as sRGB.
  const coloured =
    facts.space === "rgb16" ? resized.withIccProfile("srgb", { attach: false }) : resized;
  return { pipeline: coloured, animated };
}

/** 0 for what is decoded line by line. */
function wholeBytesPerPixel(kind: PictureKind, facts: Metadata): number {
  if (kind === "avif") return AVIF_BYTES_PER_PIXEL;
  if (!facts.isProgressive) return 0;
  // Each scan of a progressive JPEG adds to coefficients of two bytes; PNG's fill up the pixels.
  return facts.channels * (kind === "jpeg" || facts.depth === "ushort" ? 2 : 1);
}

function moves(kind: PictureKind, { width, height, pages = 1 }: Metadata): boolean {
  // Several pictures in one AVIF lie beside each other; they are no frames.
  if (kind === "avif" || pages === 1 || pages > MAX_FRAMES) return false;
  return width * height * pages <= MAX_MOVING_PIXELS;
}

/** Writing GIF takes ten times as long: each frame's colours have to be chosen. */
async function writeMoving(pipeline: Pipeline): Promise<ConvertedPicture> {
  const bytes = await pipeline.webp({ quality: 80, effort: 1 }).toBuffer();
  return { type: "image/webp", bytes };
}

async function writeStill(pipeline: Pipeline, kind: PictureKind): Promise<ConvertedPicture> {
  switch (kind) {
    case "jpeg":
      return { type: "image/jpeg", bytes: await pipeline.jpeg({ quality: 85 }).toBuffer() };
    case "png":
    case "gif":
      return { type: "image/png", bytes: await pipeline.png().toBuffer() };
    // Not every browser shows AVIF; WebP keeps its transparency.
    case "webp":
    case "avif":
      return {
        type: "image/webp",
        bytes: await pipeline.webp({ quality: 85, effort: 2 }).toBuffer(),
      };
  }
}
