/**
 * The log that the daemon writes: pino behind the house's own interface. Values are
 * bounded here, once, so that no stranger's input makes a line as long as he likes.
 */
import { pino } from "pino";
import pretty from "pino-pretty";
import type { Log, LogFields } from "./log.ts";
import { describeError } from "../errors/error.ts";

export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "json" | "pretty";
}

const MAX_TEXT = 2_000;
const MAX_FIELDS = 40;

/** Names that would hold a secret if somebody logged a whole object by mistake. */
const SECRET_NAME = /secret|password|private_?key|authorization|token/i;

export interface LevelledLog extends Log {
  setLevel(level: LogOptions["level"]): void;
}

export function createLog(
  options: LogOptions,
  write: (line: string) => void = writeOut,
): LevelledLog {
  const stream = { write: options.format === "pretty" ? prettyWriter(write) : write };
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: "message",
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return {
    debug: (fields, sentence) => {
      // Bounding costs more than a line that is not written is worth.
      if (logger.isLevelEnabled("debug")) logger.debug(bounded(fields), clip(sentence));
    },
    info: (fields, sentence) => {
      logger.info(bounded(fields), clip(sentence));
    },
    warn: (fields, sentence) => {
      logger.warn(bounded(fields), clip(sentence));
    },
    error: (fields, sentence) => {
      logger.error(bounded(fields), clip(sentence));
    },
    setLevel(level) {
      logger.level = level;
    },
  };
}

function prettyWriter(write: (line: string) => void): (line: string) => void {
  // In this process and at once: a worker thread would lose the last lines before an exit.
  const format = pretty.prettyFactory({
    colorize: process.stdout.isTTY,
    messageKey: "message",
    singleLine: true,
    translateTime: "SYS:HH:MM:ss",
  });
  return (line) => {
    write(format(line));
  };
}

function writeOut(line: string): void {
  process.stdout.write(line);
}

function bounded(fields: LogFields): Record<string, unknown> {
  const entries = Object.entries(fields).slice(0, MAX_FIELDS);
  return Object.fromEntries(entries.map(([name, value]) => [name, boundedValue(name, value)]));
}

function boundedValue(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name)) return "(not shown)";
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string") return clip(value);
  if (value instanceof Error) return clip(describeError(value));
  if (typeof value !== "object") return clip(textOf(value));
  try {
    return clip(JSON.stringify(value));
  } catch {
    return "(not to be shown)";
  }
}

function textOf(value: unknown): string {
  return typeof value === "bigint" || typeof value === "symbol" ? value.toString() : typeof value;
}

function clip(text: string): string {
  return text.length <= MAX_TEXT
    ? text
    : `${text.slice(0, MAX_TEXT)}… (${String(text.length)} characters)`;
}
