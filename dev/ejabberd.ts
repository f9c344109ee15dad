/**
 * A private ejabberd: no Erlang distribution (so no epmd, no cookie, no node name to
 * collide), its own spool and ports; any number run beside each other and beside the
 * system's.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describeError } from "../src/errors/error.ts";
import type { Log } from "../src/log/log.ts";
import { ejabberdApi, type EjabberdApi } from "./ejabberd-api.ts";
import { ejabberdYaml } from "./ejabberd-config.ts";
import { findEjabberd } from "./ejabberd-install.ts";
import type { EjabberdInstall } from "./ejabberd-layout.ts";
import { startProcess, stopLeftover, type Running } from "./processes.ts";
import {
  certificateIn,
  listens,
  refuseTakenPorts,
  START_MS,
  type ServerOptions,
  type XmppServer,
} from "./server.ts";

export type EjabberdOptions = ServerOptions;

export interface Ejabberd extends XmppServer {
  readonly apiUrl: string;
  readonly api: EjabberdApi;
}

export async function startEjabberd(options: EjabberdOptions): Promise<Ejabberd> {
  const install = await findEjabberd(options.log);
  const dir = resolve(options.dir);
  for (const below of ["spool", "log"])
    mkdirSync(join(dir, below), { recursive: true, mode: 0o700 });
  await stopLeftoverEjabberd(dir, options.log);
  const { ports, listenIp } = options;
  await refuseTakenPorts([
    [ports.c2s, listenIp],
    [ports.component, "127.0.0.1"],
    [ports.api, "127.0.0.1"],
  ]);
  writeConfig(dir, options);
  const logFile = join(dir, "log/ejabberd.log");
  rmSync(logFile, { force: true });
  const running = await launch(install, dir);
  const apiUrl = `http://127.0.0.1:${String(ports.api)}/api`;
  const api = ejabberdApi(apiUrl);
  if (!((await answers(api, running)) && (await listens(options, running)))) {
    await running.stop(2_000);
    throw new Error(`ejabberd does not start; the end of its log:\n${logTail(dir)}`);
  }
  return {
    kind: "ejabberd",
    c2sPort: ports.c2s,
    componentPort: ports.component,
    apiUrl,
    api,
    pid: running.pid,
    exited: running.exited,
    register: async (user, host, password) =>
      await api("register", { user, host, password }).then(
        () => true,
        (error: unknown) => {
          if (/already registered/.test(describeError(error))) return false;
          throw error;
        },
      ),
    stop: async () => {
      await running.stop();
    },
  };
}

/** What a killed run left running: its command line names its spool. */
export async function stopLeftoverEjabberd(dir: string, log: Log): Promise<void> {
  const spool = join(resolve(dir), "spool");
  if (await stopLeftover(pidFile(dir), spool))
    log.info({ dir }, "stopped the ejabberd of an earlier run");
}

function pidFile(dir: string): string {
  return join(dir, "ejabberd.pid");
}

function writeConfig(dir: string, options: EjabberdOptions): void {
  const certificateFile = certificateIn(dir, options.domains);
  writeFileSync(join(dir, "ejabberd.yml"), ejabberdYaml({ ...options, certificateFile }), {
    mode: 0o600,
  });
}

async function launch(install: EjabberdInstall, dir: string): Promise<Running> {
  const spool = join(dir, "spool");
  return await startProcess({
    name: "ejabberd",
    command: install.erlexec,
    // Erlang schedulers that spin while idle would heat two shared cores.
    args: [
      ..."+K true +sbwt none +sbwtdcpu none +sbwtdio none -noinput -mnesia dir".split(" "),
      JSON.stringify(spool),
      "-s",
      "ejabberd",
    ],
    cwd: spool,
    env: {
      ...install.env,
      PATH: process.env["PATH"],
      LANG: "C.UTF-8",
      HOME: dir,
      EJABBERD_CONFIG_PATH: join(dir, "ejabberd.yml"),
      EJABBERD_LOG_PATH: join(dir, "log/ejabberd.log"),
      ERL_CRASH_DUMP_BYTES: "0",
    },
    output: { file: join(dir, "log/console.log") },
    pidFile: pidFile(dir),
  });
}

async function answers(api: EjabberdApi, running: Running): Promise<boolean> {
  const end = Date.now() + START_MS;
  while (!running.hasEnded() && Date.now() < end) {
    const up = await api("status").then(
      () => true,
      () => false,
    );
    if (up) return true;
    await delay(50);
  }
  return false;
}

function logTail(dir: string): string {
  const lines = ["log/ejabberd.log", "log/console.log"].flatMap((name) => {
    try {
      return readFileSync(join(dir, name), "utf8").trimEnd().split("\n").slice(-15);
    } catch {
      return [];
    }
  });
  return lines.join("\n");
}
