/** One item, however a server writes it down. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "../../../src/connector/item-hash.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";

const ATOM = "http://www.w3.org/2005/Atom";

function entry(link: Readonly<Record<string, string>>, ...words: readonly string[]): XmlElement {
  return el("entry", { xmlns: ATOM }, el("link", link), el("title", {}, ...words));
}

const ITEM = entry({ rel: "alternate", href: "xmpp:anna@example.org" }, "Hello");

const SAME: readonly (readonly [string, XmlElement])[] = [
  [
    "Prosody writes the attributes of each copy in another order",
    entry({ href: "xmpp:anna@example.org", rel: "alternate" }, "Hello"),
  ],
  [
    "a text came in two packets",
    entry({ rel: "alternate", href: "xmpp:anna@example.org" }, "Hel", "", "lo"),
  ],
  [
    "another prefix stands for the namespace",
    readXml(
      `<a:entry xmlns:a="${ATOM}"><a:link rel="alternate" href="xmpp:anna@example.org"/>` +
        "<a:title>Hello</a:title></a:entry>",
    ),
  ],
];

for (const [what, copy] of SAME) {
  test(`it is the same item when ${what}`, () => {
    assert.equal(hashOf(copy), hashOf(ITEM));
  });
}

const OTHERS: readonly (readonly [string, XmlElement])[] = [
  ["a word", entry({ rel: "alternate", href: "xmpp:anna@example.org" }, "Hello!")],
  ["an attribute", entry({ rel: "alternate", href: "xmpp:eve@example.org" }, "Hello")],
  ["the value of another attribute", entry({ rel: "xmpp:anna@example.org", href: "alternate" })],
  ["a namespace", el("entry", { xmlns: "urn:x" }, ...ITEM.children)],
];

for (const [what, other] of OTHERS) {
  test(`it is another item when ${what} changes`, () => {
    assert.notEqual(hashOf(other), hashOf(ITEM));
  });
}
