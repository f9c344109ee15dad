/**
 * A private Prosody: its own data and ports, no connections to other servers; any number
 * run beside each other and beside the system's.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Log } from "../src/log/log.ts";
import { prosodyLua } from "./prosody-config.ts";
import { findProsody, type ProsodyInstall } from "./prosody-install.ts";
import { startProcess, stopLeftover, type Running } from "./processes.ts";
import {
  certificateIn,
  listens,
  refuseTakenPorts,
  type ServerOptions,
  type XmppServer,
} from "./server.ts";

export async function startProsody(options: ServerOptions): Promise<XmppServer> {
  const install = await findProsody(options.log);
  const dir = resolve(options.dir);
  for (const below of ["spool", "log"])
    mkdirSync(join(dir, below), { recursive: true, mode: 0o700 });
  await stopLeftoverProsody(dir, options.log);
  const { ports, listenIp } = options;
  await refuseTakenPorts([
    [ports.c2s, listenIp],
    [ports.component, "127.0.0.1"],
  ]);
  rmSync(join(dir, "log/prosody.log"), { force: true });
  const running = await launch(install, dir, options);
  if (!(await listens(options, running))) {
    await running.stop(2_000);
    throw new Error(`Prosody does not start; the end of its log:\n${logTail(dir)}`);
  }
  return {
    kind: "prosody",
    c2sPort: ports.c2s,
    componentPort: ports.component,
    pid: running.pid,
    exited: running.exited,
    register: (user, domain, password) => Promise.resolve(register(dir, user, domain, password)),
    stop: async () => {
      await running.stop();
    },
  };
}

/** What a killed run left running: its command line names its folder. */
export async function stopLeftoverProsody(dir: string, log: Log): Promise<void> {
  const folder = resolve(dir);
  if (await stopLeftover(join(folder, "process.pid"), folder))
    log.info({ dir }, "stopped the Prosody of an earlier run");
}

async function launch(
  install: ProsodyInstall,
  dir: string,
  options: ServerOptions,
): Promise<Running> {
  const config = join(dir, "prosody.cfg.lua");
  const settings = {
    ...options,
    dir,
    certificateFile: certificateIn(dir, options.domains),
    communityModules: install.communityModules,
    asRoot: process.getuid?.() === 0,
  };
  writeFileSync(config, prosodyLua(settings), { mode: 0o600 });
  const program = join(dir, "prosody.lua");
  writeFileSync(program, install.program, { mode: 0o600 });
  return await startProcess({
    name: "Prosody",
    command: install.lua,
    args: [program, "-F", "--config", config],
    cwd: dir,
    env: { ...install.env, PATH: process.env["PATH"], LANG: "C.UTF-8", HOME: dir },
    output: { file: join(dir, "log/console.log") },
    pidFile: join(dir, "process.pid"),
  });
}

/** As its internal storage writes an account, which it reads at each login (util/datamanager.lua). */
function register(dir: string, user: string, domain: string, password: string): boolean {
  const folder = join(dir, "spool", encoded(domain), "accounts");
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  const account = `return {\n\t["password"] = ${JSON.stringify(password)};\n};\n`;
  try {
    writeFileSync(join(folder, `${encoded(user)}.dat`), account, { flag: "wx", mode: 0o640 });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function encoded(name: string): string {
  return name.replaceAll(
    /[^A-Za-z0-9]/g,
    (character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

function logTail(dir: string): string {
  const lines = ["log/prosody.log", "log/console.log"].flatMap((name) => {
    try {
      return readFileSync(join(dir, name), "utf8").trimEnd().split("\n").slice(-15);
    } catch {
      return [];
    }
  });
  return lines.join("\n");
}
