/**
 * One daemon per data folder: a file with the pid and the start time of who holds it.
 * PostgreSQL's own postmaster.pid cannot say it, because a postmaster may outlive the
 * daemon that started it, and then the next daemon is to take it over.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DxError } from "../errors/error.ts";

const ATTEMPTS = 5;

/** Takes the lock and returns how to give it back. Throws DX_EMBEDDED_FAILED when it is held. */
export function lockDataFolder(dataDir: string): () => void {
  const file = join(dataDir, "lock");
  const mine = `${String(process.pid)} ${startTime(process.pid)}\n`;
  const draft = `${file}.${String(process.pid)}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (linked(draft, file)) {
        return () => {
          if (read(file) === mine) rmSync(file, { force: true });
        };
      }
      const held = read(file);
      if (held !== null && isHeld(held)) throw heldBy(held, dataDir);
      if (held !== null) removeStale(file, held);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw heldBy(read(file) ?? "", dataDir);
}

function heldBy(held: string, dataDir: string): DxError {
  return new DxError("DX_EMBEDDED_FAILED", {
    detail: `another daemon (process ${held.split(" ")[0] ?? "?"}) uses ${dataDir}: stop it, or give this one its own data_dir`,
  });
}

/** A link is made or not: there is no moment at which the file is there and empty. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function isHeld(content: string): boolean {
  const [pid = "", started = ""] = content.trim().split(" ");
  if (!/^[1-9]\d{0,9}$/.test(pid)) return false;
  const now = startTime(Number(pid));
  return now !== "" && (started === "" || now === started);
}

/** By rename, and looked at again: two that find the same stale lock must not both win. */
function removeStale(file: string, stale: string): void {
  const aside = `${file}.stale.${String(process.pid)}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (read(aside) !== stale) linked(aside, file);
  rmSync(aside, { force: true });
}

function read(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** When the process began, so that a pid used again is not taken for it; "" when it is gone. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "latin1");
    // proc(5): the state is the first field behind the command, the start time the twentieth.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "" : (fields[19] ?? "");
  } catch {
    return aliveWithoutProc(pid) ? "?" : "";
  }
}

function aliveWithoutProc(pid: number): boolean {
  if (process.platform === "linux") return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
