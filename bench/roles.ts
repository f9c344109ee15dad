/**
 * `npm run bench -- roles [--quick]`: the same load on one process, on three with one role each,
 * and on those with a second worker: posts of a pod, one after the other by so many connections,
 * until everything is with its reader. Machines are not made more by it: on as many cores as this
 * one has, the figures say what the parting costs, and what each role costs.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { freePort } from "../dev/ports.ts";
import { openDatabase, rows, type Database } from "../src/store/database.ts";
import { startBalancer } from "../test/support/balancer.ts";
import { alice, prepareTraffic } from "../test/support/both-ways.ts";
import { pause } from "../test/support/e2e-client.ts";
import { startDaemon, type Daemon } from "../test/support/e2e-daemon.ts";
import { BASE, startWorld, type World } from "../test/support/e2e-world.ts";
import { seal } from "../test/support/peer-envelope.ts";
import { newGuid, statusMessage } from "../test/support/peer-messages.ts";
import { postPublic } from "../test/support/peer.ts";

const CONNECTIONS = 16;
const WARM = 100;
/** Of `getconf CLK_TCK`, on every Linux. */
const TICKS = 100;

const ARRANGEMENTS: Readonly<Record<string, readonly string[]>> = {
  "one process": ["connector,web,worker"],
  "three roles": ["connector", "web", "worker"],
  "two workers": ["connector", "web", "worker", "worker"],
};

interface Row {
  readonly arrangement: string;
  readonly takenPerSecond: number;
  readonly donePerSecond: number;
  readonly cpuMs: number;
  readonly processes: readonly string[];
}

export async function main(): Promise<number> {
  const count = process.argv.includes("--quick") ? 300 : 1_200;
  const world = await startWorld({ people: [alice], forceNodeConfig: true, quickKeys: true });
  const db = openDatabase({ url: world.database.url, poolSize: 1 });
  const targets: { port: number }[] = [];
  try {
    // Somebody who reads.
    await prepareTraffic({ world, posts: 0, forMs: 0, random: Math.random });
    await world.daemon.stop();
    const { httpPort } = world.settings;
    await using _ = await startBalancer({ port: httpPort, targets: () => targets });
    for (const [arrangement, roles] of Object.entries(ARRANGEMENTS)) {
      print(await measure({ world, db, targets, count }, arrangement, roles));
    }
    return 0;
  } finally {
    await db.destroy();
    await world.close();
  }
}

interface Bench {
  readonly world: World;
  readonly db: Database;
  readonly targets: { port: number }[];
  readonly count: number;
}

async function measure(bench: Bench, arrangement: string, roles: readonly string[]): Promise<Row> {
  const daemons: Daemon[] = [];
  bench.targets.length = 0;
  try {
    for (const [index, only] of roles.entries()) {
      daemons.push(await start(bench, `${arrangement.replace(" ", "-")}-${String(index)}`, only));
    }
    await send(bench, signed(WARM));
    await untilDone(bench.db);
    const bodies = signed(bench.count);
    const before = daemons.map(({ pid }) => cpuSeconds(pid));
    const began = performance.now();
    await send(bench, bodies);
    const taken = performance.now() - began;
    await untilDone(bench.db);
    const done = performance.now() - began;
    const spent = daemons.map(({ pid }, index) => cpuSeconds(pid) - (before[index] ?? 0));
    return {
      arrangement,
      takenPerSecond: (bench.count / taken) * 1000,
      donePerSecond: (bench.count / done) * 1000,
      cpuMs: (spent.reduce((sum, one) => sum + one, 0) / bench.count) * 1000,
      processes: daemons.map(({ pid }, index) => {
        const ms = ((spent[index] ?? 0) / bench.count) * 1000;
        return `${roles[index] ?? ""} ${ms.toFixed(2)} ms, ${String(peakMegabytes(pid))} MB`;
      }),
    };
  } finally {
    for (const daemon of daemons) await daemon.stop();
  }
}

async function start({ world, targets }: Bench, name: string, only: string): Promise<Daemon> {
  const dir = join(world.dir, name);
  mkdirSync(dir);
  const [httpPort, metricsPort] = [await freePort(), await freePort()];
  const daemon = await startDaemon({ ...world.settings, dir, httpPort, metricsPort, only });
  if (only.includes("web")) targets.push({ port: httpPort });
  return daemon;
}

/** Before the clock runs: it is the pod's work. */
function signed(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    seal(statusMessage(alice, { guid: newGuid(), text: `post ${String(index)}` }), alice),
  );
}

async function send({ world }: Bench, bodies: string[]): Promise<void> {
  const one = async (): Promise<void> => {
    for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
      const { status } = await postPublic(world.peer, BASE, body);
      if (status !== 202) throw new Error(`a message was answered with ${String(status)}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
}

/** Received, kept, and with its reader. */
async function untilDone(db: Database): Promise<void> {
  const waiting = "select 1 as one from inbox union all select 1 from deliveries limit 1";
  while ((await rows(db, waiting)).length > 0) await pause(20);
}

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, "latin1");
  // utime and stime are the 14th and 15th; what stands in parentheses may hold spaces.
  const [, , , , , , , , , , , utime, stime] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(utime) + Number(stime)) / TICKS;
}

function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, "latin1");
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) / 1024);
}

function print({ arrangement, takenPerSecond, donePerSecond, cpuMs, processes }: Row): void {
  console.log(
    `${arrangement}: ${takenPerSecond.toFixed(0)}/s taken (202), ${donePerSecond.toFixed(0)}/s ` +
      `with their reader, ${cpuMs.toFixed(2)} ms of processor time each`,
  );
  for (const one of processes) console.log(`  ${one}`);
}
