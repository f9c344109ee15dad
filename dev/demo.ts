/**
 * `npm run demo`: two pods, one person on each, who follow each other and post. Everything is in a temporary folder and gone afterwards.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describeError } from "../src/errors/error.ts";
import type { Log } from "../src/log/log.ts";
import { consoleLog } from "./console-log.ts";
import { playStory } from "./demo-story.ts";
import { startEnvironment, stopLeftovers, type Environment } from "./environment.ts";
import { untilStopped } from "./stopped.ts";

const NOTE = join(import.meta.dirname, "../var/demo-folder");
const DOMAIN = "demo.local";
function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function show({ state }: Environment): Promise<void> {
  const [one, other] = state.domains;
  if (one === undefined || other === undefined) throw new Error("there are not two pods");
  say(`\nTwo pods are up: ${one.domain} and ${other.domain}, each with its own database and keys.`);
  await playStory(one, other, say);
}

async function main(): Promise<number> {
  // PostgreSQL runs as another account when we are root, and must reach its folder.
  process.umask(0o022);
  const log = consoleLog("demo");
  await clearKilledDemo(log);
  const dir = mkdtempSync(join(tmpdir(), "diaspora-x-demo-"));
  chmodSync(dir, 0o711);
  writeFileSync(NOTE, dir);
  const cancel = new AbortController();
  const stopped = untilStopped().then((signal) => {
    cancel.abort(new Error(`stopped by ${signal}`));
    throw new Error(`stopped by ${signal}`);
  });
  stopped.catch(() => undefined);
  try {
    say("Starting ejabberd and two daemons ...");
    const environment = await startEnvironment(
      { domain: DOMAIN, lan: false, pods: 2, server: "ejabberd", port: null, quiet: true },
      dir,
      log,
      cancel.signal,
    );
    const broken = environment.broken.then((sentence) => {
      throw new Error(sentence);
    });
    broken.catch(() => undefined);
    try {
      await Promise.race([show(environment), stopped, broken]);
      return 0;
    } finally {
      await environment.stop();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
    rmSync(NOTE, { force: true });
  }
}

/** A demo that was killed wrote down where it was. */
async function clearKilledDemo(log: Log): Promise<void> {
  mkdirSync(dirname(NOTE), { recursive: true });
  if (!existsSync(NOTE)) return;
  const dir = readFileSync(NOTE, "utf8");
  if (!dir.startsWith(join(tmpdir(), "diaspora-x-demo-")) || !existsSync(dir)) return;
  await stopLeftovers(dir, log);
  rmSync(dir, { recursive: true, force: true });
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`demo: ${describeError(error)}\n`);
  process.exit(1);
}
