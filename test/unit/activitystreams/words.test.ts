import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  codePoints,
  cutText,
  cutWithSuffix,
  firstLine,
} from "../../../src/activitystreams/words.ts";

const FAMILY = "👩‍👩‍👧‍👦";
const FLAG = "🇩🇪";

for (const [text, count] of [
  ["", 0],
  ["abc", 3],
  ["😀😀", 2],
  [FAMILY, 7],
  ["e\u0301", 2],
] as const) {
  test(`${JSON.stringify(text)} has ${String(count)} code points`, () => {
    assert.equal(codePoints(text), count);
  });
}

for (const [text, limit, cut] of [
  ["abc", 3, "abc"],
  ["abcd", 3, "abc"],
  ["😀😀😀", 2, "😀😀"],
  [`a${FAMILY}`, 7, "a"],
  [`a${FAMILY}`, 8, `a${FAMILY}`],
  [`${FLAG}${FLAG}`, 3, FLAG],
  ["ae\u0301", 2, "a"],
  ["a\r\nb", 2, "a"],
  ["abc", 0, ""],
] as const) {
  test(`${JSON.stringify(text)} cut at ${String(limit)} is ${JSON.stringify(cut)}`, () => {
    assert.equal(cutText(text, limit), cut);
  });
}

test("what is cut says so and ends with the link to the whole", () => {
  const link = "\n\nhttps://pod.example/posts/1";
  assert.equal(cutWithSuffix("short", 5, link), "short");
  const cut = cutWithSuffix("word ".repeat(100), 60, link);
  assert.ok(cut.endsWith(`word…${link}`), cut);
  assert.ok(codePoints(cut) <= 60);
});

test("a cut text is never longer than allowed, never breaks a character, and begins like the whole", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", " ", "\n", "😀", FAMILY, FLAG, "e\u0301", "ü"),
  });
  fc.assert(
    fc.property(text, fc.nat(40), (whole, limit) => {
      const cut = cutText(whole, limit);
      assert.ok(codePoints(cut) <= limit);
      assert.ok(whole.startsWith(cut));
      assert.ok(cut.isWellFormed());
      if (codePoints(whole) <= limit) assert.equal(cut, whole);
      if (limit > 0) {
        const marked = cutWithSuffix(whole, limit, "");
        assert.ok(codePoints(marked) <= limit, marked);
      }
    }),
    { numRuns: 500 },
  );
});

test("a text that is one endless character is cut inside it, for want of a better place", () => {
  const zalgo = `Z${"\u0301".repeat(100)}`;
  assert.equal(codePoints(cutText(zalgo, 50)), 50);
});

for (const [text, line] of [
  ["one\ntwo", "one"],
  ["\n\n  \ntwo", "two"],
  ["### Title\n\nbody", "Title"],
  ["", ""],
  ["#tag first", "#tag first"],
  ["long ".repeat(10), "long long…"],
] as const) {
  test(`the first line of ${JSON.stringify(text)} is ${JSON.stringify(line)}`, () => {
    assert.equal(firstLine(text, 11), line);
  });
}

for (const [what, text] of [
  ["emoji", "😀".repeat(65_536)],
  ["families", FAMILY.repeat(20_000)],
  ["one character", `e${"\u0301".repeat(200_000)}`],
  ["white space", " ".repeat(1_000_000)],
  ["empty lines", "\n".repeat(1_000_000)],
  ["heading marks", "######".repeat(160_000)],
] as const) {
  test(`a lot of ${what} is cut in little time`, () => {
    const began = process.cpuUsage();
    cutWithSuffix(text, 65_535, "\n\nhttps://pod.example/");
    firstLine(text, 140);
    const took = process.cpuUsage(began).user / 1000;
    assert.ok(took < 500, `${took.toFixed(0)} ms`);
  });
}
