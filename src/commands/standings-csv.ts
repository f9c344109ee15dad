/**
 * The operator's lists in the form in which Mastodon and others exchange them: CSV (RFC 4180)
 * with the columns #domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate.
 * Columns are known by their names; a list without a severity is one of allowed pods.
 */
import type { Severity, Standing } from "../activitystreams/standing.ts";
import { parseSubject, subjectText } from "./standing-subject.ts";

export interface ReadList {
  readonly standings: readonly Standing[];
  /** What is no line of such a list, and why; the lines count from 1. */
  readonly faults: readonly { readonly line: number; readonly fault: string }[];
}

const COLUMNS = [
  "domain",
  "severity",
  "reject_media",
  "reject_reports",
  "public_comment",
  "obfuscate",
] as const;

type Column = (typeof COLUMNS)[number];

const MAX_ROWS = 100_000;
const MAX_REASON = 1_000;

/** `noop` limits nothing by itself. */
const SEVERITIES: ReadonlyMap<string, Severity> = new Map([
  ["suspend", "suspend"],
  ["silence", "silence"],
  // What newer versions call it.
  ["limit", "silence"],
  ["noop", "allow"],
  ["none", "allow"],
]);

export function readStandingsCsv(text: string): ReadList {
  const rows = csvRows(text.replace(/^\uFEFF/, ""));
  const columns = columnsOf(rows[0]?.cells ?? []);
  const body = columns === null ? rows : rows.slice(1);
  const order = columns ?? COLUMNS;
  const standings = new Map<string, Standing>();
  const faults: { line: number; fault: string }[] = [];
  for (const { line, cells } of body.slice(0, MAX_ROWS)) {
    if (cells.every((cell) => cell.trim() === "")) continue;
    const read = standingOf(cells, order);
    if (typeof read === "string") faults.push({ line, fault: read });
    else standings.set(`${read.kind} ${read.subject}`, read);
  }
  const next = body[MAX_ROWS];
  if (next !== undefined) faults.push({ line: next.line, fault: "too many lines" });
  return { standings: [...standings.values()], faults };
}

/** null where the first line is no heading. */
function columnsOf(first: readonly string[]): (Column | null)[] | null {
  const names = first.map((cell) => cell.trim().toLowerCase().replace(/^#/, ""));
  if (!names.includes("domain")) return null;
  return names.map((name) => COLUMNS.find((known) => known === name) ?? null);
}

function standingOf(
  cells: readonly string[],
  order: readonly (Column | null)[],
): Standing | string {
  const at = (column: Column): string => (cells[order.indexOf(column)] ?? "").trim();
  const subject = parseSubject(at("domain"));
  // Also what was made unreadable for others: `b*d.example`.
  if (subject === null) return "no domain, person or address";
  const said = at("severity").toLowerCase();
  const severity = order.includes("severity") && said !== "" ? SEVERITIES.get(said) : "allow";
  if (severity === undefined) return "the severity is none of suspend, silence, noop";
  const comment = at("public_comment");
  return {
    ...subject,
    severity,
    reason: comment === "" ? null : comment.slice(0, MAX_REASON),
    rejectMedia: isTrue(at("reject_media")),
    rejectReports: isTrue(at("reject_reports")),
    obfuscate: isTrue(at("obfuscate")),
  };
}

function isTrue(cell: string): boolean {
  return /^(?:true|1|yes)$/i.test(cell);
}

export function writeStandingsCsv(standings: readonly Standing[]): string {
  const rows = standings.map((standing) => [
    subjectText(standing),
    standing.severity === "allow" ? "noop" : standing.severity,
    pythonBoolean(standing.rejectMedia),
    pythonBoolean(standing.rejectReports),
    standing.reason ?? "",
    pythonBoolean(standing.obfuscate),
  ]);
  const heading = COLUMNS.map((name) => `#${name}`);
  return [heading, ...rows].map((cells) => `${cells.map(quoted).join(",")}\n`).join("");
}

/** As the lists have it that are passed around. */
function pythonBoolean(value: boolean): string {
  return value ? "True" : "False";
}

function quoted(cell: string): string {
  // A spreadsheet would take these for formulas.
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

interface Row {
  readonly line: number;
  readonly cells: string[];
}

/** RFC 4180 §2; a quote that is never closed takes the rest of the text. */
function csvRows(text: string): Row[] {
  const rows: Row[] = [];
  let row: Row = { line: 1, cells: [] };
  let line = 1;
  const cell = /(?:"((?:[^"]|"")*)(?:"|$)|([^",\r\n]*))(,|\r\n|\n|\r|$)/gy;
  while (cell.lastIndex < text.length && rows.length <= MAX_ROWS + 1) {
    const from = cell.lastIndex;
    const found = cell.exec(text);
    if (found === null) {
      // Something stands behind a closing quote: what is left of the line is no cell.
      const end = text.indexOf("\n", from);
      cell.lastIndex = end < 0 ? text.length : end;
      row.cells.unshift('"');
      continue;
    }
    const [all, quotedCell, plain = "", end] = found;
    row.cells.push(quotedCell?.replaceAll('""', '"') ?? plain);
    line += all.split("\n").length - 1;
    if (end === ",") {
      // A comma at the very end has an empty cell behind it.
      if (cell.lastIndex === text.length) row.cells.push("");
      continue;
    }
    rows.push(row);
    row = { line, cells: [] };
  }
  if (row.cells.length > 0) rows.push(row);
  return rows;
}
