/**
 * Markdown ⇄ XHTML. Markdown is the federation's form of a text (CommonMark as markdown-it
 * and Redcarpet read it), XHTML what XMPP readers show.
 */
import MarkdownIt from "markdown-it";
import TurndownService from "turndown";
import { isDxError } from "../errors/error.ts";
import { el, isElement, textOf, type XmlElement, type XmlNode } from "../xml/element.ts";
import { readXml } from "../xml/reader.ts";
import { serialise, stripIllegal } from "../xml/serialise.ts";
import type { DiasporaId } from "./ids.ts";
import { mentionAt } from "./mentions.ts";
import { sanitiseXhtml } from "./xhtml.ts";

/** 65,535 code points are at most 262,140 bytes; with markup four times that is plenty. */
const MAX_BYTES = 1024 * 1024;
const MAX_NODES = 50_000;
/** Address and title of a link that is defined once and used many times. */
const MAX_REFERENCE = 512;

const renderer = new MarkdownIt({ html: false, xhtmlOut: true, linkify: true, breaks: true });
// Nobody means a link by `//a.example`, and 65,535 characters of it took 0.6 s to look through.
renderer.linkify.add("//", null);
// Nesting is cut by the library at this depth: `>>>>…` must not become a tree of thousands.
renderer.options.maxNesting = 30;

// A few thousand uses of one long definition are hundreds of megabytes.
renderer.core.ruler.after("block", "short_references", ({ env }) => {
  const references: Record<string, { href: string; title: string }> = env.references ?? {};
  for (const [label, { href, title }] of Object.entries(references)) {
    if (href.length + title.length > MAX_REFERENCE) Reflect.deleteProperty(references, label);
  }
});

/** Where somebody's page is; null: nowhere. */
export type LinkOf = (id: DiasporaId) => string | null;

/** By the environment of the rendering that they are for. */
const links = new WeakMap<object, LinkOf>();

// A rule of its own, so that no mark in a name, and no name in a link, becomes something else.
renderer.inline.ruler.before("link", "mention", (state, silent) => {
  const found = mentionAt(state.src, state.pos);
  if (found === null) return false;
  if (!silent) {
    const linkOf = found.id === null || state.linkLevel > 0 ? undefined : links.get(state.env);
    const href = found.id === null ? null : (linkOf?.(found.id) ?? null);
    if (href !== null) state.push("link_open", "a", 1).attrs = [["href", href]];
    // Not `text`: what looks like an address in it is no link.
    state.push("text_special", "", 0).content = found.shown;
    if (href !== null) state.push("link_close", "a", -1);
  }
  state.pos += found.length;
  return true;
});

const writer = new TurndownService({
  headingStyle: "atx",
  bulletListMarker: "*",
  codeBlockStyle: "fenced",
  emDelimiter: "_",
  hr: "---",
});
writer.addRule("struck", {
  filter: ["del", "s"],
  replacement: (content) => (content === "" ? "" : `~~${content}~~`),
});

/**
 * Marks inside these are no Markdown to its readers, and a backslash there breaks the thing:
 * links, tags, addresses. At their ends no mark belongs to them.
 */
