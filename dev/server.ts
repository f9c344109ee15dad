/** What the private XMPP servers have in common, whichever software it is. */
import { existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../src/log/log.ts";
import { portIsFree } from "./ports.ts";
import type { Exit, Running } from "./processes.ts";
import { selfSignedPem } from "./self-signed.ts";

/** XEP-0114: a domain of its own and the secret that proves it. */
export interface ComponentAccess {
  readonly domain: string;
  readonly secret: string;
}

export interface ServerPorts {
  readonly c2s: number;
  readonly component: number;
  /** ejabberd's alone. */
  readonly api: number;
}

export interface ServerSettings {
  readonly domains: readonly string[];
  readonly components: readonly ComponentAccess[];
  readonly ports: ServerPorts;
  /** Where clients connect. Components and the API stay on loopback. */
  readonly listenIp: string;
  /** What the operator of a server would set for explicit subscriptions by components. */
  readonly forceNodeConfig: boolean;
  /** XEP-0356 for the components, where the server has it. */
  readonly privileged?: boolean;
}

export interface ServerOptions extends ServerSettings {
  /** Everything of this instance; its accounts and nodes outlive a restart with the same folder. */
  readonly dir: string;
  readonly log: Log;
}

export interface XmppServer {
  /** The software. */
  readonly kind: string;
  readonly c2sPort: number;
  readonly componentPort: number;
  readonly pid: number;
  /** Settles when the process has ended, wanted or not. */
  readonly exited: Promise<Exit>;
  /** Makes an account; false where there is one already. */
  register(user: string, domain: string, password: string): Promise<boolean>;
  stop(): Promise<void>;
}

export const START_MS = 60_000;

/** With a port taken a server logs the fact and goes on without: somebody else would answer for it. */
export async function refuseTakenPorts(
  wanted: readonly (readonly [port: number, host: string])[],
): Promise<void> {
  for (const [port, host] of wanted) {
    if (!(await portIsFree(port, host)))
      throw new Error(`port ${String(port)} on ${host} is taken by another program`);
  }
}

/** The listeners come up one after the other, and none of them means that the next is there. */
export async function listens(
  { ports, listenIp }: ServerSettings,
  running: Running,
): Promise<boolean> {
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

/** Made once for an instance. */
export function certificateIn(dir: string, domains: readonly string[]): string {
  const file = join(dir, "certificate.pem");
  if (!existsSync(file)) writeFileSync(file, selfSignedPem(domains), { mode: 0o600 });
  return file;
}
