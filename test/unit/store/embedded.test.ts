import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { isDxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import { startEmbedded, type EmbeddedDatabase } from "../../../src/store/embedded.ts";

const root = mkdtempSync(join(tmpdir(), "dx-embedded-"));
// PostgreSQL runs as another account when the tests run as root.
chmodSync(root, 0o755);
const dataDir = join(root, "database");
const asRoot = process.getuid?.() === 0;

after(() => {
  rmSync(root, { recursive: true, force: true });
});

async function start(folder = dataDir): Promise<EmbeddedDatabase> {
  return await startEmbedded({ dataDir: folder, log: silentLog, settings: { fsync: "off" } });
}

async function query(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return Object.values(rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

async function rejected(starting: Promise<EmbeddedDatabase>): Promise<string> {
  const outcome = await starting.then(
    async (database) => {
      await database.stop();
      return null;
    },
    (error: unknown) => error,
  );
  assert.ok(isDxError(outcome, "DX_EMBEDDED_FAILED"));
  return outcome.message;
}

/** proc(5): without a process, or with one that is only waited for. */
function isGone(pid: number): boolean {
  const stat = `/proc/${String(pid)}/stat`;
  return !existsSync(stat) || /\) Z/.test(readFileSync(stat, "latin1"));
}

test("data survives a restart, and the address does not change", async () => {
  const first = await start();
  await query(first.url, "create table kept as select 42 as answer");
  await first.stop();
  await first.stop();
  assert.ok(isGone(first.pid));
  const second = await start();
  assert.equal(await query(second.url, "select answer from kept"), 42);
  assert.equal(second.url, first.url);
  await second.stop();
});

test("nobody else gets in: a socket in a private folder, no TCP, and a password", async () => {
  const database = await start();
  assert.equal(await query(database.url, "show listen_addresses"), "");
  const cluster = join(dataDir, "cluster");
  assert.equal(statSync(join(cluster, "socket")).mode & 0o777, 0o700);
  assert.equal(statSync(join(cluster, "password")).mode & 0o777, 0o600);
  await assert.rejects(
    query(database.url.replace(/:[0-9a-f]+@/, ":wrong@"), "select 1"),
    /password/,
  );
  await database.stop();
});

test("texts are UTF-8 and fold as Unicode does", async () => {
  const database = await start();
  assert.equal(await query(database.url, "select lower('ÄÖÉ')"), "äöé");
  await database.stop();
});

test("a second daemon on the same data folder is refused and told who is there", async () => {
  const database = await start();
  assert.match(await rejected(start()), new RegExp(`process ${String(process.pid)}\\b`));
  assert.equal(await query(database.url, "select 1"), 1);
  await database.stop();
});

test("the lock of a process that is gone, or whose pid is used again, does not count", async () => {
  for (const held of ["999999999 1\n", `${String(process.pid)} 1\n`, "", "nonsense"]) {
    writeFileSync(join(dataDir, "lock"), held);
    await (await start()).stop();
    assert.ok(!existsSync(join(dataDir, "lock")), held);
  }
});

test("a server that is killed is started again under the same address", async () => {
  const database = await start();
  const { pid } = database;
  process.kill(pid, "SIGKILL");
  for (let i = 0; i < 200 && database.pid === pid; i++) await delay(50);
  assert.notEqual(database.pid, pid);
  assert.equal(await query(database.url, "select answer from kept"), 42);
  await database.stop();
});

test("a server that outlived its daemon is taken over", async () => {
  const script = `
    import { startEmbedded } from ${JSON.stringify(new URL("../../../src/store/embedded.ts", import.meta.url).href)};
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const database = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, log });
    process.stdout.write(String(database.pid));
    setInterval(() => {}, 1000);`;
  const daemon = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const left = await new Promise<number>((resolve) => {
    daemon.stdout.once("data", (text: Buffer) => {
      resolve(Number(text.toString()));
    });
  });
  daemon.kill("SIGKILL");
  await new Promise((resolve) => daemon.once("exit", resolve));
  assert.ok(!isGone(left));
  const database = await start();
  assert.ok(isGone(left));
  assert.equal(await query(database.url, "select answer from kept"), 42);
  await database.stop();
});

test("a postmaster.pid whose number belongs to another program is no obstacle", async () => {
  const stranger = spawn("/bin/sleep", ["300"], asRoot ? { uid: 65534, gid: 65534 } : {});
  const file = join(dataDir, "cluster/data/postmaster.pid");
  writeFileSync(
    file,
    `${String(stranger.pid)}\n${dataDir}/cluster/data\n1\n5432\n\n\n 1 1\nready   \n`,
  );
  const database = await start();
  assert.equal(stranger.exitCode, null);
  assert.equal(stranger.signalCode, null);
  await database.stop();
  stranger.kill("SIGKILL");
});

test("a cluster whose making was interrupted is made anew", async () => {
  const folder = join(root, "interrupted");
  mkdirSync(join(folder, "cluster/data.new"), { recursive: true });
  if (!asRoot) writeFileSync(join(folder, "cluster/data.new/PG_VERSION"), "15\n");
  writeFileSync(join(folder, "cluster/password"), "");
  const database = await start(folder);
  assert.equal(await query(database.url, "select 1"), 1);
  await database.stop();
});

test("a folder too deep for a socket's path works all the same", async () => {
  const folder = join(root, "d".repeat(100), "e".repeat(100));
  const database = await start(folder);
  const socket = new URL(database.url).searchParams.get("host") ?? "";
  assert.ok(Buffer.byteLength(socket) < 90);
  assert.equal(await query(database.url, "select 1"), 1);
  await database.stop();
  assert.ok(!existsSync(socket));
});

test("data of another PostgreSQL is refused with the two versions, and left as it is", async () => {
  const folder = join(root, "old");
  const version = join(folder, "cluster/data/PG_VERSION");
  mkdirSync(join(folder, "cluster/data"), { recursive: true });
  writeFileSync(version, "9\n");
  assert.match(await rejected(start(folder)), /data is of PostgreSQL 9.* is \d\d/);
  assert.equal(readFileSync(version, "utf8"), "9\n");
});

test("a server that cannot start says why, and holds no lock", async () => {
  const folder = join(root, "broken");
  const starting = startEmbedded({
    dataDir: folder,
    log: silentLog,
    settings: { shared_buffers: "nonsense" },
  });
  assert.match(await rejected(starting), /shared_buffers/);
  assert.ok(!existsSync(join(folder, "lock")));
});

test("a data folder that cannot be made is an error of ours", async () => {
  writeFileSync(join(root, "file"), "");
  assert.match(await rejected(start(join(root, "file/below"))), /ENOTDIR/);
});

test(
  "as root, below a folder that is closed to others, the database lies where its account reaches it",
  { skip: !asRoot },
  async () => {
    const closed = join(root, "closed");
    mkdirSync(closed, { mode: 0o700 });
    const folder = join(closed, "database");
    const first = await start(folder);
    const place = readFileSync(join(folder, "cluster-location"), "utf8").trim();
    try {
      await query(first.url, "create table kept as select 7 as answer");
      await first.stop();
      const { uid, mode } = statSync(join(place, "data"));
      assert.notEqual(uid, 0);
      assert.equal(mode & 0o777, 0o700);
      assert.equal(readFileSync(join(place, "belongs-to"), "utf8").trim(), realpathSync(folder));
      const second = await start(folder);
      assert.equal(await query(second.url, "select answer from kept"), 7);
      await second.stop();
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
    assert.match(await rejected(start(folder)), /cluster-location names/);
  },
);
