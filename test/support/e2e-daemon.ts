/**
 * The real daemon as a process of its own: its configuration file, its log, its end by
 * SIGTERM or kill -9.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { peerFetch } from "./peer-http.ts";
import { until, within } from "./e2e-client.ts";

export interface DaemonSettings {
  /** Holds the configuration, the log and, without `databaseUrl`, the private database. */
  readonly dir: string;
  readonly httpPort: number;
  /** null: the daemon runs its own PostgreSQL. */
  readonly databaseUrl: string | null;
  readonly component: { readonly domain: string; readonly secret: string; readonly port: number };
  readonly domain: string;
  /** Host → loopback port of pods. */
  readonly names: ReadonlyMap<string, number>;
  readonly logLevel?: "debug" | "info";
  /** See quick-keys.ts. */
  readonly quickKeys?: boolean;
  /** How long a changed profile waits. */
  readonly profileDelaySeconds?: number;
  /** JIDs of those who run it. */
  readonly admins?: readonly string[];
  /** Whom it has to do with; what is put here counts from the next start on. */
  moderation?: Readonly<Record<string, string>>;
  /** How long whoever leaves can come back; the usual time when absent. */
  readonly leaveDays?: number;
  /** Where figures are to be had; nowhere when absent. */
  readonly metricsPort?: number;
  /** As they stand below `limits` in the configuration. */
  readonly limits?: Readonly<Record<string, number>>;
  /** Roles, separated by commas; without `web` it says at `metricsPort` whether it is ready. */
  readonly only?: string;
  /** Another version's. */
  readonly bin?: string;
  /** Modules that are loaded before it. */
  readonly imports?: readonly string[];
  /** What starts it: `ip netns exec NAME`, for one. */
  readonly within?: readonly string[];
  /** Where it listens, and where its XMPP server and the pods are; loopback when absent. */
  readonly addresses?: { readonly own: string; readonly others: string };
}

export interface Daemon {
  readonly pid: number;
  readonly exited: Promise<number | null>;
  isReady(): Promise<boolean>;
  log(): string;
  /** SIGTERM; SIGKILL when that does not help in time. Returns the exit code. */
  stop(): Promise<number | null>;
  /** kill -9. */
  kill(): Promise<void>;
}

/** Another one where a packaged daemon shall be tried. */
const BIN = (): string =>
  process.env["DIASPORA_X_TEST_BIN"] ??
  fileURLToPath(new URL("../../bin/diaspora-x.mjs", import.meta.url));
const QUICK_KEYS = new URL("./quick-keys.ts", import.meta.url).href;
const START_MS = 60_000;
const STOP_MS = 20_000;
const KEY = "5b8c1f0e9a7d4c3b2a1908f7e6d5c4b3a29180706f5e4d3c2b1a09f8e7d6c5b4";

/** What its first line gives to Node. */
function flagsOf(bin: string): string[] {
  const [first = ""] = readFileSync(bin, "utf8").split("\n", 1);
  return /-S node (.+)$/.exec(first)?.[1]?.split(" ") ?? [];
}

export function writeConfig(settings: DaemonSettings): string {
  const file = join(settings.dir, "config.yaml");
  const { component, domain } = settings;
  const { own, others } = settings.addresses ?? { own: "127.0.0.1", others: "127.0.0.1" };
  const profileDelay =
    settings.profileDelaySeconds ?? (settings.quickKeys === true ? 1 : undefined);
  const config = {
    data_dir: join(settings.dir, "data"),
    xmpp: {
      component: { ...component, host: others },
      domains: [domain],
      ...(settings.admins === undefined ? {} : { admins: [...settings.admins] }),
      ...(settings.leaveDays === undefined ? {} : { leave_days: settings.leaveDays }),
    },
    diaspora: { domain, url: `https://${component.domain}/` },
    server: { host: own, port: settings.httpPort },
    ...(settings.databaseUrl === null ? {} : { database: { url: settings.databaseUrl } }),
    security: { key: KEY },
    development: {
      enabled: true,
      names: Object.fromEntries(
        [...settings.names].map(([host, port]) => [host, `${others}:${String(port)}`]),
      ),
    },
    limits: {
      ...(profileDelay === undefined ? {} : { profile_delay_seconds: profileDelay }),
      ...settings.limits,
    },
    ...(settings.metricsPort === undefined ? {} : { metrics: { port: settings.metricsPort } }),
    ...(settings.moderation === undefined ? {} : { moderation: settings.moderation }),
    log: { level: settings.logLevel ?? "info" },
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
  return file;
}

/** Starts and does not wait: a daemon with a wrong secret never gets ready. */
export function spawnDaemon(settings: DaemonSettings): Daemon {
  const config = writeConfig(settings);
  const logFile = join(settings.dir, "daemon.log");
  const out = openSync(logFile, "a", 0o600);
  const preload = [
    ...(settings.quickKeys === true ? [QUICK_KEYS] : []),
    ...(settings.imports ?? []),
  ].flatMap((module) => ["--import", module]);
  const bin = settings.bin ?? BIN();
  const only = settings.only === undefined ? [] : ["--only", settings.only];
  const [program = process.execPath, ...args] = [
    ...(settings.within ?? []),
    process.execPath,
    ...[...flagsOf(bin), ...preload, bin, "start", "--config", config, ...only],
  ];
  const child = spawn(program, args, {
    stdio: ["ignore", out, out],
    env: { PATH: process.env["PATH"], HOME: settings.dir },
  });
  closeSync(out);
  const exited = once(child, "exit").then(() => child.exitCode);
  return {
    pid: child.pid ?? 0,
    exited,
    isReady: () => isReady(readyPort(settings)),
    log: () => readFileSync(logFile, "utf8"),
    stop: () => stop(child, exited),
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

export async function startDaemon(settings: DaemonSettings): Promise<Daemon> {
  const daemon = spawnDaemon(settings);
  const ended = daemon.exited.then((code) => {
    throw new Error(`the daemon ended by itself with ${String(code)}`);
  });
  try {
    await Promise.race([ended, until("the daemon ready", () => daemon.isReady(), START_MS)]);
  } catch (error) {
    await daemon.stop();
    const tail = daemon.log().split("\n").slice(-20).join("\n");
    throw new Error(`the daemon does not start; the end of its log:\n${tail}`, { cause: error });
  }
  // It ends some day, and by then nobody waits for it here.
  ended.catch(() => undefined);
  return daemon;
}

function readyPort({ only, httpPort, metricsPort }: DaemonSettings): number {
  return only?.includes("web") === false ? (metricsPort ?? 0) : httpPort;
}

async function isReady(port: number): Promise<boolean> {
  try {
    const hosts = new Map([["daemon", port]]);
    return (await peerFetch("http://daemon/ready", hosts, { timeoutMs: 2_000 })).status === 200;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess, exited: Promise<number | null>): Promise<number | null> {
  child.kill("SIGTERM");
  if (!(await within(exited, STOP_MS))) child.kill("SIGKILL");
  return await exited;
}
