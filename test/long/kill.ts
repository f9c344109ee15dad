/**
 * `npm run kill-test`: the daemon is killed with kill -9 at random moments while 200 posts
 * go each way and both sides keep sending. Afterwards nothing may be lost, and nothing may be
 * there twice once readers have removed repeats by GUID or by (from, node, id), as they do.
 *
 *     npm run kill-test -- [seed]
 */
import { performance } from "node:perf_hooks";
import { alice, prepareTraffic, report, type Outcome } from "../support/both-ways.ts";
import { pause, until } from "../support/e2e-client.ts";
import { spawnDaemon } from "../support/e2e-daemon.ts";
import { seededRandom } from "../support/e2e-random.ts";
import { startWorld, type World } from "../support/e2e-world.ts";

const KILLS = 20;
const POSTS = 200;
/** How long one life of the daemon lasts at most; it takes about a second to come up. */
const LIFE_MS = 4_000;
const LIMIT_MS = 6 * 60_000;

async function main(): Promise<number> {
  const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 2 ** 32));
  console.log(
    `kill -9, ${String(KILLS)} times, ${String(POSTS)} posts each way; seed ${String(seed)}`,
  );
  const began = performance.now();
  const world = await startWorld({ people: [alice], forceNodeConfig: true });
  const overtime = setTimeout(() => {
    console.error(`not done in ${String(LIMIT_MS / 60_000)} minutes`);
    void world.close().then(() => process.exit(1));
  }, LIMIT_MS);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void world.close().then(() => process.exit(1)));
  }
  try {
    const outcomes = await run(world, seededRandom(seed));
    const seconds = Math.round((performance.now() - began) / 1000);
    return report(outcomes, seed, seconds);
  } finally {
    clearTimeout(overtime);
    await world.close();
  }
}

async function run(world: World, random: () => number): Promise<Record<string, Outcome>> {
  const forMs = (LIFE_MS * KILLS) / 2;
  const traffic = await prepareTraffic({ world, posts: POSTS, forMs, random });
  const lives = Array.from({ length: KILLS }, () => random() * LIFE_MS);
  await Promise.all([killAgainAndAgain(world, lives), traffic.send()]);
  await until("the daemon ready", () => world.daemon.isReady(), 60_000);
  return await traffic.outcomes();
}

async function killAgainAndAgain(world: World, lives: readonly number[]): Promise<void> {
  for (const life of lives) {
    await pause(life);
    await world.daemon.kill();
    world.daemon = spawnDaemon(world.settings);
  }
  console.log(`${String(lives.length)} kills done`);
}

process.exit(await main());
