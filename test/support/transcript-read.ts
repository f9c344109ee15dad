/**
 * Transcripts: who sends what, and what is then seen, as plain text. A file begins with
 * comments (`#`), headers (`Needs: comments`) and who takes part, one a line:
 * `[Client] romeo` logs in on the XMPP side, `[Person] alice@pod-a.example` lives on a pod.
 * Then come steps, separated by blank lines: a sentence at the margin, and below it,
 * indented, what it is about.
 */

export interface Step {
  readonly line: number;
  /** The sentence, without its final `:` or `.`, its line of comment (in brackets) taken off. */
  readonly sentence: string;
  /** The indented lines below, "" where there are none. */
  readonly body: string;
}

export interface Transcript {
  readonly name: string;
  /** First line of comment. */
  readonly title: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Names of accounts on the XMPP side. */
  readonly clients: readonly string[];
  /** diaspora* IDs of people on pods. */
  readonly people: readonly string[];
  readonly steps: readonly Step[];
}

const HEADER = /^(Needs|Servers): *(.+)$/;
const PARTICIPANT = /^\[(Client|Person)\] ([a-z]+(?:@[a-z0-9.-]+)?)$/;

/** Throws with the line that it does not understand. */
export function readTranscript(name: string, text: string): Transcript {
  const lines = text.split("\n");
  const headers = lines.map((line) => HEADER.exec(line)).filter((found) => found !== null);
  const participants = lines
    .map((line) => PARTICIPANT.exec(line))
    .filter((found) => found !== null);
  const those = (role: string): string[] =>
    participants.filter((found) => found[1] === role).map((found) => found[2] ?? "");
  return {
    name,
    title:
      lines
        .find((line) => line.startsWith("#"))
        ?.slice(1)
        .trim() ?? "",
    headers: new Map(headers.map((found) => [found[1] ?? "", found[2] ?? ""])),
    clients: those("Client"),
    people: those("Person"),
    steps: stepsOf(name, lines),
  };
}

function stepsOf(name: string, lines: readonly string[]): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line === "" || line.startsWith("#")) continue;
    if (HEADER.test(line) || PARTICIPANT.test(line)) continue;
    const body = indentedBelow(lines, at);
    steps.push({ line: at + 1, sentence: sentenceOf(name, at + 1, line), body: body.join("\n") });
    at += body.length;
  }
  return steps;
}

function indentedBelow(lines: readonly string[], at: number): string[] {
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => !line.startsWith("  "));
  return end < 0 ? rest : rest.slice(0, end);
}

function sentenceOf(name: string, number: number, line: string): string {
  const sentence = /^(\S.*?)(?: \([^)]*\))?[:.]$/.exec(line)?.[1];
  if (sentence === undefined) throw new Error(`${name}:${String(number)} is no step: ${line}`);
  return sentence;
}

/** `text` with each name in it replaced, where it stands as a word of its own. */
export function renamed(text: string, names: ReadonlyMap<string, string>): string {
  return text.replaceAll(/(?<![\w{])[a-z]+(?![\w}])/g, (word) => names.get(word) ?? word);
}

/** `text` with `{name}` filled in; what is not known yet stays. */
export function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\{([a-z0-9.]+)\}/g, (whole, name: string) => values.get(name) ?? whole);
}
