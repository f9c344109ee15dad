/**
 * What Movim demands of an entry before it shows it, as its reader does it (app/Post.php,
 * v0.34.1), written down here a second time, not taken from the code.
 */
import assert from "node:assert/strict";
import {
  child,
  childrenNamed,
  childText,
  textOf,
  type XmlElement,
} from "../../../src/xml/element.ts";

export interface MovimItem {
  readonly id: string;
  /** As the attribute has it. */
  readonly publisher: string;
  readonly entry: XmlElement;
}

const ATOM = "http://www.w3.org/2005/Atom";
const PICTURES = ["image/jpeg", "image/png", "image/jpg", "image/gif", "image/webp"];

/** PHP's trim(). */
function phpTrim(text: string): string {
  return text.replace(/^[ \t\n\r\0\x0b]+|[ \t\n\r\0\x0b]+$/g, "");
}

/** PHP's urldecode(). */
function phpUrlDecode(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

function movimTitle(entry: XmlElement): string | null {
  let title: string | null = null;
  for (const element of childrenNamed(entry, "title", ATOM)) {
    const text = textOf(element);
    if (element.attrs["type"] !== "text") title = text;
    else if (phpTrim(text) !== "") title = phpTrim(text);
  }
  return title;
}

/** What Movim shows as the body: what has no type stands for HTML, `text` is only kept. */
export function movimBody(entry: XmlElement): XmlElement | string | null {
  let rich: XmlElement | null = null;
  let plain: string | null = null;
  for (const element of childrenNamed(entry, "content", ATOM)) {
    if (element.attrs["type"] === "xhtml") rich = element;
    else if (element.attrs["type"] !== "text") plain = textOf(element);
  }
  return rich ?? plain;
}

/** The service and the name that Movim asks for the comments. */
export function movimComments(entry: XmlElement): { service: string; id: string } | null {
  let found: { service: string; id: string } | null = null;
  for (const { attrs } of childrenNamed(entry, "link", ATOM)) {
    if (attrs["title"] !== "comments") continue;
    const url = phpUrlDecode(attrs["href"] ?? "").replace(/^xmpp:/, "");
    const question = url.indexOf("?");
    found =
      question < 0
        ? { service: url, id: "" }
        : { service: url.slice(0, question), id: url.slice(question + 1).slice(36) };
  }
  return found;
}

export function assertMovimAccepts({ id, publisher, entry }: MovimItem): void {
  assert.equal(entry.ns, ATOM);
  // Post.php validAtom(), PubsubAtom's own items, Widgets/Post publishComment().
  const title = movimTitle(entry);
  assert.ok(title !== null && title !== "", "no title");
  assert.ok(!Number.isNaN(Date.parse(childText(entry, "updated") ?? "")), "not updated");
  assert.equal(childText(child(entry, "author"), "uri"), `xmpp:${publisher.split("/")[0] ?? ""}`);
  assert.ok(id.length >= 6 && id.length <= 128 && !/\s/.test(id), id);
  for (const { attrs } of childrenNamed(entry, "link", ATOM)) {
    assert.ok((attrs["href"] ?? "") !== "", "a link to nowhere");
    if (attrs["rel"] === "enclosure") assert.ok(PICTURES.includes(attrs["type"] ?? ""));
  }
  for (const { attrs } of childrenNamed(entry, "category", ATOM)) {
    assert.notEqual(phpTrim(attrs["term"] ?? ""), "");
  }
}
