import assert from "node:assert/strict";
import { test } from "node:test";
import { openStorage } from "../../../src/daemon/storage.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import { missingMigrations } from "../../../src/store/migrate.ts";
import { bareDatabase } from "../../support/database.ts";
import { read, VALID } from "../config/support.ts";

test("an operator who migrates by hand is told what is missing, and nothing is changed", async (t) => {
  await using store = await bareDatabase();
  const { config } = read(t, { ...VALID, database: { url: store.url, migrate: false } });
  assert.ok(config !== null);
  const before = await missingMigrations(store.db);
  await assert.rejects(
    openStorage(config, silentLog, () => undefined),
    (error) => isDxError(error, "DX_SCHEMA_OLD") && error.message.includes("diaspora-x migrate"),
  );
  assert.deepEqual(await missingMigrations(store.db), before);
});