const WHOLE = new RegExp(
  `(${[
    "@\\{[^{}\\n]{1,520}\\}",
    "(?:https?:\\/\\/|xmpp:)[^\\s<>\\\\`*~\\[\\]\"']*[\\p{L}\\p{N}/=]",
    "(?<![\\p{L}\\p{N}_&/#])#[\\p{L}\\p{M}\\p{N}-](?:[\\p{L}\\p{M}\\p{N}_-]*[\\p{L}\\p{M}\\p{N}-])?",
    "(?<![^\\s(])@?[\\p{L}\\p{N}](?:[\\p{L}\\p{N}._-]*[\\p{L}\\p{N}])?@[\\p{L}\\p{N}](?:[\\p{L}\\p{N}.-]*[\\p{L}\\p{N}])?",
  ].join("|")})`,
  "u",
);
/** Read as a character reference everywhere, in a link too. */
const REFERENCE = /&(?=#?\w{1,32};)/g;
/** What turndown leaves alone: HTML, character references, list numbers, marks of deletion. */
const MORE_MARKS =
  /<|&(?=#?\w{1,32};)|(?<=^\d{1,9})[.)](?=\s|$)|^(?:\+|#{1,6})(?=\s|$)|(?<!(?<!\\)(?:\\\\)*\\)~(?=~)/g;
const escapeMarks = writer.escape.bind(writer);
writer.escape = (text) =>
  text
    .split(WHOLE)
    .map((part, index) => (index % 2 === 1 ? part.replace(REFERENCE, "&amp;") : escaped(part)))
    .join("");

/** One line of plain words as Markdown that shows just them; links, tags and mentions stay. */
export function escapeMarkdown(line: string): string {
  return writer.escape(line);
}

function escaped(text: string): string {
  return escapeMarks(text).replace(MORE_MARKS, "\\$&");
}

/**
 * What was rendered last: the title of a post is made of its words, and so is what a chat shows.
 * More of them, kept, would cost the collector of garbage what rendering saves. Trees are never
 * changed.
 */
let last: { readonly markdown: string; readonly xhtml: XmlElement } | null = null;

/** Rendered and sanitised: a `div` in the XHTML namespace. Mentions link to where `linkOf` says. */
export function markdownToXhtml(markdown: string, linkOf?: LinkOf): XmlElement {
  if (linkOf !== undefined && markdown.includes("@{")) return render(markdown, linkOf);
  if (last?.markdown === markdown) return last.xhtml;
  const xhtml = render(markdown);
  last = { markdown, xhtml };
  return xhtml;
}

function render(markdown: string, linkOf?: LinkOf): XmlElement {
  const text = stripIllegal(markdown);
  const env = {};
  if (linkOf !== undefined) links.set(env, linkOf);
  try {
    // Sanitising puts everything into the namespace, so none is needed on what is read.
    const body = ["<div>", renderer.render(text, env).trim(), "</div>"].join("");
    return sanitiseXhtml(readXml(body, { bytes: MAX_BYTES, nodes: MAX_NODES }));
  } catch (error) {
    if (!isDxError(error)) throw error;
    // Made to become huge (a table fills up its own cells): the words are shown without marks.
    return sanitiseXhtml(el("div", {}, el("pre", {}, text)));
  }
}

/** What a reader would see of it: the words without the marks, on lines. */
export function markdownToText(markdown: string): string {
  return textOf(markdownToXhtml(markdown)).trim();
}

/** LF only, without outer white space. */
export function xhtmlToMarkdown(xhtml: XmlElement): string {
  const html = serialise(el("div", {}, plainTree(sanitiseXhtml(xhtml), { length: 0 }).children));
  return writer.turndown(html).replace(/\r\n?/g, "\n").trim();
}

/** Whether two texts say the same words, whatever the white space. */
export function sameWords(one: string, other: string): boolean {
  return squeeze(one) === squeeze(other);
}

function squeeze(text: string): string {
  return text.replace(/\s+/gu, "");
}

/**
 * What turndown's HTML reader does best with. An element that came empty (`<p/>`) would swallow
 * what follows it; a link that shows its own address is just that address in Markdown.
 */
function plainTree(node: XmlElement, gap: Gap): XmlElement {
  const children = node.children.flatMap((child): XmlNode[] => {
    if (!isElement(child)) return [shortGaps(child, gap)];
    if (child.local === "a" && textOf(child) === child.attrs["href"]) {
      return [shortGaps(textOf(child), gap)];
    }
    if (child.local === "br") return shortGaps("  \n", gap) === "" ? [] : [child];
    const inner = plainTree(child, gap);
    if (inner.local !== "hr" && inner.local !== "img")
      return inner.children.length > 0 ? [inner] : [];
    gap.length = 0;
    return [inner];
  });
  return { ...node, children };
}

/** White space since the last word, whatever elements lie between. */
interface Gap {
  length: number;
}

/** turndown takes time quadratic in the longest stretch of white space. */
const MAX_GAP = 200;

function shortGaps(text: string, gap: Gap): string {
  return text.replace(/\s+|\S+/g, (part) => {
    const isGap = part.trim() === "";
    const kept = isGap ? part.slice(0, Math.max(0, MAX_GAP - gap.length)) : part;
    gap.length = isGap ? gap.length + part.length : 0;
    return kept;
  });
}
