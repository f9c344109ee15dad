/** What Linux says about running processes (proc(5)): alive or not, and whose they are. */
import { readFileSync } from "node:fs";

/** A zombie counts as gone: where nobody reaps (containers), it would be there for ever. */
export function isRunning(pid: number): boolean {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${String(pid)}/stat`, "latin1");
  } catch {
    return false;
  }
  // pid (comm) S …: comm may hold spaces and parentheses itself.
  const state = stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
  return state !== "Z" && state !== "X";
}

/** The arguments as one text with spaces between, "" when there is no such process. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, "utf8")
      .replaceAll("\0", " ")
      .trim();
  } catch {
    return "";
  }
}
