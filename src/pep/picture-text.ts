/** Pictures in the Markdown of a post: whether one is shown there, and how it is taken out. */

/** Of an address that goes on where a shorter one would end. */
const GOES_ON = /^(?:[.,;:!?]*[\p{L}\p{N}/%&=#~+@$_-]|\\?\()/u;

/** Whether the words show or name what lies at this address, and not at one that begins like it. */
export function shows(text: string, href: string): boolean {
  return writingsOf(href).some((url) => {
    for (let at = text.indexOf(url); at !== -1; at = text.indexOf(url, at + url.length)) {
      const end = at + url.length;
      if (!GOES_ON.test(text.slice(end, end + 10))) return true;
    }
    return false;
  });
}

export interface LiftedPicture {
  /** Without the line that showed it. */
  readonly text: string;
  /** What the line said of it, Markdown. */
  readonly alt: string;
}

/** null when the words show it in no line of its own; what they show as code is code. */
export function liftPicture(text: string, href: string): LiftedPicture | null {
  if (!text.includes("![")) return null;
  const lines = text.split("\n");
  const inCode = codeLines(lines);
  for (const [at, line] of lines.entries()) {
    const alt = inCode.has(at) ? null : altOf(line, href);
    if (alt === null) continue;
    const before = lines.slice(0, at).join("\n").trimEnd();
    const after = lines
      .slice(at + 1)
      .join("\n")
      .replace(/^\n+/, "");
    return { text: [before, after].filter((part) => part !== "").join("\n\n"), alt };
  }
  return null;
}

/** Behind the address: a title, perhaps, and the end of the picture. */
const END = /^(?: "(?:[^"\\]|\\.)*")?\)$/;

/** Of a line that is this picture and nothing else. */
function altOf(line: string, href: string): string | null {
  const middle = line.indexOf("](");
  if (!line.startsWith("![") || middle === -1) return null;
  const rest = line.slice(middle + 2).trimEnd();
  // CommonMark §6.3: the address may stand in pointed brackets.
  const [, inBrackets, behind = ""] = /^<([^<>]*)>(.*)$/.exec(rest) ?? [];
  const isThis =
    inBrackets === undefined
      ? writingsOf(href).some((url) => rest.startsWith(url) && END.test(rest.slice(url.length)))
      : inBrackets === href && END.test(behind);
  return isThis ? line.slice(2, middle) : null;
}

/** CommonMark §4.5: between fences of backticks or tildes nothing is a mark. */
function codeLines(lines: readonly string[]): ReadonlySet<number> {
  const found = new Set<number>();
  let fence: string | null = null;
  for (const [at, line] of lines.entries()) {
    const marks = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1];
    if (fence !== null) found.add(at);
    if (fence === null) fence = marks ?? null;
    else if (marks?.startsWith(fence) === true && line.trim() === marks) fence = null;
  }
  return found;
}

/** As people write it, as we do, and as the writer of Markdown does. */
function writingsOf(href: string): readonly string[] {
  return [...new Set([href, markdownUrl(href), href.replace(/[()]/g, "\\$&")])];
}

export function markdownUrl(href: string): string {
  return href.replace(/[()\s<>]/g, percentEncoded);
}

/** encodeURIComponent leaves parentheses alone, and they end a Markdown link. */
function percentEncoded(char: string): string {
  if (char === "(") return "%28";
  return char === ")" ? "%29" : encodeURIComponent(char);
}
