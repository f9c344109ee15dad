/** A `diaspora-x` command as a person would type it, its output read line by line. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Command {
  /** Resolves when it has ended well, rejects when not. */
  done(): Promise<void>;
  /** Resolves when a line with this text has come; rejects when it ends before. */
  said(text: string): Promise<void>;
}

const BIN = join(import.meta.dirname, "../bin/diaspora-x.mjs");
const TIMEOUT_MS = 60_000;

export function startCommand(args: readonly string[], show: (line: string) => void): Command {
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIMEOUT_MS,
  });
  const lines: string[] = [];
  const heard = new Set<(line: string) => void>();
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      lines.push(line);
      show(line);
      for (const hear of heard) hear(line);
    });
  }
  const ended = new Promise<number>((resolve) => {
    child.once("error", () => {
      resolve(1);
    });
    child.once("close", (code) => {
      resolve(code ?? 1);
    });
  });
  return {
    done: async () => {
      if ((await ended) !== 0)
        throw new Error(`diaspora-x ${args[0] ?? ""} ${args[1] ?? ""} did not end well`);
    },
    said: async (text) => {
      if (lines.some((line) => line.includes(text))) return;
      await new Promise<void>((resolve, reject) => {
        heard.add((line) => {
          if (line.includes(text)) resolve();
        });
        void ended.then(() => {
          reject(new Error(`"${text}" did not come`));
        });
      });
    },
  };
}
