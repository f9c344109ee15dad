import assert from "node:assert/strict";
import { test } from "node:test";
import { doubtLine } from "../../../src/commands/person-words.ts";

const AT = new Date("2026-05-01T00:00:00Z");
const END = new Date("2026-05-08T00:00:00Z");

test("the operator reads who is doubted, and what becomes of it", () => {
  const jid = "romeo@example.org";
  const lines = [
    { jid, doubtedAt: AT, closedAt: null, endsAt: null },
    { jid, doubtedAt: AT, closedAt: AT, endsAt: null },
    { jid, doubtedAt: AT, closedAt: AT, endsAt: END },
  ].map(doubtLine);
  assert.deepEqual(lines, [
    "romeo@example.org is doubted since 2026-05-01; nothing goes out or in meanwhile",
    "romeo@example.org is doubted since 2026-05-01, and closed until it is settled",
    "romeo@example.org is doubted since 2026-05-01, and closed; ends for good on 2026-05-08",
  ]);
});
