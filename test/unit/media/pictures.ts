/** Pictures made for tests, and what a reader of a picture sees of it. */
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import type { Sharp } from "sharp";

export type Encoding = "jpeg" | "png" | "gif" | "webp" | "avif";

/** Left half red, right half blue, opaque. */
export async function twoHalves(
  width: number,
  height: number,
  encoding: Encoding = "png",
): Promise<Buffer> {
  return await encoded(halves(width, height), encoding);
}

/** AVIF takes ten times as long as the rest together, unless it is asked for no effort. */
export async function encoded(picture: Sharp, encoding: Encoding): Promise<Buffer> {
  return await picture.toFormat(encoding, encoding === "avif" ? { effort: 0 } : {}).toBuffer();
}

function halves(width: number, height: number): Sharp {
  const half = Math.floor(width / 2);
  const left = { width: Math.max(1, half), height, channels: 3, background: "#f00" } as const;
  return sharp({ create: { width, height, channels: 3, background: "#00f" } }).composite([
    { input: { create: left }, left: 0, top: 0 },
  ]);
}

/** A photo as a phone writes it: where it was taken, by whom, and which way it was held. */
export async function fromAPhone(
  width: number,
  height: number,
  options: { readonly orientation?: number; readonly encoding?: Encoding } = {},
): Promise<Buffer> {
  const picture = halves(width, height)
    .withExif({
      IFD0: { Artist: "Anna Secret", Copyright: "Anna Secret" },
      IFD3: { GPSLatitudeRef: "N", GPSLatitude: "52/1 31/1 12/1", GPSLongitudeRef: "E" },
    })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret>Anna Secret</secret></x:xmpmeta>')
    .withIccProfile("p3");
  const { orientation, encoding = "jpeg" } = options;
  const turned = orientation === undefined ? picture : picture.withMetadata({ orientation });
  return await encoded(turned, encoding);
}

/** Each frame in stripes of its own: encoders leave out one that is like the last. */
export async function moving(
  width: number,
  height: number,
  frames: number,
  encoding: "gif" | "webp" = "gif",
): Promise<Buffer> {
  const pixels = Buffer.concat(
    Array.from({ length: frames }, (_, frame) => {
      const stripes = Array.from({ length: 36 }, (_, bit) => (frame >> Math.floor(bit / 3)) & 1);
      return Buffer.alloc(width * height * 3, Buffer.from(stripes.map((on) => on * 255)));
    }),
  );
  const raw = { width, height: height * frames, channels: 3, pageHeight: height } as const;
  return await sharp(pixels, { raw }).toFormat(encoding, { effort: 1 }).toBuffer();
}

/** Frames of one pixel on a canvas of this size: 17 bytes for each of them. */
export function tinyFrames(width: number, height: number, frames: number): Buffer {
  const screen = Buffer.from("GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff", "latin1");
  screen.writeUInt16LE(width, 6);
  screen.writeUInt16LE(height, 8);
  const frame = Buffer.from("\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0", "latin1");
  return Buffer.concat([screen, ...Array<Buffer>(frames).fill(frame), Buffer.from(";")]);
}

/** Whole and valid, black, one bit a pixel: a few bytes for each million of pixels. */
export function blackPng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(1, 8);
  const rows = Buffer.alloc((1 + Math.ceil(width / 8)) * height);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 1 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Headers alone: what a decoder is told of the size before it sees a pixel. */
export function headerOf(kind: "jpeg" | "png", width: number, height: number): Buffer {
  if (kind === "jpeg") {
    const frame = Buffer.from(
      "\xff\xd8\xff\xc2\0\x11\x08\0\0\0\0\x03\x01\x11\0\x02\x11\0\x03\x11\0",
      "latin1",
    );
    frame.writeUInt16BE(height, 7);
    frame.writeUInt16BE(width, 9);
    const scan = Buffer.from("\xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\0\0", "latin1");
    return Buffer.concat([frame, scan, Buffer.from("\xff\xd9", "latin1")]);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 16 bits, colours with opacity, interlaced.
  header.set([16, 6, 0, 0, 1], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.alloc(0))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

export function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(8);
  framed.writeUInt32BE(data.length, 0);
  framed.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([framed.subarray(0, 4), body, framed.subarray(4)]);
}

export interface Seen {
  readonly format: string;
  readonly width: number;
  /** Of one frame. */
  readonly height: number;
  readonly frames: number;
  readonly alpha: boolean;
  /** Names of the blocks of metadata that are there. */
  readonly metadata: readonly string[];
}

export async function see(bytes: Buffer): Promise<Seen> {
  const found = await sharp(bytes, { animated: true }).metadata();
  const blocks = ["exif", "icc", "iptc", "xmp", "orientation", "comments"] as const;
  return {
    format: found.format,
    width: found.width,
    height: found.pageHeight ?? found.height,
    frames: found.pages ?? 1,
    alpha: found.hasAlpha,
    metadata: blocks.filter((name) => found[name] !== undefined),
  };
}

/** Red, green, blue and opacity at a place given as parts of width and height. */
export async function pixelAt(bytes: Buffer, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(bytes)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const column = Math.min(info.width - 1, Math.floor(x * info.width));
  const row = Math.min(info.height - 1, Math.floor(y * info.height));
  const at = (row * info.width + column) * info.channels;
  return [...data.subarray(at, at + 4)];
}
