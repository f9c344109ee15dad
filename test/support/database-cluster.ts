/**
 * The private PostgreSQL of a test run, with a migrated template database in it. The test
 * processes of one `node --test` share it: the first one starts it in a process of its own,
 * which ends with the run. A test file that is run by itself has one within its process.
 */
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { silentLog } from "../../src/log/log.ts";
import { openDatabase } from "../../src/store/database.ts";
import { startEmbedded } from "../../src/store/embedded.ts";
import { migrateSchema } from "../../src/store/migrate.ts";

export interface Cluster {
  readonly url: string;
  stop(): Promise<void>;
}

export const TEMPLATE = "dx_template";
/** The data may be lost, so nothing waits for the disk. */
const SETTINGS = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: "300",
};
const START_MS = 60_000;

export function databaseUrl(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

export async function startCluster(dataDir: string): Promise<Cluster> {
  // PostgreSQL does not run as root: the account that it then has must reach its folder.
  chmodSync(dataDir, 0o755);
  const server = await startEmbedded({ dataDir, log: silentLog, settings: SETTINGS });
  const admin = openDatabase({ url: server.url, poolSize: 1 });
  await admin.raw(`create database ${TEMPLATE}`);
  await admin.destroy();
  const template = openDatabase({ url: databaseUrl(server.url, TEMPLATE), poolSize: 1 });
  await migrateSchema(template, silentLog);
  await template.destroy();
  return {
    url: server.url,
    async stop() {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Of this run when there is one, else of this process. */
export async function useCluster(): Promise<Cluster> {
  if (process.env["NODE_TEST_CONTEXT"] === undefined) {
    return await startCluster(mkdtempSync(join(tmpdir(), "dx-test-")));
  }
  const folder = join(tmpdir(), `dx-test-run-${String(process.ppid)}`);
  if (isFirst(folder)) host(folder);
  return { url: await urlOf(folder), stop: () => Promise.resolve() };
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

function host(folder: string): void {
  const program = fileURLToPath(new URL("database-host.ts", import.meta.url));
  const args = [program, folder, String(process.ppid)];
  spawn(process.execPath, args, { detached: true, stdio: "ignore" }).unref();
}

export function announce(folder: string, url: string): void {
  writeFileSync(join(folder, "draft"), url, { mode: 0o600 });
  renameSync(join(folder, "draft"), join(folder, "url"));
}

async function urlOf(folder: string): Promise<string> {
  const file = join(folder, "url");
  for (const began = Date.now(); Date.now() - began < START_MS;) {
    if (existsSync(file)) return readFileSync(file, "utf8");
    await sleep(20);
  }
  throw new Error(`the test run's PostgreSQL in ${folder} did not start`);
}
