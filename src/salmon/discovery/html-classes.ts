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
  /** Names of the questions that this element answers. */
  readonly answers: readonly string[];
}

// HTML Standard §13.1.2.
const VOID = new Set(
  "area base br col embed hr img input link meta source track wbr".split(" "),
);
/** Nesting beyond this is not followed: nobody's hCard is that deep, and each level costs. */
const MAX_DEPTH = 256;

function startTag(token: Token.TagToken): StartTag {
  const attrs = new Map<string, string>();
  for (const { name, value } of token.attrs) if (!attrs.has(name)) attrs.set(name, value);
  const classes = new Set((attrs.get("class") ?? "").split(/\s+/).filter((name) => name !== ""));
  return { tag: token.tagName, attrs, classes };
}

/** HTML Standard §13.2.6.2: in these, what looks like a tag is text. */
function rawMode(tag: string): (typeof TokenizerMode)[keyof typeof TokenizerMode] | null {
  if (tag === "script") return TokenizerMode.SCRIPT_DATA;
  if (tag === "style" || tag === "noscript" || tag === "iframe") return TokenizerMode.RAWTEXT;
  return tag === "title" || tag === "textarea" ? TokenizerMode.RCDATA : null;
}

export function findInHtml<Name extends string>(
  html: string,
  questions: Readonly<Record<Name, Question>>,
): ReadonlyMap<Name, Found> {
  const asked = Object.entries<Question>(questions);
  const found = new Map<string, StartTag>();
  const texts = new Map<string, string[]>();
  const stack: Open[] = [];

  function answersOf(element: StartTag): string[] {
    const answers = asked.filter(([name, asks]) => !found.has(name) && asks(element, stack));
    return answers.map(([name]) => name);
  }

  function open(token: Token.TagToken): void {
    const element = startTag(token);
    const answers = stack.length < MAX_DEPTH ? answersOf(element) : [];
    for (const name of answers) {
      found.set(name, element);
      texts.set(name, []);
    }
    if (token.selfClosing || VOID.has(element.tag)) {
      token.ackSelfClosing = true;
      return;
    }
    if (stack.length < MAX_DEPTH) stack.push({ ...element, answers });
    const mode = rawMode(element.tag);
    if (mode !== null) tokenizer.state = mode;
  }

  function close(token: Token.TagToken): void {
    const at = stack.findLastIndex(({ tag }) => tag === token.tagName);
    if (at >= 0) stack.length = at;
  }

  function text(token: Token.CharacterToken): void {
    for (const { answers } of stack) {
      for (const name of answers) texts.get(name)?.push(token.chars);
    }
  }

  const ignore = (): void => undefined;
  const tokenizer = new Tokenizer(
    { sourceCodeLocationInfo: false },
    {
      onStartTag: open,
      onEndTag: close,
      onCharacter: text,
      onWhitespaceCharacter: text,
      onNullCharacter: ignore,
      onComment: ignore,
      onDoctype: ignore,
      onEof: ignore,
    },
  );
  tokenizer.write(html, true);

  const names = asked.map(([name]) => name as Name);
  const entries = names.flatMap((name): [Name, Found][] => {
    const element = found.get(name);
    return element === undefined
      ? []
      : [[name, { ...element, text: (texts.get(name) ?? []).join("") }]];
  });
  return new Map(entries);
}
