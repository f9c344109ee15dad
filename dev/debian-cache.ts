/**
 * A program out of Debian's packages: the system's own, else unpacked once into a cache
 * of ours and tried out.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describeError } from "../src/errors/error.ts";
import type { Log } from "../src/log/log.ts";
import {
  aptIsThere,
  closureOf,
  installedPackages,
  privateApt,
  unpack,
  type Package,
} from "./debian-packages.ts";

export interface DebianProgram<Install> {
  readonly name: string;
  /** Whose dependencies are looked at. */
  readonly package: string;
  readonly megabytes: number;
  /** Packages that are taken even where the system has them. */
  isOwn(packageName: string): boolean;
  /** Debian's layout below `root`, null where something is missing. */
  installBelow(root: string): Install | null;
  /** Throws when what was unpacked does not run here. */
  tryOut(install: Install, root: string): Promise<void>;
}

/** Finds the program, or fetches it. `cacheDir` is for tests; the user's cache otherwise. */
export async function findOrUnpack<Install>(
  program: DebianProgram<Install>,
  log: Log,
  cacheDir?: string,
): Promise<Install> {
  const system = program.installBelow("/");
  if (system !== null) return system;
  const cache = cacheDir ?? writableCache();
  const release = systemRelease();
  const cached = newestCached(program, cache, release);
  if (cached !== null) return cached;
  if (!aptIsThere()) {
    throw new Error(
      `${program.name} is not installed, and this is no Debian or Ubuntu whose packages could be unpacked: ` +
        `install ${program.name} through your system's packages and start again`,
    );
  }
  return await fetchInto(program, cache, release, log);
}

/** Unpacked libraries fit the release that they were made for. */
function systemRelease(): string {
  try {
    const text = readFileSync("/etc/os-release", "utf8");
    const name = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(text)?.[1];
    return name ?? "unknown";
  } catch {
    return "unknown";
  }
}

function newestCached<Install>(
  program: DebianProgram<Install>,
  cache: string,
  release: string,
): Install | null {
  const names = listed(cache).filter(
    (name) => name.startsWith(`${program.package}-`) && name.endsWith(`-${release}`),
  );
  for (const name of names.sort().reverse()) {
    const found = existsSync(join(cache, name, "complete"))
      ? program.installBelow(join(cache, name, "root"))
      : null;
    if (found !== null) return found;
  }
  return null;
}

/** The user's cache, or one in the checkout for users without a home. */
function writableCache(): string {
  const xdg = process.env["XDG_CACHE_HOME"];
  const base = xdg !== undefined && xdg.startsWith("/") ? xdg : join(homedir(), ".cache");
  for (const folder of [join(base, "diaspora-x"), join(import.meta.dirname, "../var/cache")]) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      rmSync(mkdtempSync(join(folder, "probe-")), { recursive: true });
      return folder;
    } catch {
      // Not ours to write in: the next.
    }
  }
  throw new Error(
    "neither the user's cache folder nor the checkout can be written to: set XDG_CACHE_HOME",
  );
}

/** Concurrent runs are safe: each works in a folder of its own, and the last step is one rename. */
async function fetchInto<Install>(
  program: DebianProgram<Install>,
  cache: string,
  release: string,
  log: Log,
): Promise<Install> {
  mkdirSync(cache, { recursive: true });
  const size = `about ${String(program.megabytes)} MB`;
  log.info({ cache }, `fetching ${program.name} from your Debian mirror, once (${size})`);
  const work = mkdtempSync(join(cache, "unpacking-"));
  try {
    const apt = await privateApt(join(work, "apt"));
    const closure = await closureOf(apt, program.package).catch((cause: unknown) => {
      throw new Error(
        `${program.name} is not found: is there a network, and are Debian's repositories in /etc/apt? ${describeError(cause)}`,
        { cause },
      );
    });
    const wanted = neededOf(closure, await installedPackages(), (name) => program.isOwn(name));
    const root = join(work, "root");
    await unpack(apt, wanted, root);
    rmSync(join(work, "apt"), { recursive: true, force: true });
    const found = program.installBelow(root);
    if (found === null)
      throw new Error(`the unpacked packages hold no ${program.name} in Debian's layout`);
    await program.tryOut(found, root);
    const version = closure.find((each) => each.name === program.package)?.version ?? "unknown";
    const folder = `${program.package}-${version.replace(/[^\w.+~-]/g, "_")}-${release}`;
    return publish(program, work, join(cache, folder));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The program's own packages and the libraries that the system lacks. Never the C library:
 * a program must run on the one whose loader starts it.
 */
export function neededOf(
  closure: readonly Package[],
  installed: ReadonlySet<string>,
  isOwn: (packageName: string) => boolean,
): readonly Package[] {
  return closure.filter(({ name }) => {
    if (isOwn(name)) return true;
    if (!name.startsWith("lib") || installed.has(name)) return false;
    return !/^libc6$|^libc-|^libgcc|^libpam|^libsemanage|^libaudit|^libjs-|-perl$|^libperl/.test(
      name,
    );
  });
}

/** One rename makes it visible: whoever looks sees all of it or nothing. */
function publish<Install>(program: DebianProgram<Install>, work: string, target: string): Install {
  writeFileSync(join(work, "complete"), "");
  try {
    renameSync(work, target);
  } catch {
    // Another run was quicker; its copy is as good.
  }
  const found = program.installBelow(join(target, "root"));
  if (found === null)
    throw new Error(
      `${target} is in the way and holds no ${program.name}: remove it and start again`,
    );
  return found;
}

/** The names in a folder, none where it cannot be read. */
export function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
