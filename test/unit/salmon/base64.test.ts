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

/** Every text of these characters, up to this length. */
function* texts(characters: string, length: number, head = ""): Generator<string> {
  yield head;
  if (head.length === length) return;
  for (const character of characters) yield* texts(characters, length, head + character);
}

test("base64url is taken where it is whole groups, padded rightly or not at all, with clean ends", () => {
  const shape = /^(?:[\w+/-]{4})*(?:[\w+/-]{2}(?:==)?|[\w+/-]{3}=?)?$/;
  for (const text of texts("AQg-/_= ", 5)) {
    const letters = text.replaceAll("=", "").replaceAll("/", "_").replaceAll("+", "-");
    const bytes = Buffer.from(letters, "base64url");
    const right = shape.test(text) && bytes.toString("base64url") === letters;
    assert.deepEqual(decodeBase64Url(text), right ? bytes : null, JSON.stringify(text));
  }
});

test("lenient base64 ends at padding where a group can end, and skips all else", () => {
  for (const text of texts("AQ/_= \n", 5)) {
    let letters = "";
    for (const character of text) {
      if ("AQ/".includes(character)) letters += character;
      if (character === "=" && letters.length % 4 >= 2) break;
    }
    assert.deepEqual(
      decodeBase64Lenient(text),
      Buffer.from(letters, "base64"),
      JSON.stringify(text),
    );
  }
});
