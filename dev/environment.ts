/**
 * The development environment: one private XMPP server, and one daemon for each domain, with
 * everything they keep below one folder.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../src/log/log.ts";
import { startEjabberd, stopLeftoverEjabberd } from "./ejabberd.ts";
import type { DevOptions } from "./options.ts";
import { podReady, startPod, stopLeftoverPod, type PodPlan } from "./pod.ts";
import { choosePorts, domainsOf, podPlans, portFor, secretFile, type Ports } from "./plan.ts";
import { isRunning, commandLine } from "./proc.ts";
import { readPid, type ProcessOptions, type Running } from "./processes.ts";
import { startProsody, stopLeftoverProsody } from "./prosody.ts";
import { secretIn } from "./secrets.ts";
import type { XmppServer } from "./server.ts";
import { readPorts, writeState, writeStopped, type DevState } from "./state.ts";

export interface Environment {
  readonly state: DevState;
  /** Settles with a sentence when one of the processes ends by itself. */
  readonly broken: Promise<string>;
  /** Daemons first, so that what they still say reaches the server. */
  stop(): Promise<void>;
}

interface Part {
  readonly name: string;
  readonly exited: Promise<unknown>;
  stop(): Promise<unknown>;
}

interface StartedPod {
  readonly plan: PodPlan;
  readonly pod: Running;
}

/** `cancel` ends a start that still goes on; it then throws, with nothing left running. */
export async function startEnvironment(
  options: DevOptions,
  dir: string,
  log: Log,
  cancel: AbortSignal = new AbortController().signal,
): Promise<Environment> {
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  refuseSecond(dir);
  const stateFile = join(dir, "state.json");
  const running: Part[] = [];
  const stop = async (): Promise<void> => {
    const server = running.filter(({ name }) => name === options.server);
    await Promise.all(running.filter((each) => !server.includes(each)).map((each) => each.stop()));
    await Promise.all(server.map((each) => each.stop()));
    writeStopped(stateFile);
    rmSync(join(dir, "dev.pid"), { force: true });
  };
  try {
    const domains = domainsOf(options);
    await stopLeftovers(dir, log);
    const ports = await choosePorts(options, domains, readPorts(stateFile));
    const server = await startServer(options, domains, ports, { dir, log });
    running.push({ name: options.server, ...server });
    cancel.throwIfAborted();
    const plans = podPlans(options, domains, ports, dir);
    const pods: StartedPod[] = [];
    for (const plan of plans) {
      const pod = await startPod(plan, podOutput(plan, options), log);
      running.push(pod);
      pods.push({ plan, pod });
    }
    await Promise.all(pods.map(({ plan, pod }) => podReady(plan, pod, cancel)));
    const state = stateOf(pods, server, ports);
    writeState(stateFile, state);
    return { state, broken: Promise.race(running.map(ended)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ended(part: Part): Promise<string> {
  await part.exited;
  return `${part.name} ended by itself`;
}

/** Two would take each other for leftovers. */
function refuseSecond(dir: string): void {
  const file = join(dir, "dev.pid");
  const pid = readPid(file);
  if (pid !== null && pid !== process.pid && isRunning(pid) && commandLine(pid).includes("dev/")) {
    throw new Error(`it runs already, as process ${String(pid)}: stop that one first`);
  }
  writeFileSync(file, `${String(process.pid)}\n`);
}

/** Before ports are chosen: what is left of a killed run still sits on ours. */
export async function stopLeftovers(dir: string, log: Log): Promise<void> {
  const pods = join(dir, "pods");
  mkdirSync(pods, { recursive: true });
  const names = readdirSync(pods);
  await Promise.all(names.map((name) => stopLeftoverPod(join(pods, name), log)));
  await stopLeftoverEjabberd(join(dir, "ejabberd"), log);
  await stopLeftoverProsody(join(dir, "prosody"), log);
}

async function startServer(
  options: DevOptions,
  domains: readonly string[],
  ports: Ports,
  { dir, log }: { dir: string; log: Log },
): Promise<XmppServer> {
  const start = options.server === "prosody" ? startProsody : startEjabberd;
  return await start({
    dir: join(dir, options.server),
    domains,
    components: domains.map((domain) => ({
      domain: `diaspora.${domain}`,
      secret: secretIn(secretFile(dir, domain)),
    })),
    ports: {
      c2s: portFor(ports, "c2s"),
      component: portFor(ports, "component"),
      api: portFor(ports, "api"),
    },
    listenIp: options.lan ? "0.0.0.0" : "127.0.0.1",
    forceNodeConfig: true,
    privileged: true,
    log,
  });
}

/** Two logs in one terminal need a name in front of each line. */
function podOutput(plan: PodPlan, options: DevOptions): ProcessOptions["output"] {
  if (options.quiet) return { file: `${plan.dir}.log` };
  if (options.pods === 1) return "inherit";
  const name = plan.domain.split(".")[0] ?? plan.domain;
  return {
    line: (text) => {
      process.stdout.write(`${name} | ${text}\n`);
    },
  };
}

function stateOf(pods: readonly StartedPod[], server: XmppServer, ports: Ports): DevState {
  return {
    pid: process.pid,
    serverPid: server.pid,
    domains: pods.map(({ plan, pod }) => ({
      domain: plan.domain,
      componentDomain: plan.component.domain,
      c2sHost: "127.0.0.1",
      c2sPort: server.c2sPort,
      httpUrl: `http://127.0.0.1:${String(plan.listen.port)}/`,
      diasporaDomain: plan.diasporaDomain,
      daemonPid: pod.pid,
      secretFile: plan.component.secretFile,
    })),
    ports,
  };
}
