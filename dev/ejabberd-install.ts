/**
 * Where ejabberd is: the system's own, else Debian's packages unpacked once into a cache
 * of ours.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Log } from "../src/log/log.ts";
import { aptIsThere } from "./debian-packages.ts";
import { fetchEjabberd } from "./ejabberd-fetch.ts";
import { installBelow, listed, type EjabberdInstall } from "./ejabberd-layout.ts";

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
  const names = listed(cache).filter(
    (name) => name.startsWith("ejabberd-") && name.endsWith(`-${release}`),
  );
  for (const name of names.sort().reverse()) {
    const found = existsSync(join(cache, name, "complete"))
      ? installBelow(join(cache, name, "root"))
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
