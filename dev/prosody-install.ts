/** Where Prosody is: the system's own, else Debian's with Lua, unpacked into the cache. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { readFileSync } from "node:fs";
import type { Log } from "../src/log/log.ts";
import { findOrUnpack, listed, type DebianProgram } from "./debian-cache.ts";

const run = promisify(execFile);

export interface ProsodyInstall {
  /** The interpreter that the program's first line names. */
  readonly lua: string;
  /** Its main program, with the paths of this place in it. */
  readonly program: string;
  /** Community modules (mod_privilege and others); null without Debian's prosody-modules. */
  readonly communityModules: string | null;
  readonly env: Readonly<Record<string, string>>;
}

export const PROSODY: DebianProgram<ProsodyInstall> = {
  name: "Prosody",
  package: "prosody-modules",
  megabytes: 2,
  isOwn: (name) => name.startsWith("prosody") || name.startsWith("lua"),
  installBelow,
  tryOut,
};

export async function findProsody(log: Log, cacheDir?: string): Promise<ProsodyInstall> {
  return await findOrUnpack(PROSODY, log, cacheDir);
}

function installBelow(root: string): ProsodyInstall | null {
  const main = join(root, "usr/bin/prosody");
  if (!existsSync(main)) return null;
  const program = readFileSync(main, "utf8");
  const version = /^#!.*\blua(5\.\d)/.exec(program)?.[1];
  if (version === undefined) return null;
  const lua = join(root, "usr/bin", `lua${version}`);
  if (!existsSync(lua)) return null;
  const community = join(root, "usr/lib/prosody/modules");
  const hasCommunity = existsSync(join(community, "mod_privilege"));
  return {
    lua,
    // Debian writes its folders into the program itself.
    program: program.replaceAll(/'(?=\/usr\/lib\/prosody)/g, `'${root === "/" ? "" : root}`),
    communityModules: hasCommunity ? community : null,
    env: root === "/" ? {} : luaBelow(root, version),
  };
}

function luaBelow(root: string, version: string): Record<string, string> {
  const native = listed(join(root, "usr/lib"))
    .map((name) => join(root, "usr/lib", name))
    .filter((folder) => existsSync(join(folder, "lua", version)));
  const share = join(root, "usr/share/lua", version);
  const suffix = version.replace(".", "_");
  return {
    [`LUA_PATH_${suffix}`]: `${share}/?.lua;${share}/?/init.lua`,
    [`LUA_CPATH_${suffix}`]: native.map((folder) => `${folder}/lua/${version}/?.so`).join(";"),
    LD_LIBRARY_PATH: native.join(":"),
  };
}

/** Loads every native part once: a missing library shows here and not in a log later. */
async function tryOut(found: ProsodyInstall, root: string): Promise<void> {
  const check = `package.cpath = package.cpath .. ";" .. "${root}/usr/lib/prosody/?.so"
for _, name in ipairs({ "socket", "ssl", "lxp", "lfs", "util.encodings", "util.hashes", "util.net" }) do require(name) end`;
  await run(found.lua, ["-e", check], {
    env: { ...found.env, PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
    timeout: 60_000,
  }).catch((cause: unknown) => {
    throw new Error("the unpacked Lua does not run here", { cause });
  });
}
