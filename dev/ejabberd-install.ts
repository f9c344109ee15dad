/** Where ejabberd is: the system's own, else Debian's with Erlang, unpacked into the cache. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Log } from "../src/log/log.ts";
import { findOrUnpack, type DebianProgram } from "./debian-cache.ts";
import { installBelow, type EjabberdInstall } from "./ejabberd-layout.ts";

const run = promisify(execFile);

export const EJABBERD: DebianProgram<EjabberdInstall> = {
  name: "ejabberd",
  package: "ejabberd",
  megabytes: 35,
  isOwn: (name) => name === "ejabberd" || name.startsWith("erlang-"),
  installBelow,
  tryOut,
};

/** Finds ejabberd, or fetches it. `cacheDir` is for tests; the user's cache otherwise. */
export async function findEjabberd(log: Log, cacheDir?: string): Promise<EjabberdInstall> {
  return await findOrUnpack(EJABBERD, log, cacheDir);
}

/** Loads every native part once: a missing library shows here and not in a log later. */
async function tryOut(found: EjabberdInstall, root: string): Promise<void> {
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
