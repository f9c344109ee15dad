import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { isDxError } from "../../../src/errors/error.ts";
import { convertPicture } from "../../../src/media/convert.ts";
import type { PhotoSize } from "../../../src/media/names.ts";
import { sniffPicture } from "../../../src/media/sniff.ts";
import {
  blackPng,
  encoded,
  fromAPhone,
  moving,
  pixelAt,
  tinyFrames,
  see,
  twoHalves,
  type Encoding,
} from "./pictures.ts";

const SIZES: readonly PhotoSize[] = [
  "thumb_small",
  "thumb_medium",
  "thumb_large",
  "scaled_full",
  "original",
];

async function converted(bytes: Buffer, size: PhotoSize): Promise<Buffer> {
  const kind = sniffPicture(bytes);
  assert.ok(kind !== null);
  return (await convertPicture({ kind, bytes }, size)).bytes;
}

async function box(bytes: Buffer, size: PhotoSize): Promise<string> {
  const { width, height } = await see(await converted(bytes, size));
  return `${String(width)}×${String(height)}`;
}

/** Width × height of the source, then of the five. */
const BOXES: readonly (readonly [number, number, ...string[]])[] = [
  [1600, 900, "50×50", "100×100", "300×169", "700×394", "1600×900"],
  [900, 1600, "50×50", "100×100", "300×533", "700×1244", "900×1600"],
  [400, 4000, "50×50", "100×100", "150×1500", "400×4000", "400×4000"],
  [800, 80, "50×50", "100×80", "300×30", "700×70", "800×80"],
  [80, 60, "50×50", "80×60", "80×60", "80×60", "80×60"],
  [20, 10, "20×10", "20×10", "20×10", "20×10", "20×10"],
  [1, 1, "1×1", "1×1", "1×1", "1×1", "1×1"],
  [5000, 250, "50×50", "100×100", "300×15", "700×35", "4096×205"],
];

for (const [width, height, ...expected] of BOXES) {
  test(`${String(width)}×${String(height)} has the sizes of diaspora*, never enlarged`, async () => {
    const source = await twoHalves(width, height, "jpeg");
    const found = await Promise.all(SIZES.map((size) => box(source, size)));
    assert.deepEqual(found, expected);
  });
}

test("what is cropped is cropped evenly, the middle stays in the middle", async () => {
  for (const size of ["thumb_small", "thumb_medium"] as const) {
    const bytes = await converted(await twoHalves(900, 300), size);
    assert.deepEqual(await pixelAt(bytes, 0.1, 0.5), [255, 0, 0, 255]);
    assert.deepEqual(await pixelAt(bytes, 0.9, 0.5), [0, 0, 255, 255]);
  }
});

const KINDS: readonly (readonly [Encoding, string, string])[] = [
  ["jpeg", "jpeg", "image/jpeg"],
  ["png", "png", "image/png"],
  ["gif", "png", "image/png"],
  ["webp", "webp", "image/webp"],
  ["avif", "webp", "image/webp"],
];

for (const [encoding, format, type] of KINDS) {
  test(`${encoding} comes as ${format} in every size, and says so`, async () => {
    const bytes = await twoHalves(800, 400, encoding);
    const kind = sniffPicture(bytes);
    assert.equal(kind, encoding);
    for (const size of SIZES) {
      const picture = await convertPicture({ kind, bytes }, size);
      assert.equal((await see(picture.bytes)).format, format);
      assert.equal(picture.type, type);
      const [red, , , opacity] = await pixelAt(picture.bytes, 0.1, 0.5);
      assert.ok(red !== undefined && red > 200 && opacity === 255);
    }
  });
}

for (const encoding of ["jpeg", "png", "webp", "avif"] as const) {
  test(`nothing of a ${encoding}'s metadata is left in any size`, async () => {
    const source = await fromAPhone(800, 600, { encoding });
    const before = await see(source);
    assert.ok(before.metadata.includes("exif") && before.metadata.includes("icc"), "it was there");
    assert.ok(source.includes("Anna Secret"));
    for (const size of SIZES) {
      const bytes = await converted(source, size);
      assert.deepEqual((await see(bytes)).metadata, []);
      for (const word of ["Anna Secret", "Exif", "GPS", "xmpmeta"]) {
        assert.ok(!bytes.includes(word), `${size}: ${word}`);
      }
    }
  });
}

test("the picture is turned as its EXIF says, before that goes", async () => {
  // Orientation → where the red half, left in the file, has to be shown.
  const red: Readonly<Record<number, readonly [number, number]>> = {
    1: [0.1, 0.5],
    3: [0.9, 0.5],
    6: [0.5, 0.1],
    8: [0.5, 0.9],
  };
  for (const [orientation, [x, y]] of Object.entries(red)) {
    const source = await fromAPhone(800, 400, { orientation: Number(orientation) });
    const upright = Number(orientation) < 5;
    assert.equal(await box(source, "scaled_full"), upright ? "700×350" : "400×800");
    assert.equal(await box(source, "original"), upright ? "800×400" : "400×800");
    for (const size of SIZES) {
      const [r = 0, , b = 0] = await pixelAt(await converted(source, size), x, y);
      assert.ok(
        r > 200 && b < 60,
        `${size}, orientation ${orientation}: ${String(r)} ${String(b)}`,
      );
    }
  }
});

