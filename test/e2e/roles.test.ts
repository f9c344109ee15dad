/** One daemon in several processes: who does what, and who takes the place of whom. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { after, before, suite, test } from "node:test";
import { freePort } from "../../dev/ports.ts";
import { startBalancer, type Balancer } from "../support/balancer.ts";
import { alice, prepareTraffic } from "../support/both-ways.ts";
import { pause, until } from "../support/e2e-client.ts";
import { startDaemon, type Daemon } from "../support/e2e-daemon.ts";
import { seededRandom } from "../support/e2e-random.ts";
import { startWorld, type World } from "../support/e2e-world.ts";

/** From the death of the one who held the component. */
const TAKEN_OVER_MS = 5_000;
const ONLINE = "the component is online";

suite("one daemon in several processes", () => {
  let world: World;
  let balancer: Balancer;
  const targets: { port: number }[] = [];
  const daemons: Daemon[] = [];

  before(async () => {
    world = await startWorld({ people: [alice], forceNodeConfig: true, quickKeys: true });
    await world.daemon.stop();
    const { httpPort } = world.settings;
    balancer = await startBalancer({ port: httpPort, targets: () => targets });
  });

  after(async () => {
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    await balancer[Symbol.asyncDispose]();
    await world.close();
  });

  async function start(name: string, only: string): Promise<Daemon> {
    const dir = join(world.dir, name);
    mkdirSync(dir);
    const [httpPort, metricsPort] = [await freePort(), await freePort()];
    const daemon = await startDaemon({ ...world.settings, dir, httpPort, metricsPort, only });
    daemons.push(daemon);
    if (only.includes("web")) targets.push({ port: httpPort });
    return daemon;
  }

  test("a standby connector has the stream within 5 s of the holder's kill -9, and nothing is lost", async () => {
    const holder = await start("holder", "connector");
    await start("worker", "web,worker");
    const traffic = await prepareTraffic({
      world,
      posts: 20,
      forMs: 2_500,
      random: seededRandom(1),
      quietMs: 500,
    });
    const standby = await start("standby", "connector");
    assert.ok(!standby.log().includes(ONLINE));
    const sending = traffic.send();
    await pause(1_000);
    const killedAt = performance.now();
    await holder.kill();
    await until("the standby has the stream", () => standby.log().includes(ONLINE), 20_000);
    const tookMs = performance.now() - killedAt;
    await sending;
    for (const [way, { lost, doubled }] of Object.entries(await traffic.outcomes())) {
      assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] }, way);
    }
    assert.ok(tookMs < TAKEN_OVER_MS, `the stream was taken over after ${String(tookMs)} ms`);
  });
});
