/** Files that are a picture and something else besides, and pictures of rare kinds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import type { Sharp } from "sharp";
import { isDxError } from "../../../src/errors/error.ts";
import { convertPicture, type ConvertedPicture } from "../../../src/media/convert.ts";
import type { PhotoSize } from "../../../src/media/names.ts";
import { sniffPicture } from "../../../src/media/sniff.ts";
import {
  chunk,
  encoded,
  fromAPhone,
  headerOf,
  moving,
  pixelAt,
  see,
  twoHalves,
} from "./pictures.ts";

const SIZES: readonly PhotoSize[] = ["thumb_small", "thumb_large", "scaled_full", "original"];
const SCRIPT = "<html><script>steal(document.cookie)</script>";

async function converted(bytes: Buffer, size: PhotoSize): Promise<ConvertedPicture> {
  const kind = sniffPicture(bytes);
  assert.ok(kind !== null);
  return await convertPicture({ kind, bytes }, size);
}

/** Behind the first `length` bytes. */
function insert(bytes: Buffer, length: number, added: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, length), added, bytes.subarray(length)]);
}

/** A JPEG's block of data, from APP0 (0xe0) to COM (0xfe). */
function segment(marker: number, text: string): Buffer {
  const data = Buffer.from(text, "latin1");
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}

const AFTER_SOI = 2;
/** Behind signature and IHDR. */
const AFTER_IHDR = 33;

async function riff(bytes: Buffer): Promise<Buffer> {
  const padded = SCRIPT.length % 2 === 0 ? SCRIPT : `${SCRIPT} `;
  const head = Buffer.from("EVIL\0\0\0\0", "latin1");
  head.writeUInt32LE(padded.length, 4);
  const whole = Buffer.concat([bytes, head, Buffer.from(padded)]);
  whole.writeUInt32LE(whole.length - 8, 4);
  return await Promise.resolve(whole);
}