test("a picture in wide colours looks the same without its profile", async () => {
  const [, green = 0] = await pixelAt(await converted(await fromAPhone(60, 40), "original"), 0, 0);
  // In P3 sRGB's red has a fifth of green in it.
  assert.ok(green < 10);
});

for (const encoding of ["png", "webp", "gif", "avif"] as const) {
  test(`what is transparent in a ${encoding} stays so`, async () => {
    const background = { r: 0, g: 255, b: 0, alpha: 0 };
    const create = { width: 800, height: 300, channels: 4, background } as const;
    const bytes = await encoded(sharp({ create }), encoding);
    for (const size of SIZES) {
      const shown = await converted(bytes, size);
      assert.equal((await see(shown)).alpha, true);
      assert.equal((await pixelAt(shown, 0.5, 0.5))[3], 0);
    }
  });
}

for (const encoding of ["gif", "webp"] as const) {
  test(`a moving ${encoding} moves where posts show it, and stands still in lists`, async () => {
    const source = await moving(720, 360, 3, encoding);
    const frames = async (size: PhotoSize): Promise<number> =>
      (await see(await converted(source, size))).frames;
    assert.deepEqual(await Promise.all(SIZES.map(frames)), [1, 1, 1, 3, 3]);
    assert.equal((await see(await converted(source, "original"))).format, "webp");
    assert.equal(await box(source, "scaled_full"), "700×350");
  });
}

for (const [what, frames, make] of [
  ["more frames than anybody looks at", 501, () => moving(8, 8, 501, "webp")],
  ["more pixels in all its frames than are kept", 2, () => tinyFrames(4_200, 4_200, 2)],
  ["more of both than any memory holds", 20_000, () => tinyFrames(6_000, 6_000, 20_000)],
] as const) {
  test(`what moves with ${what} is shown by its first frame, and soon`, async () => {
    const source = await make();
    const { pages } = await sharp(source).metadata();
    assert.equal(pages, frames);
    const began = Date.now();
    const bytes = await converted(source, "scaled_full");
    assert.equal((await see(bytes)).frames, 1);
    assert.ok(Date.now() - began < 10_000);
  });
}

test("500 frames still move", async () => {
  const bytes = await converted(await moving(8, 8, 500, "webp"), "original");
  assert.equal((await see(bytes)).frames, 500);
});

test("a scan for printing (CMYK) comes in colours that a screen has", async () => {
  const bytes = await sharp(await twoHalves(100, 50))
    .toColourspace("cmyk")
    .jpeg()
    .toBuffer();
  const shown = await converted(bytes, "original");
  const [red = 0, , blue = 255] = await pixelAt(shown, 0.1, 0.5);
  assert.ok(red > 200 && blue < 80);
  assert.equal((await sharp(shown).metadata()).space, "srgb");
});

async function truncated(encoding: Encoding): Promise<Buffer> {
  const whole = await sharp({
    create: {
      width: 120,
      height: 120,
      channels: 3,
      noise: { type: "gaussian", mean: 128, sigma: 40 },
      background: "#888",
    },
  })
    .toFormat(encoding)
    .toBuffer();
  return whole.subarray(0, Math.floor(whole.length / 2));
}

const REFUSED: Readonly<Record<string, () => Buffer | Promise<Buffer>>> = {
  "a bomb of 30,000 × 30,000 pixels": () => blackPng(30_000, 30_000),
  "one that is a little too large": () => blackPng(8_193, 8_192),
  "one that is only long": () => blackPng(67_200_000, 1),
  "half a JPEG": () => truncated("jpeg"),
  "half a PNG": () => truncated("png"),
  "half a WebP": () => truncated("webp"),
  "half an AVIF": () => truncated("avif"),
  "a JPEG's first bytes alone": () => Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
  "a PNG's first bytes before SVG": () =>
    Buffer.concat([
      Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    ]),
  "a GIF of no size": () => Buffer.from("GIF89a\0\0\0\0\0\0\0;", "latin1"),
};

for (const [what, make] of Object.entries(REFUSED)) {
  test(`${what} is refused in every size, and soon`, async () => {
    const bytes = await make();
    const began = Date.now();
    for (const size of SIZES) {
      await assert.rejects(converted(bytes, size), (error) => {
        return isDxError(error, "DX_PICTURE_REFUSED");
      });
    }
    assert.ok(Date.now() - began < 5_000);
  });
}

test("8,192 × 8,192 pixels are still shown", async () => {
  assert.equal(await box(blackPng(8_192, 8_192), "thumb_large"), "300×300");
});
