/** What the terminal's commands touch of the world; tests give their own. */
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Environment } from "../config/environment.ts";

export interface Io {
  readonly env: Environment;
  out(line: string): void;
  err(line: string): void;
  /** Resolves when what was written has room; absent: always. */
  drained?(): Promise<void>;
  /** All of standard input. */
  readInput(): Promise<string>;
}

export const processIo: Io = {
  env: process.env,
  out: (line) => {
    process.stdout.write(`${line}\n`);
  },
  err: (line) => {
    process.stderr.write(`${line}\n`);
  },
  async drained() {
    if (process.stdout.writableNeedDrain) await once(process.stdout, "drain");
  },
  readInput: () => text(process.stdin),
};

/** Takes what a command does, and with it its exit code. */
export type Run = (work: Promise<number> | number) => Promise<void>;
