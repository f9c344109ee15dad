import assert from "node:assert/strict";
import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isRunning } from "../../../dev/proc.ts";

const BOOTSTRAP = new URL("../../../scripts/bootstrap.cjs", import.meta.url);
const root = mkdtempSync(join(tmpdir(), "dx-bootstrap-"));
after(() => {
  rmSync(root, { recursive: true, force: true });
});

const LOCK = {
  packages: {
    "": { name: "project" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/elsewhere": { version: "1.0.0", optional: true },
  },
};

interface Project {
  readonly dir: string;
  /** What npm was asked for, each call a line. */
  npmCalls(): string;
}

/** A checkout with a npm that only writes down what it is asked, and fails. */
function project(name: string, pinned: string, installed: object | null): Project {
  const dir = join(root, name);
  for (const below of ["scripts", "node_modules", "bin"])
    mkdirSync(join(dir, below), { recursive: true });
  copyFileSync(BOOTSTRAP, join(dir, "scripts/bootstrap.cjs"));
  writeFileSync(join(dir, "package.json"), JSON.stringify({ devDependencies: { node: pinned } }));
  writeFileSync(join(dir, "package-lock.json"), JSON.stringify(LOCK));
  if (installed !== null)
    writeFileSync(
      join(dir, "node_modules/.package-lock.json"),
      JSON.stringify({ packages: installed }),
    );
  writeFileSync(
    join(dir, "script.ts"),
    `const args: readonly string[] = process.argv.slice(2);
     if (args[0] === "exit") process.exit(Number(args[1]));
     if (args[0] === "wait") { process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 1000); console.log(process.pid); }
     else console.log(JSON.stringify({ args, version: process.versions.node, execPath: process.execPath, options: process.env["NODE_OPTIONS"] ?? null }));`,
  );
  writeFileSync(join(dir, "bin/npm"), `#!/bin/sh\necho "$@" >> ${join(dir, "npm.log")}\nexit 1\n`, {
    mode: 0o755,
  });
  return {
    dir,
    npmCalls: () =>
      existsSync(join(dir, "npm.log")) ? readFileSync(join(dir, "npm.log"), "utf8") : "",
  };
}

const INSTALLED = { "node_modules/a": { version: "1.0.0" } };
const OWN = process.versions.node;

function environment(dir: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { PATH: `${join(dir, "bin")}:/usr/bin:/bin`, ...more };
}

function run(
  { dir }: Project,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, ["scripts/bootstrap.cjs", ...args], {
    cwd: dir,
    env: environment(dir, more),
    encoding: "utf8",
  });
}

/** Looks like the npm package `node` of another version: this very Node under another path. */
function withOtherNode(pinned: Project): string {
  const folder = join(pinned.dir, "node_modules/node/bin");
  mkdirSync(folder, { recursive: true });
  symlinkSync(process.execPath, join(folder, "node"));
  return join(folder, "node");
}

test("with everything in place it says nothing and runs the script with its arguments", () => {
  const ready = project("ready", OWN, INSTALLED);
  const { stdout, stderr, status } = run(ready, ["script.ts", "a b", "--c"]);
  assert.equal(stderr, "");
  assert.equal(status, 0);
  assert.match(stdout, /"args":\["a b","--c"\]/);
  assert.equal(ready.npmCalls(), "");
});

test("what npm wrote down is believed once; then the hash of the lock file counts", () => {
  const stamped = project("stamped", OWN, INSTALLED);
  run(stamped, ["script.ts"]);
  const hash = createHash("sha256").update(JSON.stringify(LOCK)).digest("hex");
  assert.equal(readFileSync(join(stamped.dir, "node_modules/.diaspora-x-stamp"), "utf8"), hash);
});

const STALE: readonly (readonly [string, object | null])[] = [
  ["nothing is installed", null],
  ["a package is missing", {}],
  ["a package has another version", { "node_modules/a": { version: "1.0.1" } }],
];
for (const [index, [name, installed]] of STALE.entries()) {
  test(`npm ci runs when ${name}, and its failure ends in one plain sentence`, () => {
    const stale = project(`stale${String(index)}`, OWN, installed);
    const { stderr, status } = run(stale, ["script.ts"]);
    assert.match(stale.npmCalls(), /^ci /);
    assert.equal(status, 1);
    assert.match(stderr, /npm ci failed/);
    assert.doesNotMatch(stderr, /at .*bootstrap\.cjs/);
  });
}

test("the script's exit code is the exit code, here and through the wrapper", () => {
  const here = project("code-here", OWN, INSTALLED);
  assert.equal(run(here, ["script.ts", "exit", "5"]).status, 5);
  const there = project("code-there", "99.0.0", INSTALLED);
  withOtherNode(there);
  assert.equal(run(there, ["script.ts", "exit", "6"]).status, 6);
});

test("an old Node hands over to the pinned one, without options meant for itself", () => {
  const wrapped = project("wrapped", "99.0.0", INSTALLED);
  withOtherNode(wrapped);
  const { stdout, stderr } = run(wrapped, ["script.ts", "x"], {
    NODE_OPTIONS: "--stack-trace-limit=20",
  });
  assert.equal(stderr, "");
  assert.match(stdout, /"args":\["x"\].*"options":null/);
});

test("where npm did not run the install script of node, the platform's package is asked for", () => {
  const bare = project("bare", "99.0.0", INSTALLED);
  const { stderr, status } = run(bare, ["script.ts"]);
  assert.match(bare.npmCalls(), /^install --no-save .*node-\w+-\w+@99\.0\.0/);
  assert.equal(status, 1);
  assert.match(stderr, /Node 99\.0\.0 or newer is needed/);
});

async function waiting({
  dir,
}: Project): Promise<{ wrapper: number; inner: number; code: Promise<number | null> }> {
  const child = spawn(process.execPath, ["scripts/bootstrap.cjs", "script.ts", "wait"], {
    cwd: dir,
    env: environment(dir),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const code = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const inner = await new Promise<number>((resolve) => {
    child.stdout.once("data", (text: Buffer) => {
      resolve(Number(text.toString()));
    });
  });
  return { wrapper: child.pid ?? 0, inner, code };
}

test("the wrapper passes SIGTERM on and ends as its child does", async () => {
  const signalled = project("signalled", "99.0.0", INSTALLED);
  withOtherNode(signalled);
  const { wrapper, inner, code } = await waiting(signalled);
  assert.notEqual(wrapper, inner);
  process.kill(wrapper, "SIGTERM");
  assert.equal(await code, 7);
});

test("kill -9 of the wrapper does not leave its child for ever", async () => {
  const killed = project("killed", "99.0.0", INSTALLED);
  withOtherNode(killed);
  const { wrapper, inner } = await waiting(killed);
  process.kill(wrapper, "SIGKILL");
  for (let i = 0; i < 60 && isRunning(inner); i++) await delay(50);
  assert.ok(!isRunning(inner));
});

test("an old Node can read it: no syntax after ES2021", () => {
  const text = readFileSync(BOOTSTRAP, "utf8");
  assert.doesNotMatch(text, /^import |\bawait using\b|^\s*using |import\.meta|\?\?=.*#private/m);
});
