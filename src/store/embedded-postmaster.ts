/**
 * The postmaster: started, waited for, stopped, found again after a killed run
 * (PostgreSQL manual, "Shutting Down the Server" and the format of postmaster.pid).
 */
import { spawn } from "node:child_process";
import {
  closeSync,
  constants,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DxError } from "../errors/error.ts";
import { identity, programEnvironment, type Binaries, type RunAs } from "./embedded-binaries.ts";

export interface Postmaster {
  readonly pid: number;
  readonly exited: Promise<void>;
}

export interface PostmasterOptions {
  readonly folder: string;
  readonly socketDir: string;
  readonly binaries: Binaries;
  readonly runAs: RunAs | null;
  readonly settings: Readonly<Record<string, string>>;
}

/** Recovery after a crash reads the whole write-ahead log since the last checkpoint. */
const START_MS = 300_000;
/** Fast shutdown writes a checkpoint; then without one; both lose nothing. */
const STOP_STEPS = [
  ["SIGINT", 20_000],
  ["SIGQUIT", 5_000],
] as const;
const POLL_MS = 15;
const MAX_LOG_BYTES = 4 * 1024 * 1024;

/** Sized for one daemon on a small machine. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  max_connections: "60",
  shared_buffers: "64MB",
  // A statement carries people's words, a DETAIL line their names: neither is for a log.
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
  log_min_messages: "warning",
  log_checkpoints: "off",
  log_timezone: "UTC",
  timezone: "UTC",
};

export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const data = join(options.folder, "data");
  await stopLeftover(data);
  const settings = { ...SETTINGS, unix_socket_directories: options.socketDir, ...options.settings };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = openLog(options.folder);
  const child = spawn(join(options.binaries.root, "bin/postgres"), ["-D", data, ...args], {
    cwd: "/",
    env: programEnvironment(),
    stdio: ["ignore", log, log],
    // Out of the terminal's process group: Ctrl-C is for the daemon, which stops this last.
    detached: true,
    ...identity(options.runAs),
  });
  closeSync(log);
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
    child.once("error", () => {
      resolve();
    });
  });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const { pid } = child;
  const end = Date.now() + START_MS;
  if (pid === undefined) throw failed(options.folder);
  while (!isReady(data, pid)) {
    if (hasEnded() || Date.now() > end) throw failed(options.folder);
    await delay(POLL_MS);
  }
  return { pid, exited };
}

export async function stopPostmaster(postmaster: Postmaster): Promise<void> {
  await stopByPid(postmaster.pid);
}

async function stopByPid(pid: number): Promise<void> {
  for (const [signal, ms] of STOP_STEPS) {
    if (!send(pid, signal)) return;
    const end = Date.now() + ms;
    while (Date.now() < end) {
      if (!isAlive(pid)) return;
      await delay(POLL_MS);
    }
  }
  throw new DxError("DX_EMBEDDED_FAILED", { detail: `process ${String(pid)} does not stop` });
}

/**
 * A postmaster that outlived its daemon is stopped. A postmaster.pid whose number belongs
 * to another program by now is removed, because PostgreSQL would refuse to start.
 */
async function stopLeftover(data: string): Promise<void> {
  const pid = Number(pidFileLines(data)[0] ?? 0);
  if (!(pid > 0) || !isAlive(pid)) return;
  if (isPostmasterOf(pid, data)) await stopByPid(pid);
  else if (process.platform === "linux") rmSync(join(data, "postmaster.pid"), { force: true });
}

/** PostgreSQL's working folder is its data folder. */
function isPostmasterOf(pid: number, data: string): boolean {
  try {
    return readlinkSync(`/proc/${String(pid)}/cwd`) === realpathSync(data);
  } catch {
    return false;
  }
}

/** Line 1 is the pid, line 8 the status that pg_ctl waits for. */
function isReady(data: string, pid: number | undefined): boolean {
  const lines = pidFileLines(data);
  return lines[0] === String(pid) && lines[7]?.trim() === "ready";
}

function pidFileLines(data: string): string[] {
  try {
    return readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return [];
  }
}

/** A zombie is gone: where nobody reaps, it would be waited for in vain. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return process.platform !== "linux" && send(pid, 0);
  }
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

function logFile(folder: string): string {
  return join(folder, "postgres.log");
}

function openLog(folder: string): number {
  const file = logFile(folder);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;
  const flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | (size > MAX_LOG_BYTES ? O_TRUNC : 0);
  return openSync(file, flags, 0o600);
}

function failed(folder: string): DxError {
  const lines = readFileSync(logFile(folder), "utf8").trimEnd().split("\n");
  return new DxError("DX_EMBEDDED_FAILED", {
    detail: `${lines.slice(-3).join(" / ").slice(-600)} (see ${logFile(folder)})`,
  });
}
