/**
 * `npm run namespaces` (as root, with iproute2): two connectors, two workers with HTTP and the
 * database on machines of their own, which are network namespaces. While posts go both ways, the
 * connector that holds the stream and one worker are cut off from the database, without a word,
 * and from nothing else. The other connector takes over, never while the first has the stream
 * still; after the healing nothing is lost or doubled.
 *
 *     npm run namespaces -- [seed]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { startBalancer } from "../support/balancer.ts";
import { alice, prepareTraffic, report, type Outcome } from "../support/both-ways.ts";
import { pause, until } from "../support/e2e-client.ts";
import { spawnDaemon, type Daemon } from "../support/e2e-daemon.ts";
import { seededRandom } from "../support/e2e-random.ts";
import { startWorld, type World } from "../support/e2e-world.ts";
import { createNetwork, whyNot, type Machine, type Network } from "./namespaces/network.ts";

const POSTS = 100;
const LOAD_MS = 60_000;
const BEFORE_CUT_MS = 10_000;
/** The holder gives up after 30 s without the database; that ends its session after 40 s. */
const TAKEN_OVER_MS = 60_000;
const LIMIT_MS = 5 * 60_000;
const HTTP_PORT = 4000;

const ONLINE = "the component is online";
const GIVEN_UP = "it gives its stream up";
const STANDS_BY = "this one stands by";

type Ending = (() => unknown)[];

async function main(): Promise<number> {
  const reason = whyNot();
  if (reason !== null) {
    console.error(reason);
    return 2;
  }
  const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`two connectors, two workers, a partition; seed ${String(seed)}`);
  const began = performance.now();
  const ending: Ending = [];
  const end = async (): Promise<void> => {
    for (const one of ending.splice(0).reverse()) await one();
  };
  const overtime = setTimeout(() => {
    console.error(`not done in ${String(LIMIT_MS / 60_000)} minutes`);
    void end().then(() => process.exit(1));
  }, LIMIT_MS);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void end().then(() => process.exit(1)));
  }
  try {
    const outcomes = await run(seededRandom(seed), ending);
    return report(outcomes, seed, Math.round((performance.now() - began) / 1000));
  } finally {
    clearTimeout(overtime);
    await end();
  }
}

async function run(random: () => number, ending: Ending): Promise<Record<string, Outcome>> {
  const world = await startWorld({ people: [alice], forceNodeConfig: true });
  ending.push(() => world.close());
  await world.daemon.stop();
  const network = createNetwork();
  ending.push(() => {
    network.remove();
  });
  const start = await prepared(world, network, ending);
  const holder = start("c1", "connector");
  await says(holder.daemon, ONLINE);
  const standby = start("c2", "connector");
  await says(standby.daemon, STANDS_BY);
  const workers = [start("w1", "web,worker"), start("w2", "web,worker")] as const;
  const targets = workers.map(({ machine }) => ({ host: machine.address, port: HTTP_PORT }));
  const balancer = await startBalancer({ port: world.settings.httpPort, targets: () => targets });
  ending.push(() => balancer[Symbol.asyncDispose]());
  for (const { daemon } of workers) await says(daemon, "listening for the federation");
  const traffic = await prepareTraffic({ world, posts: POSTS, forMs: LOAD_MS, random });
  await Promise.all([traffic.send(), partition(holder, standby, workers[0])]);
  return await traffic.outcomes();
}

interface Part {
  readonly machine: Machine;
  readonly daemon: Daemon;
}

/** What starts a part of the daemon on a machine of its own. */
async function prepared(
  world: World,
  network: Network,
  ending: Ending,
): Promise<(name: string, only: string) => Part> {
  const { component, names } = world.settings;
  const forward = async (port: number): Promise<number> => {
    const targets = () => [{ port }];
    const one = await startBalancer({ host: network.address, port: 0, targets });
    ending.push(() => one[Symbol.asyncDispose]());
    return one.port;
  };
  const reachable = {
    component: { ...component, port: await forward(component.port) },
    names: new Map(
      await Promise.all(
        [...names].map(async ([host, port]) => [host, await forward(port)] as const),
      ),
    ),
  };
  const databaseUrl = await startDatabase(world, network.machine("db"), ending);
  return (name, only) => {
    const machine = network.machine(name);
    const dir = join(world.dir, name);
    mkdirSync(dir);
    const daemon = spawnDaemon({
      ...world.settings,
      ...reachable,
      dir,
      databaseUrl,
      only,
      httpPort: HTTP_PORT,
      within: machine.within,
      addresses: { own: machine.address, others: network.address },
    });
    ending.push(() => daemon.stop());
    return { machine, daemon };
  };
}

async function startDatabase(world: World, machine: Machine, ending: Ending): Promise<string> {
  const program = join(import.meta.dirname, "namespaces", "database.ts");
  const folder = join(world.dir, "shared-database");
  const [command, ...args] = [...machine.within, process.execPath, program, folder];
  const child = spawn(command, [...args, machine.databaseAddress], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  ending.push(async () => {
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  });
  const [said] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  return said.trim();
}

/** Nobody says that a part is cut off: both sides find it out. */
async function partition(holder: Part, standby: Part, worker: Part): Promise<void> {
  await pause(BEFORE_CUT_MS);
  const cutAt = performance.now();
  holder.machine.cut();
  worker.machine.cut();
  const seconds = (): string => ((performance.now() - cutAt) / 1000).toFixed(1);
  const given = says(holder.daemon, GIVEN_UP, TAKEN_OVER_MS).then(() => {
    console.log(`the holder gave its stream up after ${seconds()} s`);
  });
  await says(standby.daemon, ONLINE, TAKEN_OVER_MS);
  console.log(`the standby has the stream after ${seconds()} s`);
  await given;
  const [ended, begun] = [timeOf(holder.daemon, GIVEN_UP), timeOf(standby.daemon, ONLINE)];
  if (ended > begun) throw new Error("two had the stream at the same time");
  holder.machine.heal();
  worker.machine.heal();
  await says(holder.daemon, STANDS_BY, TAKEN_OVER_MS);
  console.log(`healed; the first holder stands by after ${seconds()} s`);
}

async function says(daemon: Daemon, words: string, forMs = 60_000): Promise<void> {
  await until(`the log says “${words}”`, () => daemon.log().includes(words), forMs);
}

function timeOf(daemon: Daemon, words: string): string {
  const line =
    daemon
      .log()
      .split("\n")
      .findLast((one) => one.includes(words)) ?? "";
  return /"time":"([^"]+)"/.exec(line)?.[1] ?? "";
}

process.exit(await main());
