/**
 * A small finder in HTML: the first element for each of a list of questions about classes
 * and ancestors. It works on the tokens, not on the tree of the HTML standard, because the
 * pods' hCards are written and read by libxml2: `<title/>` and `<span class="fn"/>` are
 * empty elements there, and the line end after `<pre>` is text.
 */
import { Tokenizer, TokenizerMode, type Token } from "parse5";

export interface StartTag {
  readonly tag: string;
  readonly attrs: ReadonlyMap<string, string>;
  readonly classes: ReadonlySet<string>;
}

export interface Found extends StartTag {
  /** All text below. */
  readonly text: string;
}

/** Sees the element and what it is inside of, outermost first. */
export type Question = (element: StartTag, ancestors: readonly StartTag[]) => boolean;

interface Open extends StartTag {
  /** Names of the questions that this element was the first to answer. */
  readonly answered: readonly string[];
}

// HTML Standard §13.1.2.
const VOID = new Set("area base br col embed hr img input link meta source track wbr".split(" "));
/** Nesting beyond this is not followed: nobody's hCard is that deep, and each level costs. */
const MAX_DEPTH = 100;

/** XML 1.0 §2.2, which libxml2 holds to in HTML as well: these are dropped. */
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const NOTHING: {
  readonly attrs: ReadonlyMap<string, string>;
  readonly classes: ReadonlySet<string>;
} = { attrs: new Map(), classes: new Set() };

function startTag(token: Token.TagToken): StartTag {
  if (token.attrs.length === 0) return { tag: token.tagName, ...NOTHING };
  const attrs = new Map<string, string>();
  for (const { name, value } of token.attrs) if (!attrs.has(name)) attrs.set(name, value);
  const classes = new Set(
    (attrs.get("class") ?? "").split(/[ \t\n\f\r]+/).filter((name) => name !== ""),
  );
  return { tag: token.tagName, attrs, classes };
}

/** HTML Standard §13.2.6.2: in these, what looks like a tag is text. */
function rawMode(tag: string): (typeof TokenizerMode)[keyof typeof TokenizerMode] | null {
  if (tag === "script") return TokenizerMode.SCRIPT_DATA;
  if (tag === "style" || tag === "noscript" || tag === "iframe") return TokenizerMode.RAWTEXT;
  return tag === "title" || tag === "textarea" ? TokenizerMode.RCDATA : null;
}

interface Finder {
  readonly open: (token: Token.TagToken) => void;
  readonly close: (token: Token.TagToken) => void;
  readonly text: (token: Token.CharacterToken) => void;
  readonly found: () => ReadonlyMap<string, Found>;
}

/** Follows the tags and keeps the first answer to each question, with the text inside it. */
function createFinder(questions: Readonly<Record<string, Question>>): Finder {
  const asked = Object.entries(questions);
  const answers = new Map<string, { readonly element: StartTag; readonly parts: string[] }>();
  const stack: Open[] = [];
  /** How many of each tag are open, so that an end tag without a start costs nothing. */
  const depths = new Map<string, number>();
  const count = (tag: string, by: number): void => {
    depths.set(tag, (depths.get(tag) ?? 0) + by);
  };
  /** Answers whose element is still open. */
  const listening = new Map<string, string[]>();

  function open(token: Token.TagToken): void {
    if (stack.length >= MAX_DEPTH) return;
    const element = startTag(token);
    const answered = asked
      .filter(([name, asks]) => !answers.has(name) && asks(element, stack))
      .map(([name]) => name);
    const empty = token.selfClosing || VOID.has(element.tag);
    for (const name of answered) {
      const parts: string[] = [];
      answers.set(name, { element, parts });
      if (!empty) listening.set(name, parts);
    }
    if (empty) return;
    stack.push({ ...element, answered });
    count(element.tag, 1);
  }

  function close(token: Token.TagToken): void {
    if ((depths.get(token.tagName) ?? 0) === 0) return;
    const at = stack.findLastIndex(({ tag }) => tag === token.tagName);
    for (const { tag, answered } of stack.splice(at)) {
      count(tag, -1);
      for (const name of answered) listening.delete(name);
    }
  }

  function text(token: Token.CharacterToken): void {
    for (const parts of listening.values()) parts.push(token.chars);
  }

  function found(): ReadonlyMap<string, Found> {
    const entries = [...answers].map(([name, { element, parts }]): [string, Found] => [
      name,
      { ...element, text: parts.join("").replace(FORBIDDEN, "") },
    ]);
    return new Map(entries);
  }

  return { open, close, text, found };
}

/**
 * The same text as libxml2 finds it: a carriage return is a character like any other, and
 * `&#x80;` to `&#x9f;` are not what Windows had there (HTML Standard §13.2.3.5, §13.2.5.80).
 * A carriage return inside a tag stays the white space that it is.
 */
function asLibxmlReads(html: string): string {
  return html
    .replace(/>[^<]*/g, (text) => text.replaceAll("\r", "&#13;"))
    .replace(
      /&#(?:x0{0,9}([89][0-9a-f])|0{0,9}(12[89]|1[345]\d));/gi,
      (_, hex?: string, ten?: string) =>
        String.fromCharCode(hex === undefined ? Number(ten) : Number.parseInt(hex, 16)),
    );
}

/** The first element that answers each question, by the question's name. */
export function findInHtml(
  html: string,
  questions: Readonly<Record<string, Question>>,
): ReadonlyMap<string, Found> {
  const finder = createFinder(questions);
  const ignore = (): void => undefined;
  const tokenizer = new Tokenizer(
    { sourceCodeLocationInfo: false },
    {
      onStartTag(token) {
        finder.open(token);
        token.ackSelfClosing = token.selfClosing;
        const mode = token.selfClosing ? null : rawMode(token.tagName);
        if (mode !== null) tokenizer.state = mode;
      },
      onEndTag: finder.close,
      onCharacter: finder.text,
      onWhitespaceCharacter: finder.text,
      onNullCharacter: ignore,
      onComment: ignore,
      onDoctype: ignore,
      onEof: ignore,
    },
  );
  tokenizer.write(asLibxmlReads(html), true);
  return finder.found();
}
