/**
 * Where ejabberd is: the system's own, else Debian's packages unpacked once into a cache
 * of ours (design: running-servers.md, "No root at all").
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Log } from "../src/log/log.ts";
import { aptIsThere, closureOf, installedPackages, privateApt, unpack, type Package } from "./debian-packages.ts";

const run = promisify(execFile);

export interface EjabberdInstall {
  readonly version: string;
  /** Erlang's starter. `erl` itself is a shell script with a fixed path in it. */
  readonly erlexec: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Finds ejabberd, or fetches it. `cacheDir` is for tests; the user's cache otherwise. */
export async function findEjabberd(log: Log, cacheDir?: string): Promise<EjabberdInstall> {
  const system = installBelow("/");
  if (system !== null) return system;
  const cache = cacheDir ?? writableCache();
  const release = systemRelease();
  const cached = newestCached(cache, release);
  if (cached !== null) return cached;
  if (!aptIsThere()) {
    throw new Error(
      "ejabberd is not installed, and this is no Debian or Ubuntu whose packages could be unpacked: " +
        "install ejabberd (with Erlang) through your system's packages and start again",
    );
  }
  return await fetchEjabberd(cache, release, log);
}

/** Debian's layout below `root`, null where something is missing. */
function installBelow(root: string): EjabberdInstall | null {
  const erlang = join(root, "usr/lib/erlang");
  const erts = firstMatch(erlang, /^erts-[\d.]+$/);
  if (erts === null || !existsSync(join(erlang, "bin/start.boot"))) return null;
  for (const triplet of listed(join(root, "usr/lib"))) {
    const libs = join(root, "usr/lib", triplet);
    const beams = listed(libs).find(
      (name) => /^ejabberd-[\d.]+$/.test(name) && existsSync(join(libs, name, "ebin/ejabberd.beam")),
    );
    if (beams === undefined) continue;
    const bin = join(erlang, erts, "bin");
    const native = [libs, join(root, "lib", triplet)];
    return {
      version: beams.slice("ejabberd-".length),
      erlexec: join(bin, "erlexec"),
      env: {
        ROOTDIR: erlang,
        BINDIR: bin,
        EMU: "beam",
        PROGNAME: "erl",
        ERL_LIBS: libs,
        ...(root === "/" ? {} : { LD_LIBRARY_PATH: native.join(":") }),
      },
    };
  }
  return null;
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

function newestCached(cache: string, release: string): EjabberdInstall | null {
  const names = listed(cache).filter((name) => name.startsWith("ejabberd-") && name.endsWith(`-${release}`));
  for (const name of names.sort().reverse()) {
    const found = existsSync(join(cache, name, "complete")) ? installBelow(join(cache, name, "root")) : null;
    if (found !== null) return found;
  }
  return null;
}

async function fetchEjabberd(cache: string, release: string, log: Log): Promise<EjabberdInstall> {
  mkdirSync(cache, { recursive: true });
  log.info({ cache }, "fetching ejabberd from your Debian mirror, once (about 35 MB)");
  const work = mkdtempSync(join(cache, "unpacking-"));
  try {
    const apt = await privateApt(join(work, "apt"));
    const closure = await closureOf(apt, "ejabberd").catch((cause: unknown) => {
      throw new Error("apt does not find ejabberd: is there a network, and are Debian's repositories in /etc/apt?", { cause });
    });
    const wanted = neededOf(closure, await installedPackages());
    await unpack(apt, wanted, join(work, "root"));
    rmSync(join(work, "apt"), { recursive: true, force: true });
    await tryOut(join(work, "root"));
    const version = closure.find((each) => each.name === "ejabberd")?.version ?? "unknown";
    return publish(work, join(cache, `ejabberd-${version.replace(/[^\w.+~-]/g, "_")}-${release}`));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Erlang, ejabberd and the libraries that the system lacks. Never the C library: a
 * program must run on the one whose loader starts it.
 */
export function neededOf(closure: readonly Package[], installed: ReadonlySet<string>): readonly Package[] {
  return closure.filter(({ name }) => {
    if (name === "ejabberd" || name.startsWith("erlang-")) return true;
    if (!name.startsWith("lib") || installed.has(name)) return false;
    return !/^libc6$|^libc-|^libgcc|^libpam|^libsemanage|^libaudit|^libjs-|-perl$|^libperl/.test(name);
  });
}

/** Loads every native part once: a missing library shows here and not in a log later. */
async function tryOut(root: string): Promise<void> {
  const found = installBelow(root);
  if (found === null) throw new Error("the unpacked packages hold no ejabberd in Debian's layout");
  const check =
    "[{ok,_} = application:ensure_all_started(A) || A <- [crypto, mnesia, fast_tls, fast_xml, fast_yaml, stringprep, ezlib, jiffy]], halt(0).";
  const env = { ...found.env, HOME: root, PATH: process.env["PATH"] ?? "/usr/bin:/bin", ERL_CRASH_DUMP_BYTES: "0" };
  await run(found.erlexec, ["-noinput", "-mnesia", "dir", '"/nonexistent"', "-eval", check], { env, cwd: root, timeout: 60_000 }).catch(
    (cause: unknown) => {
      throw new Error("the unpacked Erlang does not run here", { cause });
    },
  );
}

/** One rename makes it visible: whoever looks sees all of it or nothing. */
function publish(work: string, target: string): EjabberdInstall {
  writeFileSync(join(work, "complete"), "");
  try {
    renameSync(work, target);
  } catch {
    // Another run was quicker; its copy is as good.
  }
  const found = installBelow(join(target, "root"));
  if (found === null) throw new Error(`${target} is in the way and holds no ejabberd: remove it and start again`);
  return found;
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
  throw new Error("neither the user's cache folder nor the checkout can be written to: set XDG_CACHE_HOME");
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function firstMatch(folder: string, pattern: RegExp): string | null {
  return listed(folder).find((name) => pattern.test(name)) ?? null;
}
