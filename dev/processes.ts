/**
 * Child processes of the development scripts. Each leads a process group of its own, so
 * that the terminal's Ctrl-C does not reach it before we have said in which order things
 * stop; it writes its pid down, so that the next run finds it when this one is killed.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { commandLine, isRunning } from "./proc.ts";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Running {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  hasEnded(): boolean;
  /** SIGTERM to the leader; after `graceMs`, SIGKILL to the whole group. */
  stop(graceMs?: number): Promise<Exit>;
}

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  /** A file that standard output and error are appended to, our own terminal, or each line to a function. */
  readonly output:
    { readonly file: string } | { readonly line: (text: string) => void } | "inherit";
  /** Left out where the program writes its own. */
  readonly pidFile?: string;
}

const GRACE_MS = 15_000;

export async function startProcess(options: ProcessOptions): Promise<Running> {
  const { output } = options;
  const out =
    output === "inherit"
      ? "inherit"
      : "file" in output
        ? openSync(output.file, "a", 0o600)
        : "pipe";
  const child = spawn(options.command, options.args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env,
    stdio: ["ignore", out, out],
    detached: true,
  });
  if (typeof out === "number") closeSync(out);
  if (output !== "inherit" && "line" in output) {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on("line", output.line);
    }
  }
  const pid = await spawned(child, options.name);
  if (options.pidFile !== undefined) writeFileSync(options.pidFile, `${String(pid)}\n`);
  let ended = false;
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => {
      ended = true;
      if (options.pidFile !== undefined) rmSync(options.pidFile, { force: true });
      resolve({ code, signal });
    });
  });
  return {
    name: options.name,
    pid,
    exited,
    hasEnded: () => ended,
    stop: async (graceMs = GRACE_MS) => {
      // Only the leader: Erlang aborts when its port program is taken from it.
      signal(pid, "SIGTERM");
      if (!(await within(exited, graceMs))) signal(-pid, "SIGKILL");
      return await exited;
    },
  };
}

async function spawned(child: ChildProcess, name: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      reject(new Error(`${name} cannot be started: ${cause.message}`, { cause }));
    });
    child.once("spawn", () => {
      if (child.pid !== undefined) resolve(child.pid);
    });
  });
}

async function within(done: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(ms, false, { signal: timer.signal }).catch(() => false);
  const first = await Promise.race([done.then(() => true), late]);
  timer.abort();
  return first;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone, which is what was wanted.
  }
}

/**
 * Stops what a killed run left behind: the process that the pid file names, if its
 * command line holds `mark` (pids are used again, and a stranger's process is not ours).
 * True when there was one.
 */
export async function stopLeftover(pidFile: string, mark: string): Promise<boolean> {
  const pid = readPid(pidFile);
  if (pid === null) return false;
  const ours = isRunning(pid) && commandLine(pid).includes(mark);
  if (ours) {
    signal(pid, "SIGTERM");
    if (!(await gone(pid, GRACE_MS))) signal(-pid, "SIGKILL");
    if (!(await gone(pid, 5_000)))
      throw new Error(`process ${String(pid)} of an earlier run does not stop`);
  }
  rmSync(pidFile, { force: true });
  return ours;
}

async function gone(pid: number, ms: number): Promise<boolean> {
  const end = Date.now() + ms;
  while (isRunning(pid)) {
    if (Date.now() > end) return false;
    await delay(50);
  }
  return true;
}

export function readPid(pidFile: string): number | null {
  try {
    const text = readFileSync(pidFile, "utf8").trim();
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}
