/**
 * One post to a thousand pods of which 350 are in trouble, and nobody knows it yet: how much later
 * the others get it than they do without these. In turns, five times each, and each time the bad
 * pods are new ones, which the daemon has never met.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { TestClient } from "../test/support/e2e-client.ts";
import { hostsOf, startFanoutWorld, type FanoutWorld } from "./fanout-world.ts";
import { packageDaemon } from "./packaged.ts";
import { percentile } from "./percentiles.ts";
import { QUICK, ROUNDS } from "./xmpp-world.ts";

const AIM = 1.25;
const GOOD = hostsOf("ok", QUICK ? 65 : 650);
/** What is slow answers in ten seconds. */
const SETTLE_MS = QUICK ? 1_000 : 12_000;

/** Half of the dead refuse connections, half take them and never answer. */
function badPods(round: number): { readonly listening: string[]; readonly dead: string[] } {
  const some = (kind: string, count: number): string[] =>
    hostsOf(`${kind}${String(round)}x`, QUICK ? count / 10 : count);
  const listening = [...some("hang", 100), ...some("slow", 100), ...some("error", 50)];
  return { listening, dead: some("dead", 100) };
}

export async function main(): Promise<number> {
  using packaged = packageDaemon();
  process.env["DIASPORA_X_TEST_BIN"] = packaged.bin;
  // The first warms up.
  const bad = Array.from({ length: ROUNDS + 1 }, (_, round) => badPods(round));
  await using bench = await startFanoutWorld(
    [...GOOD, ...bad.flatMap(({ listening }) => listening)],
    bad.flatMap(({ dead }) => dead),
  );
  const anna = await bench.author("anna");
  await bench.befriend(anna, GOOD);
  const bert = await bench.author("bert");
  const without: number[] = [];
  const withBad: number[] = [];
  for (const { listening, dead } of bad) {
    without.push(await reach(bench, anna));
    await bench.befriend(bert, mixed([...GOOD, ...listening, ...dead]));
    withBad.push(await reach(bench, bert));
    await sleep(SETTLE_MS);
  }
  return report(without.slice(1), withBad.slice(1));
}

/** Milliseconds until the last of the good ones has it, at first contact. */
async function reach({ pods, post }: FanoutWorld, author: TestClient): Promise<number> {
  await pods.ask({ kind: "forget" });
  await sleep(500);
  return await post(author, 1, GOOD.length);
}

/** As they come: a list in order would be all bad ones at its end. */
function mixed(hosts: readonly string[]): string[] {
  return hosts
    .map((host) => ({ host, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ host }) => host);
}

function report(without: readonly number[], withBad: readonly number[]): number {
  const [good, mix] = [percentile(without, 50), percentile(withBad, 50)];
  const reached = mix <= AIM * good;
  const all = (values: readonly number[]): string =>
    values.map((value) => (value / 1000).toFixed(2)).join(" ");
  console.log(
    `one post to ${String(GOOD.length)} good pods: ${(good / 1000).toFixed(2)} s (${all(without)}); ` +
      `with 350 bad ones among them ${(mix / 1000).toFixed(2)} s (${all(withBad)}): ` +
      `${(mix / good).toFixed(2)} times, aim ${String(AIM)}: ${reached ? "reached" : "NOT reached"}`,
  );
  return reached ? 0 : 1;
}
