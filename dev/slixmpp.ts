/** Where slixmpp is: the system's own, else Debian's, unpacked into the cache. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Log } from "../src/log/log.ts";
import { findOrUnpack, listed, type DebianProgram } from "./debian-cache.ts";

const run = promisify(execFile);
/** Debian's modules are for Debian's interpreter. */
export const PYTHON = "/usr/bin/python3";

export interface SlixmppInstall {
  readonly env: Readonly<Record<string, string>>;
}

export const SLIXMPP: DebianProgram<SlixmppInstall> = {
  name: "slixmpp",
  package: "python3-slixmpp",
  megabytes: 1,
  // Not the interpreter, which the system must have.
  isOwn: (name) => /^python3-(?!minimal$)/.test(name),
  installBelow: (root) => {
    const modules = join(root, "usr/lib/python3/dist-packages");
    if (!existsSync(join(modules, "slixmpp"))) return null;
    if (root === "/") return { env: {} };
    const native = listed(join(root, "usr/lib")).map((name) => join(root, "usr/lib", name));
    return { env: { PYTHONPATH: modules, LD_LIBRARY_PATH: native.join(":") } };
  },
  tryOut: async ({ env }) => {
    await run(PYTHON, ["-c", "import slixmpp"], { env: { ...env } }).catch((cause: unknown) => {
      throw new Error("the unpacked slixmpp does not run here", { cause });
    });
  },
};

export async function findSlixmpp(log: Log): Promise<SlixmppInstall> {
  return await findOrUnpack(SLIXMPP, log);
}
