/**
 * A private ejabberd: no Erlang distribution (so no epmd, no cookie, no node name to
 * collide), its own spool and ports; any number run beside each other and beside the
 * system's.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../src/log/log.ts";
import { ejabberdApi, type EjabberdApi } from "./ejabberd-api.ts";
import { ejabberdYaml, type EjabberdSettings } from "./ejabberd-config.ts";
import { findEjabberd } from "./ejabberd-install.ts";
import type { EjabberdInstall } from "./ejabberd-layout.ts";
import { portIsFree } from "./ports.ts";
import { startProcess, stopLeftover, type Exit, type Running } from "./processes.ts";
import { selfSignedPem } from "./self-signed.ts";

export interface EjabberdOptions extends Omit<EjabberdSettings, "certificateFile"> {
  /** Everything of this instance; its accounts and nodes outlive a restart with the same folder. */
  readonly dir: string;
  readonly log: Log;
}

export interface Ejabberd {
  readonly c2sPort: number;
  readonly componentPort: number;
  readonly apiUrl: string;
  readonly api: EjabberdApi;
  readonly pid: number;
  /** Settles when the process has ended, wanted or not. */
  readonly exited: Promise<Exit>;
  stop(): Promise<void>;
}

const START_MS = 60_000;

export async function startEjabberd(options: EjabberdOptions): Promise<Ejabberd> {
  const install = await findEjabberd(options.log);
  const dir = resolve(options.dir);
  for (const below of ["spool", "log"])
    mkdirSync(join(dir, below), { recursive: true, mode: 0o700 });
  await stopLeftoverEjabberd(dir, options.log);
  await refuseTakenPorts(options);
  writeConfig(dir, options);
  const logFile = join(dir, "log/ejabberd.log");
  rmSync(logFile, { force: true });
  const running = await launch(install, dir);
  const apiUrl = `http://127.0.0.1:${String(options.ports.api)}/api`;
  const api = ejabberdApi(apiUrl);
  if (!((await answers(api, running)) && (await listens(options, running)))) {
    await running.stop(2_000);
    throw new Error(`ejabberd does not start; the end of its log:\n${logTail(dir)}`);
  }
  return {
    c2sPort: options.ports.c2s,
    componentPort: options.ports.component,
    apiUrl,
    api,
    pid: running.pid,
    exited: running.exited,
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

/** With a port taken ejabberd logs the fact and goes on without: somebody else would answer for it. */
async function refuseTakenPorts({ ports, listenIp }: EjabberdOptions): Promise<void> {
  const wanted: readonly (readonly [number, string])[] = [
    [ports.c2s, listenIp],
    [ports.component, "127.0.0.1"],
    [ports.api, "127.0.0.1"],
  ];
  for (const [port, host] of wanted) {
    if (!(await portIsFree(port, host)))
      throw new Error(`port ${String(port)} on ${host} is taken by another program`);
  }
}

function writeConfig(dir: string, options: EjabberdOptions): void {
  const certificateFile = join(dir, "certificate.pem");
  if (!existsSync(certificateFile)) {
    writeFileSync(certificateFile, selfSignedPem(options.domains), { mode: 0o600 });
  }
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

/** The listeners come up one after the other: the API may answer before a component can log in. */
async function listens({ ports, listenIp }: EjabberdOptions, running: Running): Promise<boolean> {
  const host = listenIp === "0.0.0.0" ? "127.0.0.1" : listenIp;
  const end = Date.now() + START_MS;
  for (const [port, at] of [
    [ports.component, "127.0.0.1"],
    [ports.c2s, host],
  ] as const) {
    while (!(await accepts(port, at))) {
      if (running.hasEnded() || Date.now() > end) return false;
      await delay(20);
    }
  }
  return true;
}

function accepts(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", end(true));
    socket.once("error", end(false));
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
