import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "../../../src/log/pino.ts";

function capture(level: "debug" | "info", format: "json" | "pretty") {
  const lines: string[] = [];
  const log = createLog({ level, format }, (line) => lines.push(line));
  return { log, lines };
}

test("a line is one JSON object with level, time, sentence and facts", () => {
  const { log, lines } = capture("info", "json");
  log.warn({ pod: "pod.example", attempts: 3 }, "a pod does not answer");
  const line: unknown = JSON.parse(lines[0] ?? "");
  assert.partialDeepStrictEqual(line, {
    level: "warn",
    message: "a pod does not answer",
    pod: "pod.example",
    attempts: 3,
  });
});

test("debug is not written at info", () => {
  const { log, lines } = capture("info", "json");
  log.debug({ text: "somebody's words" }, "received");
  assert.deepEqual(lines, []);
});

test("a line stays bounded whatever a stranger sends, and one line", () => {
  const { log, lines } = capture("debug", "json");
  log.info({ guid: "x".repeat(100_000), nested: { a: "y".repeat(100_000) } }, "z\n".repeat(50_000));
  assert.ok((lines[0] ?? "").length < 10_000);
  assert.equal(lines[0]?.trimEnd().includes("\n"), false);
});

test("what is named like a secret is not shown, in either format", () => {
  for (const format of ["json", "pretty"] as const) {
    const { log, lines } = capture("debug", format);
    log.info({ secret: "hunter2", password: "hunter2", privateKey: "hunter2" }, "configured");
    assert.doesNotMatch(lines.join(""), /hunter2/);
  }
});

test("things that JSON cannot hold do not break the log", () => {
  const { log, lines } = capture("debug", "json");
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  log.error({ circle, big: 10n, nothing: undefined, error: new TypeError("bad") }, "odd");
  assert.match(lines[0] ?? "", /"error":"bad"/);
});
