/**
 * `npm test [-- FILES OR OPTIONS]`: fetches ejabberd where it is missing, then runs all
 * tests, or those named, by Node's own runner.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describeError } from "../src/errors/error.ts";
import { consoleLog } from "./console-log.ts";
import { findEjabberd } from "./ejabberd-install.ts";

const ROOT = join(import.meta.dirname, "..");
const ALL = ["test/unit/**/*.test.ts", "test/e2e/**/*.test.ts"];
/** A file of test/e2e runs a server, a database and a daemon: two fill two cores. */
const CONCURRENCY = "2";
const TIMEOUT_MS = "300000";

async function main(args: readonly string[]): Promise<number> {
  const named = args.filter((arg) => !arg.startsWith("-"));
  const options = args.filter((arg) => arg.startsWith("-"));
  const files = named.length === 0 ? ALL : named;
  if (files.some((file) => file.includes("e2e"))) await findEjabberd(consoleLog("test"));
  const runner = [
    "--test",
    "--test-reporter=spec",
    `--test-concurrency=${CONCURRENCY}`,
    `--test-timeout=${TIMEOUT_MS}`,
    ...options,
    ...files,
  ];
  const child = spawn(process.execPath, runner, { cwd: ROOT, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => child.kill(signal));
  }
  await once(child, "exit");
  return child.exitCode ?? 1;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`test: ${describeError(error)}\n`);
  process.exit(1);
}
