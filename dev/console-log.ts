/** A Log for the development scripts: one line each to standard error, facts behind the sentence. */
import type { Log, LogFields } from "../src/log/log.ts";

export function consoleLog(prefix: string, write: (line: string) => void = toStderr): Log {
  const line = (fields: LogFields, sentence: string): void => {
    const facts = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
    write([`${prefix}: ${sentence}`, ...facts].join(" "));
  };
  return { debug: () => undefined, info: line, warn: line, error: line };
}

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
