/**
 * `state.json`: what the development environment runs now, for `diaspora-x client --dev`,
 * and which ports it had, so that addresses stay the same from start to start.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export interface DomainState {
  readonly domain: string;
  readonly componentDomain: string;
  readonly c2sHost: string;
  readonly c2sPort: number;
  readonly httpUrl: string;
  /** What stands behind the @ of diaspora* IDs. */
  readonly diasporaDomain: string;
  readonly daemonPid: number;
  /** The file that holds the component's secret; never the secret itself. */
  readonly secretFile: string;
}

export interface DevState {
  readonly pid: number;
  readonly serverPid: number;
  readonly domains: readonly DomainState[];
  /** By use: `c2s`, `component`, `api`, `http of <domain>`. */
  readonly ports: Readonly<Record<string, number>>;
}

/** By rename: a reader sees the whole of one state. */
export function writeState(file: string, state: DevState): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${String(process.pid)}`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(draft, file);
}

/** After a stop nothing runs, but the ports stay known. */
export function writeStopped(file: string): void {
  writeFileSync(file, `${JSON.stringify({ domains: [], ports: readPorts(file) }, null, 2)}\n`);
}

/** The ports of earlier runs; what is not readable is as if it had never been. */
export function readPorts(file: string): Readonly<Record<string, number>> {
  const ports: Record<string, number> = {};
  try {
    const state: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof state !== "object" || state === null || !("ports" in state)) return ports;
    for (const [use, port] of Object.entries(state.ports ?? {})) {
      if (typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536)
        ports[use] = port;
    }
  } catch {
    // The first start.
  }
  return ports;
}
