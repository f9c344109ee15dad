import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openForTerminal } from "../../../src/daemon/terminal-database.ts";
import { silentLog } from "../../../src/log/log.ts";
import { startEmbedded } from "../../../src/store/embedded.ts";
import { read, VALID } from "../config/support.ts";

test("a command at the terminal finds the private database of the daemon that runs", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "dx-terminal-"));
  t.after(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  // PostgreSQL runs as another account when the tests run as root.
  chmodSync(dir, 0o755);
  const { database: _, ...valid } = { database: null, ...VALID };
  const { config } = read(t, { ...valid, data_dir: dir });
  assert.ok(config !== null);
  const dataDir = join(dir, "postgresql");
  const daemon = await startEmbedded({ dataDir, log: silentLog, settings: { fsync: "off" } });
  try {
    await using terminal = closing(await openForTerminal(config, silentLog));
    const answer: unknown = await terminal.db.raw("select 1 as one");
    assert.ok(answer);
  } finally {
    await daemon.stop();
  }
  assert.equal(existsSync(join(dataDir, "address")), false);
  // Without a daemon it is started for the command alone.
  await using alone = closing(await openForTerminal(config, silentLog));
  await alone.db.raw("select 1 as one");
});

function closing<T extends { close(): Promise<void> }>(database: T): T & AsyncDisposable {
  return { ...database, [Symbol.asyncDispose]: () => database.close() };
}
