/** ejabberd and Erlang out of Debian's packages, unpacked into a cache and tried out. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describeError } from "../src/errors/error.ts";
import type { Log } from "../src/log/log.ts";
import {
  closureOf,
  installedPackages,
  privateApt,
  unpack,
  type Package,
} from "./debian-packages.ts";
import { installBelow, type EjabberdInstall } from "./ejabberd-layout.ts";

const run = promisify(execFile);

/** Concurrent runs are safe: each works in a folder of its own, and the last step is one rename. */
export async function fetchEjabberd(
  cache: string,
  release: string,
  log: Log,
): Promise<EjabberdInstall> {
  mkdirSync(cache, { recursive: true });
  log.info({ cache }, "fetching ejabberd from your Debian mirror, once (about 35 MB)");
  const work = mkdtempSync(join(cache, "unpacking-"));
  try {
    const apt = await privateApt(join(work, "apt"));
    const closure = await closureOf(apt, "ejabberd").catch((cause: unknown) => {
      throw new Error(
        `ejabberd is not found: is there a network, and are Debian's repositories in /etc/apt? ${describeError(cause)}`,
        { cause },
      );
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
export function neededOf(
  closure: readonly Package[],
  installed: ReadonlySet<string>,
): readonly Package[] {
  return closure.filter(({ name }) => {
    if (name === "ejabberd" || name.startsWith("erlang-")) return true;
    if (!name.startsWith("lib") || installed.has(name)) return false;
    return !/^libc6$|^libc-|^libgcc|^libpam|^libsemanage|^libaudit|^libjs-|-perl$|^libperl/.test(
      name,
    );
  });
}

/** Loads every native part once: a missing library shows here and not in a log later. */
async function tryOut(root: string): Promise<void> {
  const found = installBelow(root);
  if (found === null) throw new Error("the unpacked packages hold no ejabberd in Debian's layout");
  const check =
    "[{ok,_} = application:ensure_all_started(A) || A <- [crypto, mnesia, fast_tls, fast_xml, fast_yaml, stringprep, ezlib, jiffy]], halt(0).";
  const env = {
    ...found.env,
    HOME: root,
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    ERL_CRASH_DUMP_BYTES: "0",
  };
  await run(found.erlexec, ["-noinput", "-mnesia", "dir", '"/nonexistent"', "-eval", check], {
    env,
    cwd: root,
    timeout: 60_000,
  }).catch((cause: unknown) => {
    throw new Error("the unpacked Erlang does not run here", { cause });
  });
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
  if (found === null)
    throw new Error(`${target} is in the way and holds no ejabberd: remove it and start again`);
  return found;
}
