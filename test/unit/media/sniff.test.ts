import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sniffPicture } from "../../../src/media/sniff.ts";
import { twoHalves } from "./pictures.ts";

for (const encoding of ["jpeg", "png", "gif", "webp", "avif"] as const) {
  test(`${encoding} is known by its first bytes`, async () => {
    const bytes = await twoHalves(20, 10, encoding);
    assert.equal(sniffPicture(bytes), encoding);
    assert.equal(sniffPicture(bytes.subarray(0, 3)), encoding === "jpeg" ? "jpeg" : null);
  });
}

const box = (brands: string): Buffer => {
  const bytes = Buffer.from(`\0\0\0\0ftyp${brands}`, "latin1");
  bytes.writeUInt32BE(bytes.length, 0);
  return bytes;
};

const NONE: Readonly<Record<string, Buffer>> = {
  nothing: Buffer.alloc(0),
  text: Buffer.from("Hello, I am a.jpg"),
  SVG: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="steal()"/>'),
  "SVG behind an XML declaration": Buffer.from('<?xml version="1.0"?><svg/>'),
  HTML: Buffer.from("<!DOCTYPE html><script>steal()</script>"),
  PDF: Buffer.from("%PDF-1.7\n"),
  TIFF: Buffer.from("II*\0\b\0\0\0", "latin1"),
  "TIFF the other way round": Buffer.from("MM\0*\0\0\0\b", "latin1"),
  BMP: Buffer.from("BM\0\0\0\0", "latin1"),
  ICO: Buffer.from("\0\0\x01\0\x01\0", "latin1"),
  sound: Buffer.from("RIFF\0\0\0\0WAVEfmt ", "latin1"),
  HEIC: box("heic\0\0\0\0mif1heic"),
  video: box("isom\0\0\0\0isommp42"),
  "a version that spells avif": box("isomavifisom"),
  "a picture with something before it": Buffer.from(" \x89PNG\r\n\x1a\n", "latin1"),
};

for (const [what, bytes] of Object.entries(NONE)) {
  test(`${what} is no picture, whatever it is called`, () => {
    assert.equal(sniffPicture(bytes), null);
  });
}

test("AVIF is known by any of its brands", () => {
  assert.equal(sniffPicture(box("avif\0\0\0\0mif1")), "avif");
  assert.equal(sniffPicture(box("mif1\0\0\0\0mif1miafavif")), "avif");
  assert.equal(sniffPicture(box("avis\0\0\0\0msf1")), "avif");
});

test("any bytes are looked at without a complaint", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      sniffPicture(Buffer.from(bytes));
      sniffPicture(Buffer.concat([Buffer.from("\xff\xff\xff\xffftyp", "latin1"), bytes]));
    }),
  );
});
