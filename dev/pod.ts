/** One Diaspora-X daemon of the development environment, as a process of its own. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stringify } from "yaml";
import type { Log } from "../src/log/log.ts";
import { startProcess, stopLeftover, type ProcessOptions, type Running } from "./processes.ts";
import { secretIn } from "./secrets.ts";

export interface PodPlan {
  /** Configuration, key, database. */
  readonly dir: string;
  readonly domain: string;
  readonly component: {
    readonly domain: string;
    readonly port: number;
    readonly secretFile: string;
  };
  readonly diasporaDomain: string;
  readonly url: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Names that do not resolve → address and port. */
  readonly names: Readonly<Record<string, string>>;
}

const READY_MS = 120_000;
/** The daemon gives itself 30 s to stop in order; then its own last resort comes first. */
const STOP_MS = 40_000;

const ROOT = join(import.meta.dirname, "..");

export async function startPod(
  plan: PodPlan,
  output: ProcessOptions["output"],
  log: Log,
): Promise<Running> {
  const config = writePodConfig(plan);
  await stopLeftoverPod(plan.dir, log);
  const running = await startProcess({
    name: `the daemon of ${plan.domain}`,
    command: process.execPath,
    args: [join(ROOT, "bin/diaspora-x.mjs"), "start", "--config", config],
    cwd: plan.dir,
    env: podEnvironment(),
    output,
    pidFile: pidFile(plan.dir),
  });
  return { ...running, stop: async () => await running.stop(STOP_MS) };
}

/** What a killed run left running: its command line names its configuration. */
export async function stopLeftoverPod(dir: string, log: Log): Promise<void> {
  if (await stopLeftover(pidFile(dir), configFile(dir)))
    log.info({ dir }, "stopped the daemon of an earlier run");
}

function pidFile(dir: string): string {
  return join(dir, "daemon.pid");
}

function configFile(dir: string): string {
  return join(dir, "config.yaml");
}

/** Whatever of the daemon's own variables the developer has set is for another daemon. */
function podEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("DIASPORA_X_")),
  );
}

function writePodConfig(plan: PodPlan): string {
  mkdirSync(plan.dir, { recursive: true });
  const keyFile = join(plan.dir, "key");
  secretIn(keyFile);
  const file = configFile(plan.dir);
  const { domain, port, secretFile } = plan.component;
  const config = {
    data_dir: join(plan.dir, "data"),
    xmpp: {
      component: { domain, host: "127.0.0.1", port, secret_file: secretFile },
      domains: [plan.domain],
      registration: "local",
    },
    diaspora: { domain: plan.diasporaDomain, url: plan.url },
    server: plan.listen,
    security: { key_file: keyFile },
    development: {
      enabled: true,
      allow_http: true,
      allow_private_addresses: true,
      names: plan.names,
    },
    log: { level: "info", format: "pretty" },
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
  return file;
}

/** Its pages are served and its component is logged in. Throws when it ends before, or at `cancel`. */
export async function podReady(
  plan: PodPlan,
  running: Running,
  cancel: AbortSignal,
): Promise<void> {
  const base = `http://127.0.0.1:${String(plan.listen.port)}`;
  const end = Date.now() + READY_MS;
  while (!((await answers200(`${base}/ready`)) && (await answers200(`${base}/`)))) {
    cancel.throwIfAborted();
    if (running.hasEnded()) throw new Error(`${running.name} ended at its start; its log says why`);
    if (Date.now() > end)
      throw new Error(`${running.name} is not ready after ${String(READY_MS / 1000)} s`);
    await delay(50);
  }
}

async function answers200(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000), redirect: "manual" });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  }
}
