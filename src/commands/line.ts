/**
 * A command as people type it: the word, then `name=value` for what is seldom said, then what
 * the command is about, the last of it with all that follows. Rendered from the same definition
 * as the forms.
 */
import type { Command, CommandField } from "./definition.ts";
import { looksLikeTarget } from "./target.ts";

export interface TypedLine {
  /** In lower case, without the `/` or `!` that some put before it. */
  readonly word: string;
  readonly rest: string;
}

export function readLine(text: string): TypedLine {
  const [, word = "", rest = ""] = /^\s*[/!]?(\S*)\s*([^]*)$/u.exec(text) ?? [];
  return { word: word.toLowerCase(), rest: rest.trim() };
}

export function wordOf(command: Command): string {
  return command.word ?? command.node;
}

/** The values of a line's rest, unchecked. */
export function valuesOf(
  command: Command,
  fields: readonly CommandField[],
  rest: string,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let text = takeOptions(command, fields, rest, values);
  const args = command.args ?? [];
  for (const [index, name] of args.entries()) {
    const kind = fields.find((field) => field.name === name)?.kind;
    if (index === args.length - 1) {
      if (text !== "") values.set(name, text);
      break;
    }
    const [word = ""] = /^\S*/u.exec(text) ?? [];
    // What names no post is the beginning of what follows, and "it" is meant.
    if (kind === "target" && !looksLikeTarget(word)) continue;
    if (word !== "") values.set(name, word);
    text = text.slice(word.length).trim();
  }
  return values;
}

const OPTION = /^([a-z]+)=(?:"([^"]*)"|(\S*))(?:\s+|$)/u;

/** Returns what stands behind them. Anything else with a `=` in it is text. */
function takeOptions(
  command: Command,
  fields: readonly CommandField[],
  rest: string,
  values: Map<string, string>,
): string {
  let text = rest;
  for (;;) {
    const found = OPTION.exec(text);
    const [all = "", name = "", quoted, plain] = found ?? [];
    const isOption =
      fields.some((field) => field.name === name) && command.args?.includes(name) !== true;
    if (!isOption || values.has(name)) return text;
    values.set(name, quoted ?? plain ?? "");
    text = text.slice(all.length);
  }
}

/** `post [to=public|contacts] TEXT`. */
export function usageOf(command: Command, fields: readonly CommandField[]): string {
  const args = command.args ?? [];
  const shown = (field: CommandField): string => {
    const choices = choicesOf(field);
    const name = args.includes(field.name)
      ? choices === "" || field.kind === "flag"
        ? field.name.toUpperCase()
        : choices
      : `${field.name}=${choices === "" ? "…" : choices}`;
    return field.required ? name : `[${name}]`;
  };
  const named = new Set(args);
  const options = fields.filter((field) => !named.has(field.name));
  const ordered = args.flatMap((name) => fields.find((field) => field.name === name) ?? []);
  return [wordOf(command), ...options.map(shown), ...ordered.map(shown)].join(" ");
}

function choicesOf({ kind, choices = [] }: CommandField): string {
  return kind === "flag" ? "0|1" : choices.map(([value]) => value).join("|");
}

/** The command whose word is the nearest, when it is near enough to be a slip. */
export function nearest(word: string, commands: readonly Command[]): Command | null {
  if (word.length > MAX_WORD) return null;
  let best: Command | null = null;
  let least = Math.min(3, word.length);
  for (const command of commands) {
    const distance = editDistance(word, wordOf(command));
    if (distance < least) [best, least] = [command, distance];
  }
  return best;
}

const MAX_WORD = 32;

/** Levenshtein's, row by row. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1];
      const changed = (row[j - 1] ?? 0) + (same ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
