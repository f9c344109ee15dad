import assert from "node:assert/strict";
import { test } from "node:test";
import { child, el, textOf } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { serialisedBytes } from "../../../src/xml/size.ts";
import { asWritten } from "../../../src/xml/written.ts";

const entry = el("entry", { xmlns: "http://www.w3.org/2005/Atom" }, el("title", {}, "Grüße & <b>"));
const kept = asWritten(entry, serialise(entry), readXml);

test("an element that is kept as text is written and measured like the element", () => {
  const [around, aroundKept] = [entry, kept].map((payload) =>
    el("items", { xmlns: "urn:x", node: "n" }, el("item", { id: "1" }, payload)),
  );
  assert.ok(around !== undefined && aroundKept !== undefined);
  assert.equal(serialise(aroundKept), serialise(around));
  assert.equal(serialisedBytes(aroundKept), serialisedBytes(around));
});

test("an element that is kept as text has its children for who looks, in copies too", () => {
  assert.deepEqual(kept.children, entry.children);
  const copy = { ...kept, attrs: { ...kept.attrs, "xml:lang": "de" } };
  assert.equal(textOf(child(copy, "title")), "Grüße & <b>");
  assert.match(serialise(copy), /^<entry xmlns="[^"]*" xml:lang="de"><title>/);
});
