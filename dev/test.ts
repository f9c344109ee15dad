/**
 * `npm test [-- FILES OR OPTIONS]`: fetches the servers and slixmpp where they are missing, then runs all
 * tests, or those named, by Node's own runner.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describeError } from "../src/errors/error.ts";
import { consoleLog } from "./console-log.ts";
import { findEjabberd } from "./ejabberd-install.ts";
import { findProsody } from "./prosody-install.ts";
import { findSlixmpp, PYTHON } from "./slixmpp.ts";

const ROOT = join(import.meta.dirname, "..");
const ALL = ["test/unit/**/*.test.ts", "test/e2e/**/*.test.ts"];
/** A file of test/e2e runs a server, a database and a daemon: two fill two cores. */
const CONCURRENCY = "2";
const TIMEOUT_MS = "300000";

/** Before the tests, whose time is limited. */
async function fetchPrograms(): Promise<void> {
  const log = consoleLog("test");
  await findEjabberd(log);
  await findProsody(log);
  if (existsSync(PYTHON)) await findSlixmpp(log);
}

async function main(args: readonly string[]): Promise<number> {
  const named = args.filter((arg) => !arg.startsWith("-"));
  const options = args.filter((arg) => arg.startsWith("-"));
  const files = named.length === 0 ? ALL : named;
  if (files.some((file) => file.includes("e2e"))) await fetchPrograms();
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
