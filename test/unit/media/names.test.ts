import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePhotoName, photoAddress } from "../../../src/media/names.ts";
import { guidNumber } from "../../support/fixtures.ts";

const GUID = guidNumber(1);
const BASE = "https://dx.example.org/";

for (const [source, ending] of [
  ["https://upload.example.org/1/a.JPG", "jpg"],
  ["https://upload.example.org/1/a.jpeg?x=b.png", "jpg"],
  ["https://upload.example.org/1/a.png?token=1", "png"],
  ["https://upload.example.org/1/a.webp#x", "webp"],
  ["https://upload.example.org/1/A.Gif", "gif"],
  ["https://upload.example.org/1/a.avif", "jpg"],
  ["https://upload.example.org/no-ending", "jpg"],
  ["no URL.png", "jpg"],
] as const) {
  test(`${source} is served as .${ending}, and every size beside it is found again`, () => {
    const address = photoAddress(BASE, GUID, source);
    assert.equal(address, `${BASE}media/${GUID}.${ending}`);
    // As diaspora* does it: the path, the size, the name.
    const cut = address.lastIndexOf("/") + 1;
    const [path, name] = [address.slice(0, cut), address.slice(cut)];
    assert.equal(path, `${BASE}media/`);
    assert.deepEqual(parsePhotoName(name), { guid: GUID, size: "original" });
    for (const size of ["thumb_small", "thumb_medium", "thumb_large", "scaled_full"]) {
      assert.deepEqual(parsePhotoName(`${size}_${name}`), { guid: GUID, size });
    }
  });
}

for (const name of [
  "",
  GUID,
  `${GUID}.svg`,
  `${GUID}.jpg.exe`,
  `${GUID}.jpg\n`,
  `thumb_huge_${GUID}.jpg`,
  `thumb_small_thumb_small_${GUID}.jpg`,
  `original_${GUID}.jpg`,
  `${GUID.toUpperCase()}.jpg`,
  `../${GUID}.jpg`,
  `${GUID.slice(1)}.jpg`,
]) {
  test(`${JSON.stringify(name)} is the name of no photo`, () => {
    assert.equal(parsePhotoName(name), null);
  });
}
