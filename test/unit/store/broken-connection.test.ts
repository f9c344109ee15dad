/** What pg and knex say when the way to the database breaks in the middle of something. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isUnavailable } from "../../../src/store/database.ts";

const WORDS = [
  "ROLLBACK - Client has encountered a connection error and is not queryable",
  "COMMIT; - Client has encountered a connection error and is not queryable",
  "Connection terminated unexpectedly",
];

for (const words of WORDS) {
  // Taken for a fault of the message, it was put off, and what came behind it overtook it.
  test(`a database that is away, not a message that is wrong: ${words}`, () => {
    assert.equal(isUnavailable(new Error(words)), true);
  });
}
