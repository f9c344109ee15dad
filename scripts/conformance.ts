/**
 * `npm run conformance -- DIR [KIND…] [--json]`: runs golden vectors against this code, field
 * for field. With --json, what we made of each vector is a line of JSON on standard output,
 * and the summary goes to standard error. Exit code 1 when something that must agree does not.
 */
import { parseArgs } from "node:util";
import { asWritten } from "./conformance/compare.ts";
import { gemClassOf, legacyClassOf } from "./conformance/error-classes.ts";
import { runVectors, type Outcome } from "./conformance/run.ts";

function jsonLine({ vector, state, produced, error, differences }: Outcome): string {
  const code = error?.code ?? null;
  const classOf = vector.kind === "negative-legacy" ? legacyClassOf : gemClassOf;
  const line = {
    name: vector.name,
    kind: vector.kind,
    state,
    valid: null,
    ...produced,
    error: error === null ? null : { ...error, class: code === null ? null : classOf(code) },
    ...(differences.length === 0 ? {} : { differences }),
  };
  const text = JSON.stringify(asWritten(line), (_, value: unknown) =>
    typeof value === "bigint" ? `\0${String(value)}` : value,
  );
  return (
    text
      // JSON has integers of any size, JSON.stringify has not.
      .replaceAll(/"\\u0000(\d+)"/g, "$1")
      // In ASCII, so that one line is a line for every reader: to some, U+2028 ends one.
      .replaceAll(
        /[\u007f-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      )
  );
}

type Counts = Record<Outcome["state"], number>;

function summary(counts: Counts, differing: readonly Outcome[]): string[] {
  const lines: string[] = [];
  if (differing.length > 0) {
    lines.push("differences where nobody must agree with the gem:");
    for (const { vector, differences } of differing) {
      const policy = vector.expected?.policy ?? "";
      lines.push(`  ${vector.name} [${policy}] ${differences.join("; ")}`);
    }
  }
  if (counts.reported > 0)
    lines.push(`${String(counts.reported)} reported, nothing to compare with`);
  if (counts.differs > 0) lines.push(`${String(counts.differs)} differ, as they may`);
  if (counts.skipped > 0) lines.push(`${String(counts.skipped)} skipped, of kinds not supported`);
  lines.push(`${String(counts.passed)} passed, ${String(counts.failed)} failed`);
  return lines;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const [dir, ...kinds] = positionals;
  if (dir === undefined) {
    process.stderr.write("usage: conformance DIR [KIND…] [--json]\n");
    return 2;
  }
  const say = (line: string): boolean =>
    (values.json ? process.stderr : process.stdout).write(`${line}\n`);
  const counts: Counts = { passed: 0, failed: 0, differs: 0, reported: 0, skipped: 0 };
  const differing: Outcome[] = [];
  const missing = new Set(kinds);
  for await (const outcome of runVectors(dir, { kinds })) {
    counts[outcome.state] += 1;
    missing.delete(outcome.vector.kind);
    if (values.json) process.stdout.write(`${jsonLine(outcome)}\n`);
    if (outcome.state === "differs") differing.push(outcome);
    if (outcome.state === "failed") {
      say(`FAILED ${outcome.vector.name}`);
      for (const difference of outcome.differences) say(`  ${difference}`);
    }
  }
  for (const kind of missing) say(`there are no vectors of ${kind}`);
  for (const line of summary(counts, differing)) say(line);
  return counts.failed > 0 || missing.size > 0 ? 1 : 0;
}

process.exitCode = await main();
