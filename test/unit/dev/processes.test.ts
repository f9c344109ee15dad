import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isRunning } from "../../../dev/proc.ts";
import { readPid, startProcess, stopLeftover } from "../../../dev/processes.ts";

const dir = mkdtempSync(join(tmpdir(), "dx-processes-"));
after(() => {
  rmSync(dir, { recursive: true, force: true });
});

const env = { PATH: "/usr/bin:/bin" };

async function shell(script: string, name: string) {
  return await startProcess({
    name,
    command: "/bin/sh",
    args: ["-c", script, name],
    env,
    output: { file: join(dir, `${name}.log`) },
    pidFile: join(dir, `${name}.pid`),
  });
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await delay(25);
  assert.ok(condition());
}

test("a process leads its own group, so that the terminal's Ctrl-C does not reach it", async () => {
  const running = await shell("sleep 60; :", "group");
  const stat = readFileSync(`/proc/${String(running.pid)}/stat`, "latin1");
  assert.equal(Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]), running.pid);
  await running.stop(100);
});

test("stopping is SIGTERM, and the process may end in its own way", async () => {
  const running = await shell(
    "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done",
    "polite",
  );
  await until(() => readFileSync(join(dir, "polite.log"), "utf8").includes("up"));
  assert.deepEqual(await running.stop(5_000), { code: 3, signal: null });
  assert.match(readFileSync(join(dir, "polite.log"), "utf8"), /bye/);
  assert.ok(!existsSync(join(dir, "polite.pid")));
});

test("what does not stop is killed with all its children", async () => {
  const running = await shell(
    "trap '' TERM; sleep 300 & echo child $!; while :; do sleep 0.05; done",
    "stubborn",
  );
  const log = (): string => readFileSync(join(dir, "stubborn.log"), "utf8");
  await until(() => log().includes("child"));
  const child = Number(/child (\d+)/.exec(log())?.[1]);
  assert.equal((await running.stop(200)).signal, "SIGKILL");
  await until(() => !isRunning(child));
});

test("a program that is not there is an error that names it", async () => {
  const starting = startProcess({
    name: "nothing",
    command: "/nonexistent/program",
    args: [],
    env,
    output: "inherit",
  });
  await assert.rejects(starting, /nothing cannot be started/);
});

test("a leftover is found by its pid file and stopped", async () => {
  const child = spawn("/bin/sh", ["-c", "sleep 300; :", "spool-of-mine"], {
    detached: true,
    stdio: "ignore",
  });
  const gone = once(child, "exit");
  const pidFile = join(dir, "left.pid");
  writeFileSync(pidFile, `${String(child.pid)}\n`);
  assert.equal(await stopLeftover(pidFile, "spool-of-mine"), true);
  await gone;
  assert.ok(!existsSync(pidFile));
});

test("a pid that belongs to somebody else by now is left alone", async () => {
  const child = spawn("/bin/sh", ["-c", "sleep 300; :", "a-stranger"], { stdio: "ignore" });
  const pidFile = join(dir, "reused.pid");
  writeFileSync(pidFile, `${String(child.pid)}\n`);
  assert.equal(await stopLeftover(pidFile, "spool-of-mine"), false);
  assert.ok(isRunning(child.pid ?? 0));
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
});

for (const content of ["", "0", "-1", "12x", "99999999999", "1 2"]) {
  test(`a pid file that says ${JSON.stringify(content)} names nobody`, () => {
    const file = join(dir, "odd.pid");
    writeFileSync(file, content);
    assert.equal(readPid(file), null);
  });
}
