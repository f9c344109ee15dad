/**
 * Network namespaces as machines (ip-netns(8)): each at the bridge of the world, where this process
 * is too, and at the bridge of the database, where it is not. Cut off, it hears nothing and is told
 * nothing: its cable is in, and leads nowhere.
 */
import { execFileSync } from "node:child_process";

export interface Machine {
  /** What is put before a command that is to run there. */
  readonly within: readonly string[];
  /** At the world's bridge. */
  readonly address: string;
  /** At the database's. */
  readonly databaseAddress: string;
  /** From the database, not from the world. */
  cut(): void;
  heal(): void;
}

export interface Network {
  /** This process, at the world's bridge. */
  readonly address: string;
  machine(name: string): Machine;
  remove(): void;
}

const WORLD = "10.231.77";
const DATABASE = "10.231.78";

/** null where it can be done; else why it cannot. */
export function whyNot(): string | null {
  if (process.getuid?.() !== 0) return "this needs root: it makes network namespaces";
  try {
    ip("-V");
  } catch {
    return "this needs iproute2: there is no program ip";
  }
  return null;
}

function ip(...args: readonly string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}

/** Names of interfaces have at most 15 characters; those of other runs are other ones. */
export function createNetwork(): Network {
  const run = String(process.pid % 100_000);
  const bridges = { world: `dxw${run}`, database: `dxd${run}` };
  const made: string[] = [];
  for (const bridge of Object.values(bridges)) {
    ip("link", "add", bridge, "type", "bridge");
    ip("link", "set", bridge, "up");
  }
  ip("address", "add", `${WORLD}.1/24`, "dev", bridges.world);

  /** A cable from the bridge to the machine. */
  function wire(namespace: string, bridge: string, end: string, address: string): void {
    ip("link", "add", end, "type", "veth", "peer", "name", `${end}n`);
    ip("link", "set", end, "master", bridge, "up");
    ip("link", "set", `${end}n`, "netns", namespace);
    ip("-n", namespace, "address", "add", `${address}/24`, "dev", `${end}n`);
    ip("-n", namespace, "link", "set", `${end}n`, "up");
  }

  return {
    address: `${WORLD}.1`,
    machine(name) {
      const namespace = `dx${run}-${name}`;
      const number = String(10 + made.length);
      const [world, database] = [`dw${run}x${number}`, `dd${run}x${number}`];
      ip("netns", "add", namespace);
      made.push(namespace);
      ip("-n", namespace, "link", "set", "lo", "up");
      wire(namespace, bridges.world, world, `${WORLD}.${number}`);
      wire(namespace, bridges.database, database, `${DATABASE}.${number}`);
      return {
        within: ["ip", "netns", "exec", namespace],
        address: `${WORLD}.${number}`,
        databaseAddress: `${DATABASE}.${number}`,
        cut: () => {
          ip("link", "set", database, "nomaster");
        },
        heal: () => {
          ip("link", "set", database, "master", bridges.database);
        },
      };
    },
    remove() {
      for (const namespace of made) ip("netns", "del", namespace);
      for (const bridge of Object.values(bridges)) ip("link", "del", bridge);
    },
  };
}
