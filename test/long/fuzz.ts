/**
 * `npm run fuzz -- SECONDS [--seed N] [--from N]`: mutates the golden vectors through the
 * whole receiving path for so long. Nothing may crash, take more than 250 ms, or be taken
 * that its sender has not signed as it was read. The seed is printed; with it (and with
 * --from, at that iteration) the same inputs come again. Exit code 1 when something was found.
 */
import { randomInt } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { readCorpus } from "./fuzz/corpus.ts";
import { RECEIVER } from "./fuzz/doors.ts";
import { fuzz, type Failure, type Report } from "./fuzz/fuzzing.ts";

const OUT = join(import.meta.dirname, "../../var/fuzz");
/** Of different kinds. */
const MAX_FAILURES = 10;

async function keep(seed: number, { iteration, input, what }: Failure): Promise<string> {
  await mkdir(OUT, { recursive: true });
  const file = join(OUT, `${String(seed)}-${String(iteration)}.${input.door}`);
  await writeFile(file, input.bytes);
  return [
    `FAILED seed ${String(seed)} iteration ${String(iteration)}, from ${input.name} at ${input.door}`,
    ...(input.recipient === null ? [] : [`  for ${input.recipient}`]),
    `  ${what}`,
    `  ${String(input.bytes.length)} bytes in ${file}`,
  ].join("\n");
}

function table({ ends }: Report): string[] {
  const lines: string[] = [];
  for (const [door, counts] of [...ends].toSorted()) {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    lines.push(`${door}: ${String(total)}`);
    for (const [end, count] of [...counts].toSorted((one, other) => other[1] - one[1])) {
      lines.push(`  ${String(count).padStart(8)}  ${end}`);
    }
  }
  return lines;
}

function numberOf(text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`no number: ${text ?? ""}`);
  return number;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { seed: { type: "string" }, from: { type: "string" } },
    allowPositionals: true,
  });
  const seconds = numberOf(positionals[0], 60);
  const seed = numberOf(values.seed, randomInt(2 ** 32));
  const from = numberOf(values.from, 0);
  console.log(`fuzzing for ${String(seconds)} s; seed ${String(seed)}`);
  const corpus = await readCorpus();
  const end = performance.now() + seconds * 1000;
  const goOn = (_: number, failures: number): boolean =>
    performance.now() < end && failures < MAX_FAILURES;
  const report = await fuzz({ corpus, seed, receiver: RECEIVER, goOn, from });
  for (const line of table(report)) console.log(line);
  const { slowest, failures, executions } = report;
  if (slowest !== null) {
    const { iteration, ms, input } = slowest;
    const what = `${String(input.bytes.length)} bytes at ${input.door}, from ${input.name}`;
    console.log(`slowest: ${ms.toFixed(0)} ms, iteration ${String(iteration)}, ${what}`);
  }
  for (const failure of failures) console.log(await keep(seed, failure));
  console.log(
    `seed ${String(seed)}: ${String(executions)} executions, ${String(failures.length)} failures`,
  );
  return failures.length > 0 ? 1 : 0;
}

process.exitCode = await main();
