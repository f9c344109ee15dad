/**
 * `npm run lint`: types, rules, boundaries, layout, generated documents. Everything is
 * looked at even when the first thing fails; any fault makes it fail.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

interface Check {
  readonly name: string;
  readonly command: readonly string[];
}

const ROOT = fileURLToPath(new URL("../", import.meta.url));

const CHECKS: readonly Check[] = [
  { name: "types", command: ["node_modules/typescript/bin/tsc", "--noEmit"] },
  { name: "rules", command: ["node_modules/eslint/bin/eslint.js", ".", "--max-warnings", "0"] },
  {
    name: "boundaries",
    command: [
      "node_modules/dependency-cruiser/bin/dependency-cruise.mjs",
      "src",
      "migrations",
      "--config",
      ".dependency-cruiser.cjs",
    ],
  },
  {
    name: "layout",
    command: ["node_modules/prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."],
  },
  { name: "generated documents", command: ["scripts/docs.ts", "--check"] },
  {
    name: "documentation of the library",
    command: ["node_modules/typedoc/bin/typedoc", "--emit", "none", "--logLevel", "Warn"],
  },
];

/** This Node runs all of them, whichever one the machine has. */
function run({ name, command }: Check): Promise<{ name: string; ok: boolean; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...command], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (error) => {
      resolve({ name, ok: false, output: error.message });
    });
    child.on("close", (code) => {
      resolve({ name, ok: code === 0, output: Buffer.concat(chunks).toString("utf8") });
    });
  });
}

async function main(): Promise<number> {
  let failed = 0;
  // The two that know all types take most of the time; the others run beside them.
  const [types, rules, ...quick] = CHECKS.map((check) => () => run(check));
  const slow = [types, rules].filter((start) => start !== undefined);
  const results = await Promise.all([inTurn(slow), inTurn(quick)]);
  for (const { name, ok, output } of results.flat()) {
    console.log(`${ok ? "ok" : "FAILED"}  ${name}`);
    if (!ok) failed += 1;
    if (!ok) console.log(output.trimEnd());
  }
  return failed === 0 ? 0 : 1;
}

async function inTurn<T>(starts: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  for (const start of starts) results.push(await start());
  return results;
}

process.exitCode = await main();
