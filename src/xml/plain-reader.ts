/**
 * The short way through a document of elements and text and nothing else, which is what every
 * known pod sends for a payload. saxes takes 50 ns a character, for a post as long as its
 * signature's verification; this takes 8. It judges nothing: whatever it does not know to the
 * letter is null, and goes the long way of reader.ts; a test holds the two together.
 */
import type { XmlElement, XmlNode } from "./element.ts";

export interface PlainLimits {
  readonly depth: number;
  readonly nodes: number;
}

interface OpenElement extends XmlElement {
  readonly children: XmlNode[];
}

const NO_ATTRIBUTES: Readonly<Record<string, string>> = {};

/** What is unusual about a long document would be looked for twice. */
const MAX_LENGTH = 65_536;
const DECLARATION = /^<\?xml version="1\.0"(?: encoding="(?:UTF-8|utf-8)")?\?>/;
/** Text and the tag behind it. Names are ASCII, and have no prefix. */
const TOKEN = /([^<]*)<(?:([A-Za-z_][A-Za-z0-9_.-]*)(\/?)|\/([A-Za-z_][A-Za-z0-9_.-]*))>/y;
const WHITE_SPACE = /^[ \t\n]*$/;
/** XML 1.0 §2.2, beside lone surrogates; CR, which §2.11 makes another character of; §2.4. */
const UNUSUAL = /[^\t\n\u0020-\ufffd]|\]\]>/;
const NUMBER = /^#(?:([0-9]{1,7})|x([0-9A-Fa-f]{1,6}))$/;
/** `&#x10FFFF;`, without zeros before it that nobody writes. */
const LONGEST_REFERENCE = 10;
const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

// XML 1.0 §2.2; a reference to CR stays one.
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return (
    code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x1_0000 && code <= 0x10_ffff)
  );
}

/** null for a reference to something that saxes must judge. */
function referenced(name: string): string | null {
  const predefined = PREDEFINED.get(name);
  if (predefined !== undefined) return predefined;
  const [, decimal, hex = ""] = NUMBER.exec(name) ?? [];
  const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
  return isCharacter(code) ? String.fromCodePoint(code) : null;
}

function unescapeText(text: string): string | null {
  let unescaped = "";
  let from = 0;
  for (let at = text.indexOf("&"); at >= 0; at = text.indexOf("&", from)) {
    const end = text.indexOf(";", at);
    if (end < 0 || end - at >= LONGEST_REFERENCE) return null;
    const character = referenced(text.slice(at + 1, end));
    if (character === null) return null;
    unescaped += text.slice(from, at) + character;
    from = end + 1;
  }
  return unescaped + text.slice(from);
}

interface Tree {
  /** Each says whether this may stand here. */
  addText(text: string): boolean;
  open(name: string, empty: boolean): boolean;
  close(name: string | undefined): boolean;
  /** null as long as the document is not complete. */
  root(): XmlElement | null;
}

function plantTree(limits: PlainLimits): Tree {
  const above: OpenElement[] = [];
  let root: OpenElement | null = null;
  let nodes = 0;
  return {
    addText(text) {
      const parent = above.at(-1);
      if (parent === undefined) return WHITE_SPACE.test(text);
      const unescaped = unescapeText(text);
      if (unescaped === null) return false;
      if (unescaped !== "") parent.children.push(unescaped);
      return true;
    },
    open(name, empty) {
      nodes += 1;
      const parent = above.at(-1);
      if (parent === undefined && root !== null) return false;
      if (nodes > limits.nodes || above.length >= limits.depth) return false;
      const element = { name, local: name, ns: "", attrs: NO_ATTRIBUTES, children: [] };
      root ??= element;
      parent?.children.push(element);
      if (!empty) above.push(element);
      return true;
    },
    close: (name) => above.pop()?.name === name && name !== undefined,
    root: () => (above.length === 0 ? root : null),
  };
}

function isUnusual(document: string): boolean {
  return document.length > MAX_LENGTH || UNUSUAL.test(document) || !document.isWellFormed();
}

/** The tree, or null for anything but elements without attributes and plain text in them. */
export function readPlainXml(document: string, limits: PlainLimits): XmlElement | null {
  if (isUnusual(document)) return null;
  const tree = plantTree(limits);
  TOKEN.lastIndex = DECLARATION.exec(document)?.[0].length ?? 0;
  for (;;) {
    const at = TOKEN.lastIndex;
    const [token, text = "", name, slash, end] = TOKEN.exec(document) ?? [];
    if (token === undefined) return WHITE_SPACE.test(document.slice(at)) ? tree.root() : null;
    if (!tree.addText(text)) return null;
    if (!(name === undefined ? tree.close(end) : tree.open(name, slash === "/"))) return null;
  }
}
