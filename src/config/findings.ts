/**
 * What is wrong with a configuration: which key, what is the fault, how it is mended.
 * A value that may be a secret is never repeated.
 */
import type { z } from "zod";
import { CONFIG_KEYS, CONFIG_SECTIONS, keyAt } from "./keys.ts";

export interface Finding {
  /** The daemon starts with a warning, and does not with an error. */
  readonly severity: "error" | "warning";
  readonly key: string;
  readonly fault: string;
  readonly mend: string;
}

export function fault(key: string, what: string, mend: string): Finding {
  return { severity: "error", key, fault: what, mend };
}

export function warning(key: string, what: string, mend: string): Finding {
  return { severity: "warning", key, fault: what, mend };
}

type Issue = z.core.$ZodIssue;

/** The schema's complaints in the words of the reference page. */
export function findingsOf(issues: readonly Issue[]): Finding[] {
  return issues.flatMap((issue) => findingsOfIssue(issue));
}

function findingsOfIssue(issue: Issue): Finding[] {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => unknownKey(path === "" ? name : `${path}.${name}`));
  }
  const key = keyAt(path);
  if (key === undefined) {
    return [
      fault(
        path === "" ? "(the whole file)" : path,
        "is no section with keys below it",
        "write its keys below it, each indented",
      ),
    ];
  }
  if (
    issue.code === "invalid_type" &&
    issue.input === undefined &&
    key.required &&
    path === key.path
  ) {
    return [
      fault(path, "is missing", `give ${key.accepts}, for example ${JSON.stringify(key.example)}`),
    ];
  }
  return [fault(path, messageOf(issue), `give ${key.accepts}`)];
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  array: "list",
  boolean: "true or false",
  int: "whole number",
  number: "number",
  object: "map of keys to values",
  record: "map of keys to values",
  string: "text",
};

function messageOf(issue: Issue): string {
  switch (issue.code) {
    case "invalid_union":
      return unionMessage(issue.errors);
    case "unrecognized_keys":
      return `has unknown keys: ${issue.keys.join(", ")}`;
    case "invalid_type":
      return issue.input === undefined
        ? "is missing"
        : `is no ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case "too_small":
      return issue.origin === "string" || issue.origin === "array" ? "is empty" : "is too small";
    case "too_big":
      return issue.origin === "string" || issue.origin === "array" ? "is too long" : "is too big";
    case "invalid_value":
      return "is none of the known words";
    case "invalid_key":
      return `has a bad name on its left side: ${unionMessage([issue.issues])}`;
    default:
      return issue.message;
  }
}

/** The branch that got furthest says most: a bad name inside an entry rather than "not a word". */
function unionMessage(branches: readonly (readonly Issue[])[]): string {
  const issues = branches.flat().sort((a, b) => weightOf(b) - weightOf(a));
  const [deepest] = issues;
  if (deepest === undefined) return "is not valid";
  const where = deepest.path.map(String).join(".");
  return where === "" ? messageOf(deepest) : `${where} ${messageOf(deepest)}`;
}

function weightOf(issue: Issue): number {
  return (
    issue.path.length * 10 +
    (issue.code === "invalid_type" ? 0 : issue.code === "invalid_value" ? 1 : 2)
  );
}

export function unknownKey(path: string): Finding {
  const known = [...CONFIG_KEYS, ...CONFIG_SECTIONS].map((key) => key.path);
  const near = nearest(path, known);
  return fault(
    path,
    "is no key of this configuration",
    near === null ? "remove it; docs/config.md lists all keys" : `did you mean ${near}?`,
  );
}

/** The known word that a slip of the hand is closest to, null when none is close. */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(word.length / 5)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  if (a.length > 200 || b.length > 200) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
