import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { fitsIn, serialisedBytes } from "../../../src/xml/size.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom("a", "&", "<", ">", '"', "'", "\r", "\n", "\t", "\u0001") }),
  fc.constantFrom("\ud800", "\udc00x", "\ufffe", "\uffff", "\u007f", "漢字", "👍"),
);

const { tree } = fc.letrec<{ tree: XmlElement }>((tie) => ({
  tree: fc
    .tuple(
      fc.constantFrom("a", "activity:verb", "é"),
      fc.dictionary(fc.constantFrom("id", "xmlns:x", "title"), anyText),
      fc.array(fc.oneof({ maxDepth: 4 }, anyText, tie("tree")), { maxLength: 4 }),
    )
    .map(([name, attrs, children]) => el(name, attrs, children)),
}));

test("an element is measured as it is written", () => {
  fc.assert(
    fc.property(tree, (element) => {
      assert.equal(serialisedBytes(element), Buffer.byteLength(serialise(element)));
    }),
    { numRuns: 300 },
  );
});

test("whether it fits is the same as its size says, without measuring most of them", () => {
  fc.assert(
    fc.property(tree, fc.nat({ max: 2_000 }), (element, limit) => {
      assert.equal(fitsIn(element, limit), serialisedBytes(element) <= limit);
      assert.ok(fitsIn(element, serialisedBytes(element)));
      assert.ok(!fitsIn(element, serialisedBytes(element) - 1));
    }),
    { numRuns: 300 },
  );
});
