/** What may be in XHTML that has passed: written down here a second time, not taken from the code. */
import assert from "node:assert/strict";
import { isElement, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";

const ELEMENTS = new Set(
  (
    "a b blockquote br code del div em h1 h2 h3 h4 h5 h6 hr i img li ol p pre s span strong " +
    "table tbody td th thead tr u ul"
  ).split(" "),
);
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  a: ["href", "title", "rel"],
  img: ["src", "alt", "title", "width", "height"],
};

/** Well-formed, in the XHTML namespace, nothing but allowed elements, attributes and schemes. */
export function assertClean(root: XmlElement): void {
  assert.equal(root.name, "div");
  assert.equal(root.ns, "http://www.w3.org/1999/xhtml");
  const again = readXml(serialise(root), { nodes: 1_000_000, bytes: 1 << 28, depth: 100 });
  checkElement(again, 0);
}

function checkElement(element: XmlElement, depth: number): void {
  assert.ok(depth <= 45, "too deep");
  assert.equal(element.ns, "http://www.w3.org/1999/xhtml");
  assert.ok(ELEMENTS.has(element.name), `<${element.name}>`);
  for (const [name, value] of Object.entries(element.attrs)) {
    if (name === "xmlns" && depth === 0) continue;
    assert.ok(ATTRIBUTES[element.name]?.includes(name), `<${element.name} ${name}>`);
    if (name === "href") assert.match(value, /^(?:https?|xmpp|mailto):/i);
    if (name === "src") assert.match(value, /^https?:/i);
    if (name === "width" || name === "height") assert.match(value, /^\d+$/);
  }
  for (const child of element.children) if (isElement(child)) checkElement(child, depth + 1);
}
