/** Posts of people here on their way out, to a thousand pods, beside undici alone. */
import { setTimeout as sleep } from "node:timers/promises";
import type { TestClient } from "../test/support/e2e-client.ts";
import type { PosterAnswer, PosterJob } from "./bare-poster.ts";
import { startChild, type Child } from "./child.ts";
import { hostsOf, startFanoutWorld, type FanoutWorld } from "./fanout-world.ts";
import { daemonFigures } from "./figures.ts";
import { percentile } from "./percentiles.ts";
import { QUICK, ROUNDS } from "./xmpp-world.ts";

const PODS = hostsOf("ok", QUICK ? 200 : 1_000);
/** Posts of a warm round. */
const WARM = 5;
const AIM_FIRST_PERCENT = 60;
const AIM_WARM = 3_000;
/** About as long as an envelope. */
const BODY = "x".repeat(2_000);

/** Per second. */
type Rounds = Readonly<Record<"first" | "bareFirst" | "warm" | "bareWarm", number[]>>;

export async function measureOut(): Promise<boolean> {
  await using bench = await startFanoutWorld(PODS);
  using poster = startChild<PosterJob, PosterAnswer>("bare-poster.ts");
  const author = await bench.author("anna");
  await bench.befriend(author, PODS);
  const rounds: Rounds = { first: [], bareFirst: [], warm: [], bareWarm: [] };
  await round(bench, poster, author, rounds);
  for (const values of Object.values(rounds)) values.length = 0;
  const before = await daemonFigures(bench.world);
  for (let each = 0; each < ROUNDS; each += 1) await round(bench, poster, author, rounds);
  const after = await daemonFigures(bench.world);
  const deliveries = ROUNDS * (1 + WARM) * PODS.length;
  const cpu = (1000 * (after.cpuSeconds - before.cpuSeconds)) / deliveries;
  return report(rounds, { cpu, megabytes: after.megabytes });
}

async function round(
  bench: FanoutWorld,
  poster: Child<PosterJob, PosterAnswer>,
  author: TestClient,
  rounds: Rounds,
): Promise<void> {
  const count = PODS.length;
  const rate = (posts: number, took: number): number => (posts * 1000) / took;
  await bench.pods.ask({ kind: "forget" });
  await sleep(500);
  rounds.first.push(rate(count, await bench.post(author, 1, count)));
  rounds.warm.push(rate(WARM * count, await bench.post(author, WARM, WARM * count)));
  const job = { port: bench.podsPort, hosts: PODS, body: BODY };
  const first = await poster.ask({ ...job, times: 1, warm: false });
  rounds.bareFirst.push(rate(count, first.took));
  const warm = await poster.ask({ ...job, times: WARM, warm: true });
  rounds.bareWarm.push(rate(WARM * count, warm.took));
}

function report(
  rounds: Rounds,
  { cpu, megabytes }: { readonly cpu: number; readonly megabytes: number },
): boolean {
  const median = (of: keyof Rounds): number => percentile(rounds[of], 50);
  const rate = (of: keyof Rounds): string => `${median(of).toFixed(0)}/s`;
  const percent = (100 * median("first")) / median("bareFirst");
  const reached = percent >= AIM_FIRST_PERCENT && median("warm") >= AIM_WARM;
  console.log(
    `out to ${String(PODS.length)} pods: first contact ${rate("first")}, ${percent.toFixed(0)} % of ` +
      `bare undici's ${rate("bareFirst")} (aim ${String(AIM_FIRST_PERCENT)} %); warm ` +
      `${rate("warm")} beside ${rate("bareWarm")} (aim ${String(AIM_WARM)}/s): ` +
      `${reached ? "reached" : "NOT reached"}\n` +
      `    daemon: ${cpu.toFixed(2)} ms of processor time a delivery, ` +
      `${megabytes.toFixed(0)} MB resident`,
  );
  return reached;
}
