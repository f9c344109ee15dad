/**
 * Markdown ⇄ the plain text of a chat, in which `*bold*`, `_italic_`, `~struck~`, `` `code` ``,
 * quotations and blocks are typed as XEP-0393 has them, and links stand as they are.
 */
import { isElement, textOf, type XmlElement, type XmlNode } from "../xml/element.ts";
import { escapeMarkdown, markdownToXhtml } from "./markdown.ts";

/** What a chat client shows of it: every word, every address. */
export function markdownToChat(markdown: string): string {
  return blocks(markdownToXhtml(markdown))
    .replace(/[^\S\n]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

const MARKS: Readonly<Record<string, string>> = {
  ...{ strong: "*", b: "*", em: "_", i: "_", s: "~", del: "~", code: "`" },
};
const BLOCKS = new Set(
  "p div h1 h2 h3 h4 h5 h6 ul ol blockquote pre hr table thead tbody tr li".split(" "),
);

/** Blocks are divided by an empty line, lines of a list or a table by none. */
function blocks(parent: XmlElement, divider = "\n\n"): string {
  const parts: string[] = [];
  let line = "";
  const flush = (): void => {
    parts.push(line.replace(/ ?\n ?/g, "\n").trim());
    line = "";
  };
  for (const node of parent.children) {
    if (!isElement(node)) line += plain(node);
    else if (!BLOCKS.has(node.local)) line += inline(node);
    else {
      flush();
      parts.push(block(node));
    }
  }
  flush();
  return parts.filter((part) => part !== "").join(divider);
}

/** White space of the markup is no line end. */
function plain(text: string): string {
  return text.replace(/[ \t\n]+/g, " ");
}

function block(node: XmlElement): string {
  switch (node.local) {
    case "pre":
      return `\`\`\`\n${textOf(node).replace(/\n$/, "")}\n\`\`\``;
    case "blockquote":
      return blocks(node).replace(/^/gm, "> ");
    case "ul":
      return items(node, () => "• ");
    case "ol":
      return items(node, (index) => `${String(index + 1)}. `);
    case "hr":
      return "⁂";
    case "tr":
      return node.children
        .filter(isElement)
        .map((cell) => blocks(cell))
        .join(" | ");
    case "table":
    case "thead":
    case "tbody":
      return blocks(node, "\n");
    default:
      return blocks(node);
  }
}

function items(list: XmlElement, mark: (index: number) => string): string {
  return list.children
    .filter(isElement)
    .map((item, index) => mark(index) + blocks(item, "\n").replace(/\n/g, "\n  "))
    .join("\n");
}

function inline(node: XmlElement): string {
  if (node.local === "br") return "\n";
  if (node.local === "img") return picture(node);
  const inner = node.children.map((child: XmlNode) =>
    isElement(child) ? inline(child) : node.local === "code" ? child : plain(child),
  );
  const text = inner.join("");
  if (node.local === "a") return link(text, node.attrs["href"] ?? "");
  const mark = MARKS[node.local];
  // XEP-0393 §6.2: no mark spans lines, or begins or ends with white space.
  return mark === undefined || /^\s|\s$|\n/.test(text) || text === "" ? text : mark + text + mark;
}

/** In a line of its own, as clients show the picture then. */
function picture(node: XmlElement): string {
  const alt = node.attrs["alt"] ?? "";
  return `\n${alt === "" ? "" : `${alt}\n`}${node.attrs["src"] ?? ""}\n`;
}

function link(text: string, href: string): string {
  const address = href.replace(/^mailto:/i, "");
  if (text.trim() === "") return address;
  return sameAddress(text, href) || text === address ? text : `${text} (${href})`;
}

/** Readers and writers of links encode what is not ASCII, or not. */
function sameAddress(text: string, href: string): boolean {
  if (text === href) return true;
  return URL.canParse(text) && URL.canParse(href) && new URL(text).href === new URL(href).href;
}

/**
 * XEP-0393 §6.2, and Markdown's own doubled marks, which people type too; not `__name__`. The
 * spans are bounded so that hostile lines cost time linear in their length.
 */
const OPENING = "(?<!\\*)\\*\\*?(?!\\*)|(?<!_)_(?!_)|(?<!~)~~?(?!~)|(?<!`)`(?!`)";
const SPAN = new RegExp(
  `(?<=^|[\\s*_~(])(${OPENING})(?=\\S)([^\\n]{1,1000}?)(?<!\\s|\\1)\\1(?!\\1|[\\p{L}\\p{N}])`,
  "u",
);
const MARKDOWN_MARKS: Readonly<Record<string, string>> = {
  ...{ "*": "**", "**": "**", _: "_", "~": "~~", "~~": "~~" },
};
const MAX_NESTING = 4;

/** What was typed in a chat, as Markdown that shows just that. */
export function chatToMarkdown(body: string): string {
  const written: string[] = [];
  let inBlock = false;
  let before = "";
  for (const line of body.replace(/\r\n?/g, "\n").split("\n")) {
    const isFence = isFenceIn(line, inBlock);
    const isCode = inBlock || isFence;
    // A line below a quotation would belong to it.
    if (!isCode && before.startsWith(">") && /^[^>]/.test(line)) written.push("");
    written.push(isCode ? line : lineToMarkdown(line));
    if (isFence) inBlock = !inBlock;
    before = isCode ? "" : line;
  }
  if (inBlock) written.push("```");
  return written.join("\n").trim();
}

/** XEP-0393 §5.1.2: a block of code ends with a line of nothing but its mark. */
function isFenceIn(line: string, inBlock: boolean): boolean {
  return inBlock ? line.trim() === "```" : line.startsWith("```");
}

function lineToMarkdown(line: string): string {
  const [, quote = "", rest = ""] = /^((?:> ?)*)(.*)$/s.exec(line) ?? [];
  const [, indent = "", words = ""] = /^([^\S\n]*)(.*)$/s.exec(rest) ?? [];
  // What is indented would be code, and white space at an end a line break.
  const start = quote + "\u00a0".repeat(Math.min(indent.length, 40));
  return TABLE_LINE.test(words) ? `${start}\\${words}` : start + spans(words.trimEnd(), 0);
}

/** Of a table (GitHub's): with a line of words above, it would make one. */
const TABLE_LINE = /^[|:-][|:\s-]*$/;

function spans(text: string, depth: number): string {
  let written = "";
  let rest = text;
  while (rest !== "") {
    const found = depth < MAX_NESTING ? SPAN.exec(rest) : null;
    if (found === null) break;
    const [whole, mark = "", inner = ""] = found;
    written += escapeMarkdown(rest.slice(0, found.index));
    const outer = MARKDOWN_MARKS[mark];
    written += outer === undefined ? whole : outer + spans(inner, depth + 1) + outer;
    rest = rest.slice(found.index + whole.length);
  }
  return written + escapeMarkdown(rest);
}
