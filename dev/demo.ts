/**
 * `npm run demo`: two pods, one person on each, a post from one to the other, shown by the
 * commands that anybody can type. Everything is in a temporary folder and gone afterwards.
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
import { startCommand, type Command } from "./command.ts";
import { consoleLog } from "./console-log.ts";
import { startEnvironment, stopLeftovers, type Environment } from "./environment.ts";
import type { DomainState } from "./state.ts";
import { untilStopped } from "./stopped.ts";

const NOTE = join(import.meta.dirname, "../var/demo-folder");
const DOMAIN = "demo.local";
const PASSWORD = "a-password";
const POST = "Hello from XMPP, over the #diaspora federation";
/** From the publishing to the other person's screen. */
const ARRIVAL_SECONDS = 30;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function client(pod: DomainState, ...args: readonly string[]): Command {
  say(`\n$ diaspora-x client ${args.join(" ")}`);
  const place = ["--host", pod.c2sHost, "--port", String(pod.c2sPort), "--insecure"];
  return startCommand(["client", ...args, ...place], (line) => {
    say(`  ${line}`);
  });
}

async function takePart(pod: DomainState, jid: string): Promise<void> {
  await client(pod, "register", jid, PASSWORD).done();
  await client(pod, "register", jid, PASSWORD, "--at", pod.componentDomain).done();
}

async function show({ state }: Environment): Promise<void> {
  const [one, other] = state.domains;
  if (one === undefined || other === undefined) throw new Error("there are not two pods");
  const alice = `alice@${one.domain}`;
  const bob = `bob@${other.domain}`;
  say(
    `\nTwo pods are up: ${one.domain} and ${other.domain}. Each has its XMPP people, its own database, its own keys.`,
  );
  await takePart(one, alice);
  await takePart(other, bob);

  say(`\nWhat the federation sees of Alice (WebFinger):`);
  const found = await fetch(`${one.httpUrl}.well-known/webfinger?resource=acct:${alice}`, {
    signal: AbortSignal.timeout(10_000),
  });
  say(`  ${await found.text()}`);

  say(`\nBob follows Alice from his own pod and watches his stream:`);
  const id = `alice@${one.diasporaDomain}`;
  const watching = client(
    other,
    "watch",
    bob,
    PASSWORD,
    "--follow",
    id,
    "--at",
    other.componentDomain,
    "--count",
    "1",
    "--seconds",
    String(ARRIVAL_SECONDS),
  );
  await watching.said("following");
  const began = Date.now();
  await client(one, "publish", alice, PASSWORD, POST).done();
  await watching.said(POST);
  say(
    `\nAlice's post went from her XMPP server to her pod, signed, to Bob's pod, and to his XMPP client in ${String(Date.now() - began)} ms.`,
  );
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
      { domain: DOMAIN, lan: false, pods: 2, port: null, quiet: true },
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