const POLYGLOTS: Readonly<Record<string, () => Promise<Buffer>>> = {
  "a JPEG's comment": async () =>
    insert(await twoHalves(400, 200, "jpeg"), AFTER_SOI, segment(0xfe, SCRIPT)),
  "a JPEG's IPTC": async () =>
    insert(
      await twoHalves(400, 200, "jpeg"),
      AFTER_SOI,
      segment(0xed, `Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x32\x1c\x02\x78\0\x2d${SCRIPT}`),
    ),
  "a JPEG's unknown block": async () =>
    insert(await twoHalves(400, 200, "jpeg"), AFTER_SOI, segment(0xef, SCRIPT)),
  "what follows a JPEG": async () =>
    Buffer.concat([await twoHalves(400, 200, "jpeg"), Buffer.from(SCRIPT)]),
  "a PNG's text": async () =>
    insert(
      await twoHalves(400, 200, "png"),
      AFTER_IHDR,
      chunk("tEXt", Buffer.from(`Comment\0${SCRIPT}`)),
    ),
  "a PNG's international text": async () =>
    insert(
      await twoHalves(400, 200, "png"),
      AFTER_IHDR,
      chunk("iTXt", Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${SCRIPT}`)),
    ),
  "what follows a PNG": async () =>
    Buffer.concat([await twoHalves(400, 200, "png"), Buffer.from(SCRIPT)]),
  "a GIF's comment": async () =>
    insert(
      await moving(400, 200, 2),
      // Behind the header, the screen and its table of colours.
      13 + 3 * 2 ** (((await moving(400, 200, 2)).readUInt8(10) & 7) + 1),
      Buffer.concat([
        Buffer.from([0x21, 0xfe, SCRIPT.length]),
        Buffer.from(SCRIPT),
        Buffer.from([0]),
      ]),
    ),
  "what follows a GIF": async () =>
    Buffer.concat([await twoHalves(400, 200, "gif"), Buffer.from(SCRIPT)]),
  "a WebP's unknown block": async () => riff(await twoHalves(400, 200, "webp")),
};

for (const [what, make] of Object.entries(POLYGLOTS)) {
  test(`a page in ${what} gets into no size of the picture`, async () => {
    const source = await make();
    assert.ok(source.includes(SCRIPT));
    for (const size of SIZES) {
      const { bytes } = await converted(source, size);
      assert.ok(!bytes.includes("script"), size);
      assert.deepEqual((await see(bytes)).metadata, []);
    }
  });
}

test("an animated PNG is shown by its picture for those who know no other", async () => {
  const still = await twoHalves(400, 200, "png");
  const control = Buffer.alloc(8);
  control.writeUInt32BE(1_000_000, 0);
  const bytes = insert(still, AFTER_IHDR, chunk("acTL", control));
  const shown = await see((await converted(bytes, "original")).bytes);
  assert.deepEqual([shown.format, shown.frames, shown.width], ["png", 1, 400]);
});

for (const [what, profile, make] of [
  ["16 bits", "p3", (green: Sharp) => green.toColourspace("rgb16").png()],
  ["16 bits of no wide colours", "srgb", (green: Sharp) => green.toColourspace("rgb16").png()],
  ["a palette", "p3", (green: Sharp) => green.png({ palette: true })],
  ["lossless WebP", "p3", (green: Sharp) => green.webp({ lossless: true })],
] as const) {
  test(`colours look the same without their profile: ${what}`, async () => {
    const background = { r: 0, g: 255, b: 0, alpha: 0.5 };
    const create = { width: 60, height: 40, channels: 4, background } as const;
    const source = await make(sharp({ create }).withIccProfile(profile)).toBuffer();
    assert.ok((await see(source)).metadata.includes("icc"));
    for (const size of SIZES) {
      const { bytes } = await converted(source, size);
      const [red = 255, green = 0, blue = 255, opacity = 0] = await pixelAt(bytes, 0.5, 0.5);
      assert.ok(red < 12 && green > 243 && blue < 12, [red, green, blue].join(" "));
      assert.ok(Math.abs(opacity - 128) < 3, String(opacity));
      assert.deepEqual((await see(bytes)).metadata, []);
    }
  });
}

test("wide colours that move look the same without their profile", async () => {
  const green = Buffer.alloc(40 * 40 * 3);
  for (let at = 1; at < green.length; at += 3) green[at] = at < green.length / 2 ? 255 : 250;
  const source = await sharp(green, { raw: { width: 40, height: 40, channels: 3, pageHeight: 20 } })
    .withIccProfile("p3")
    .webp({ lossless: true })
    .toBuffer();
  assert.deepEqual([(await see(source)).frames, (await see(source)).metadata], [2, ["icc"]]);
  const { bytes } = await converted(source, "original");
  assert.deepEqual([(await see(bytes)).frames, (await see(bytes)).metadata], [2, []]);
  const [red = 255] = await pixelAt(bytes, 0.5, 0.5);
  assert.ok(red < 12);
});

test("an orientation that does not exist leaves the picture as it lies", async () => {
  const source = await fromAPhone(200, 100, { orientation: 6 });
  // The tag's number, its type, how many, the value: little-endian as libexif writes it.
  const tag = Buffer.from("\x12\x01\x03\0\x01\0\0\0\x06\0", "latin1");
  const at = source.indexOf(tag);
  assert.ok(at > 0);
  for (const value of [0, 9, 255]) {
    const wrong = Buffer.from(source);
    wrong[at + tag.length - 2] = value;
    const shown = await see((await converted(wrong, "original")).bytes);
    assert.deepEqual([shown.width, shown.height, shown.metadata], [200, 100, []]);
  }
});

test("a mirrored picture is mirrored back", async () => {
  const source = await fromAPhone(200, 100, { orientation: 2 });
  const { bytes } = await converted(source, "original");
  assert.ok(((await pixelAt(bytes, 0.9, 0.5))[0] ?? 0) > 200, "red was on the left");
});

/** A small AVIF that says it has as many pixels (ISO/IEC 23008-12 §6.5.3: `ispe`). */
async function claiming(width: number, height: number): Promise<Buffer> {
  const bytes = await encoded(sharp(await twoHalves(64, 64)), "avif");
  for (let at = bytes.indexOf("ispe"); at !== -1; at = bytes.indexOf("ispe", at + 4)) {
    bytes.writeUInt32BE(width, at + 8);
    bytes.writeUInt32BE(height, at + 12);
  }
  return bytes;
}

for (const [what, make] of [
  ["an AVIF, of which 2 kB took more than a gigabyte", () => claiming(8_000, 8_000)],
  ["a progressive JPEG", () => Promise.resolve(headerOf("jpeg", 8_000, 8_000))],
  ["an interlaced PNG of 16 bits", () => Promise.resolve(headerOf("png", 8_000, 8_000))],
] as const) {
  test(`what can only be decoded as a whole is refused before it takes the memory: ${what}`, async () => {
    const bytes = await make();
    for (const size of SIZES) {
      await assert.rejects(
        converted(bytes, size),
        (error) => isDxError(error, "DX_PICTURE_REFUSED") && /decoded in parts/.test(error.message),
      );
    }
  });
}

test("a progressive JPEG and an interlaced PNG of a usual size are shown", async () => {
  for (const bytes of [
    await sharp(await twoHalves(400, 200))
      .jpeg({ progressive: true })
      .toBuffer(),
    await sharp(await twoHalves(400, 200))
      .png({ progressive: true })
      .toBuffer(),
  ]) {
    assert.equal((await see((await converted(bytes, "thumb_large")).bytes)).width, 300);
  }
});
