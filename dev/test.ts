/**
 * `npm test [-- FILES OR OPTIONS]`: fetches the servers and slixmpp where they are missing, then runs all
 * tests, or those named, by Node's own runner.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { describeError } from "../src/errors/error.ts";
import { consoleLog } from "./console-log.ts";
import { findEjabberd } from "./ejabberd-install.ts";
import { findProsody } from "./prosody-install.ts";
import { findSlixmpp, PYTHON } from "./slixmpp.ts";
import { roomsOf } from "./test-rooms.ts";

const ROOT = join(import.meta.dirname, "..");
const E2E = "test/e2e/**/*.test.ts";
const CACHE = join(ROOT, "node_modules", ".cache", "diaspora-x");
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

/** Node's runner takes no folders. */
function filesIn(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? join(path, "**", "*.test.ts") : path;
}

async function main(args: readonly string[]): Promise<number> {
  const named = args.filter((arg) => !arg.startsWith("-")).map(filesIn);
  const options = args.filter((arg) => arg.startsWith("-"));
  const rooms = join(CACHE, "rooms");
  const files = named.length === 0 ? [E2E, ...roomsOf(join(ROOT, "test", "unit"), rooms)] : named;
  if (files.some((file) => file.includes("e2e"))) await fetchPrograms();
  const runner = [
    "--test",
    "--test-reporter=spec",
    `--test-concurrency=${CONCURRENCY}`,
    `--test-timeout=${TIMEOUT_MS}`,
    ...options,
    ...files,
  ];
  // What was compiled once is not compiled again by each of some hundred processes.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(CACHE, "compiled") };
  const child = spawn(process.execPath, runner, { cwd: ROOT, stdio: "inherit", env });
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
