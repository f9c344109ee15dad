/**
 * Where the private PostgreSQL lives and as whom it runs. As an ordinary user: in the data
 * folder, as ourselves. PostgreSQL refuses root, so as root: as an unprivileged account,
 * in the data folder where that account reaches it, else (a checkout below a 0700 home)
 * in a folder of ours below /var/lib, to which a file in the data folder points.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { DxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { RunAs } from "./embedded-binaries.ts";
import { SHARED, sharedFolder } from "./embedded-shared.ts";

export interface EmbeddedHome {
  /** Owned by the account: cluster, password, socket, log. */
  readonly folder: string;
  readonly runAs: RunAs | null;
  /** PostgreSQL's major version of the cluster in it, null when there is none yet. */
  readonly major: number | null;
}

/** Names the folder of a database that could not be kept in the data folder. */
export const POINTER = "cluster-location";

export function prepareHome(dataDir: string, log: Log): EmbeddedHome {
  const { folder, runAs } = process.getuid?.() === 0 ? homeForRoot(dataDir, log) : ownHome(dataDir);
  return { folder, runAs, major: clusterMajor(folder) };
}

function ownHome(dataDir: string): { folder: string; runAs: null } {
  const pointer = join(dataDir, POINTER);
  if (existsSync(pointer)) {
    throw new DxError("DX_EMBEDDED_FAILED", {
      detail: `this database was begun by root and lies elsewhere (${pointer} says where): start as root, or with another data_dir`,
    });
  }
  const folder = join(dataDir, "cluster");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { folder, runAs: null };
}

function homeForRoot(dataDir: string, log: Log): { folder: string; runAs: RunAs } {
  const pointer = join(dataDir, POINTER);
  const folder = existsSync(pointer) ? pointedAt(pointer) : join(dataDir, "cluster");
  const runAs = ownerOf(join(folder, "data")) ?? unprivilegedAccount();
  if (existsSync(pointer)) return { folder, runAs };
  mkdirSync(folder, { recursive: true });
  give(folder, runAs);
  if (reaches(folder, runAs)) return { folder, runAs };
  if (existsSync(join(folder, "data"))) throw unreachable(folder, runAs);
  rmSync(folder, { recursive: true });
  return { folder: homeElsewhere(dataDir, pointer, runAs, log), runAs };
}

function homeElsewhere(dataDir: string, pointer: string, runAs: RunAs, log: Log): string {
  // By chance and not by the data folder's name: a database that was left behind must
  // neither be found again by accident nor be deleted.
  const folder = join(sharedFolder(), `cluster-${randomBytes(6).toString("hex")}`);
  mkdirSync(folder, { mode: 0o700 });
  give(folder, runAs);
  writeFileSync(join(folder, "belongs-to"), `${resolve(dataDir)}\n`);
  writeFileSync(pointer, `${folder}\n`);
  log.info(
    { account: runAs.name, folder },
    "the database is kept where the account that it runs as reaches it",
  );
  return folder;
}

function pointedAt(pointer: string): string {
  const folder = readFileSync(pointer, "utf8").trim();
  if (folder.startsWith(`${SHARED}/cluster-`) && existsSync(folder)) return folder;
  throw new DxError("DX_EMBEDDED_FAILED", {
    detail: `${pointer} names ${folder}, which is not there: restore it from a backup, or remove the file to begin with an empty database`,
  });
}

function unreachable(folder: string, runAs: RunAs): DxError {
  return new DxError("DX_EMBEDDED_FAILED", {
    detail: `the user ${runAs.name}, who owns the database in ${folder}, cannot reach it: chmod o+x the folders above it`,
  });
}

/** Its own account where the operator made one; else PostgreSQL's; else everybody's. */
function unprivilegedAccount(): RunAs {
  for (const name of ["diaspora-x", "postgres", "nobody"]) {
    const found = accounts().find((each) => each.name === name && each.uid > 0);
    if (found !== undefined) return found;
  }
  throw new DxError("DX_EMBEDDED_FAILED", {
    detail:
      "PostgreSQL does not run as root, and there is neither a user diaspora-x, postgres nor nobody: create one, or start as an ordinary user",
  });
}

/** Who began the database goes on with it, whatever accounts came later. */
function ownerOf(data: string): RunAs | null {
  if (!existsSync(data)) return null;
  const { uid, gid } = lstatSync(data);
  return uid === 0
    ? null
    : { name: accounts().find((each) => each.uid === uid)?.name ?? String(uid), uid, gid };
}

function accounts(): RunAs[] {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  return lines
    .map((line) => line.split(":"))
    .map(([name = "", , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}

function give(folder: string, runAs: RunAs): void {
  chownSync(folder, runAs.uid, runAs.gid);
  chmodSync(folder, 0o700);
}

/** Asked of the kernel and not of the modes: ACLs and mounts count too. */
function reaches(folder: string, runAs: RunAs): boolean {
  const tried = spawnSync("/bin/sh", ["-c", 'cd "$0"', folder], {
    cwd: "/",
    env: {},
    uid: runAs.uid,
    gid: runAs.gid,
  });
  return tried.status === 0;
}

function clusterMajor(folder: string): number | null {
  const file = join(folder, "data/PG_VERSION");
  return existsSync(file) ? Number(readFileSync(file, "utf8").trim()) : null;
}
