import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decodeBase64Lenient,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
} from "../../../src/salmon/base64.ts";

test("base64url is written with padding and without line breaks", () => {
  assert.equal(encodeBase64Url(Buffer.from([0xff])), "_w==");
  assert.match(encodeBase64Url(Buffer.alloc(1000, 0xfb)), /^[A-Za-z0-9_-]+={0,2}$/);
});

test("whatever was encoded is decoded, with padding, without, and in the other alphabet", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = encodeBase64Url(bytes);
      for (const form of [text, text.replace(/=+$/, ""), encodeBase64(bytes)]) {
        assert.deepEqual(decodeBase64Url(form), Buffer.from(bytes));
      }
      const broken = encodeBase64(bytes).replace(/(.{7})/g, "$1\r\n ");
      assert.deepEqual(decodeBase64Lenient(broken), Buffer.from(bytes));
    }),
  );
});

const refused = ["YR", "YWJ", "Y", "YQ=", "Y Q==", "YQ==\n", "=", "YQ===", "é"];

for (const text of refused) {
  test(`base64url that Ruby would refuse is refused: ${JSON.stringify(text)}`, () => {
    assert.equal(decodeBase64Url(text), null);
  });
}
