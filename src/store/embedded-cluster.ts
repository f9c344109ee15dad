/** A new cluster (initdb) with its password, and the daemon's database in it. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fchownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { DxError } from "../errors/error.ts";
import { identity, programEnvironment, type Binaries, type RunAs } from "./embedded-binaries.ts";

const run = promisify(execFile);

const ROLE = "diaspora_x";
const DATABASE = "diaspora_x";
const INITDB_MS = 120_000;
/** A socket's path has 107 bytes (unix(7)); PostgreSQL adds `/.s.PGSQL.5432` and `.lock`. */
const MAX_SOCKET_DIR = 80;

export interface ClusterOptions {
  readonly folder: string;
  readonly binaries: Binaries;
  readonly runAs: RunAs | null;
  /** Whether what initdb writes is flushed to disk. */
  readonly durable: boolean;
}

/**
 * Makes the cluster where there is none; half-made ones of a killed run are thrown away.
 * The folder belongs to the account: as root we follow no link in it, or that account
 * could have us write anywhere.
 */
export async function ensureCluster(options: ClusterOptions): Promise<void> {
  const data = join(options.folder, "data");
  if (existsSync(data)) return;
  const draft = join(options.folder, "data.new");
  await discard(draft, options.runAs);
  const passwordFile = newPassword(options.folder, options.runAs);
  const args = [
    [
      "-D",
      draft,
      "-U",
      ROLE,
      "--encoding=UTF8",
      "--auth=scram-sha-256",
      `--pwfile=${passwordFile}`,
      "--no-instructions",
    ],
    options.durable ? [] : ["--no-sync"],
  ].flat();
  // Names order and fold as Unicode has it where the system knows how, and bytewise elsewhere.
  const unicode = [...args, "--locale=C", "--lc-ctype=C.UTF-8"];
  await initdb(options, unicode).catch(async () => {
    await discard(draft, options.runAs);
    await initdb(options, [...args, "--locale=C"]);
  });
  renameSync(draft, data);
}

function newPassword(folder: string, runAs: RunAs | null): string {
  const file = join(folder, "password");
  rmSync(file, { force: true });
  // "x": a link that is put there in the meantime is an error.
  const fd = openSync(file, "wx", 0o600);
  writeSync(fd, `${randomBytes(24).toString("hex")}\n`);
  if (runAs !== null) fchownSync(fd, runAs.uid, runAs.gid);
  closeSync(fd);
  return file;
}

async function discard(folder: string, runAs: RunAs | null): Promise<void> {
  await run("/bin/rm", ["-rf", "--", folder], { cwd: "/", ...identity(runAs) });
}

async function initdb(options: ClusterOptions, args: readonly string[]): Promise<void> {
  try {
    await run(join(options.binaries.root, "bin/initdb"), args, {
      cwd: "/",
      env: programEnvironment(),
      timeout: INITDB_MS,
      ...identity(options.runAs),
    });
  } catch (cause) {
    const said =
      cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim().slice(-600) : "";
    throw new DxError("DX_EMBEDDED_FAILED", { detail: `initdb: ${said}`, cause });
  }
}

/** In the cluster's folder, or in a private temporary one where that path is too long. */
export function socketFolder(folder: string, runAs: RunAs | null): string {
  const inside = join(folder, "socket");
  const fits = Buffer.byteLength(inside) <= MAX_SOCKET_DIR;
  if (fits && existsSync(inside)) return inside;
  const path = fits ? inside : mkdtempSync(join(tmpdir(), "diaspora-x-"));
  if (fits) mkdirSync(path, { mode: 0o700 });
  if (runAs !== null) lchownSync(path, runAs.uid, runAs.gid);
  return path;
}

/** The address for pg and knex; the host behind the `?` wins over the one before it. */
export function databaseUrl(
  folder: string,
  socketDir: string,
  database: string = DATABASE,
): string {
  const password = readFileSync(join(folder, "password"), "utf8").trim();
  return `postgres://${ROLE}:${password}@localhost/${database}?host=${encodeURIComponent(socketDir)}`;
}

export async function ensureDatabase(folder: string, socketDir: string): Promise<void> {
  const client = new pg.Client({
    connectionString: databaseUrl(folder, socketDir, "postgres"),
    connectionTimeoutMillis: 10_000,
  });
  // A connection that breaks after its query must not end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const found = await client.query("select 1 from pg_database where datname = $1", [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
  } catch (cause) {
    throw new DxError("DX_EMBEDDED_FAILED", {
      detail: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}
