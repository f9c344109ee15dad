/** SIGTERM before there is anything to stop. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { freePort } from "../../../dev/ports.ts";
import { firstRow } from "../../../src/store/database.ts";
import { testDatabase } from "../../support/database.ts";
import { tempFolder, VALID } from "../config/support.ts";

const BIN = fileURLToPath(new URL("../../../bin/diaspora-x.mjs", import.meta.url));

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let round = 0; !(await holds()); round += 1) {
    assert.ok(round < 1_000, `never: ${what}`);
    await sleep(20);
  }
}

test("who is stopped while it waits for its turn to start hears it at once, and ends in order", async (t) => {
  await using store = await testDatabase();
  const file = join(tempFolder(t), "config.yaml");
  const server = { host: "127.0.0.1", port: await freePort() };
  const database = { url: store.url };
  writeFileSync(file, stringify({ ...VALID, roles: ["web"], server, database }));
  const busy = await store.db.transaction();
  await busy.raw("select pg_advisory_xact_lock(hashtext('migrate'))");
  const child = spawn(process.execPath, [BIN, "start", "--config", file]);
  t.after(() => child.kill("SIGKILL"));
  const exited = once(child, "exit");
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => (said += data.toString()));
  }
  const waiting = `select 1 as one from pg_locks l join pg_database d on d.oid = l.database
    where l.locktype = 'advisory' and not l.granted and d.datname = current_database()`;
  await until("it waits", async () => (await firstRow(store.db, waiting)) !== undefined);
  child.kill("SIGTERM");
  await until("it has heard", () => said.includes('"stopping"'));
  await busy.commit();
  assert.deepEqual(await exited, [0, null], said);
});
