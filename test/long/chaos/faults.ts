/** What breaks, when, and for how long: drawn from the seed before anything runs. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "./clock.ts";
import type { ChaosWorld, Side } from "./world.ts";

export const FAULT_KINDS = [
  "kill-bridge",
  "freeze-bridge",
  "kill-database",
  "restart-database",
  "restart-server",
  "kill-server",
  "cut",
  "stall",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly atMs: number;
  readonly kind: FaultKind;
  /** A bridge or a link; "" where there is but one. */
  readonly target: string;
  readonly forMs: number;
  /** Of what stood still: it never goes on. */
  readonly forsake: boolean;
}

/** How often each comes. A kill -9 of ejabberd loses what it had acknowledged, so it is rare. */
const WEIGHTS: Readonly<Record<FaultKind, number>> = {
  "kill-bridge": 5,
  "freeze-bridge": 2,
  "kill-database": 2,
  "restart-database": 1,
  "restart-server": 2,
  "kill-server": 0.5,
  cut: 5,
  stall: 6,
};
const LONGEST_MS: Readonly<Record<FaultKind, number>> = {
  "kill-bridge": 4_000,
  "freeze-bridge": 12_000,
  "kill-database": 0,
  "restart-database": 0,
  "restart-server": 0,
  "kill-server": 0,
  cut: 8_000,
  stall: 20_000,
};

export interface PlanOptions {
  readonly random: () => number;
  readonly kinds: readonly FaultKind[];
  readonly count: number;
  readonly withinMs: number;
  readonly links: readonly string[];
}

export function planFaults({ random, kinds, count, withinMs, links }: PlanOptions): Fault[] {
  const total = kinds.reduce((sum, kind) => sum + WEIGHTS[kind], 0);
  const draw = (): FaultKind => {
    let left = random() * total;
    return kinds.find((kind) => (left -= WEIGHTS[kind]) < 0) ?? kinds[0] ?? "kill-bridge";
  };
  const targetOf = (kind: FaultKind): string => {
    const pick = random();
    if (kind.endsWith("bridge")) return pick < 0.5 ? "a" : "b";
    return kind === "cut" || kind === "stall" ? (links[Math.floor(pick * links.length)] ?? "") : "";
  };
  return Array.from({ length: count }, (_, n): Fault => {
    // Each kind once at least, where there are so many.
    const kind = kinds[n] ?? draw();
    const atMs = Math.round(random() * withinMs);
    const target = targetOf(kind);
    const forMs = Math.round(random() * LONGEST_MS[kind]);
    return { atMs, kind, target, forMs, forsake: kind === "stall" && random() < 0.5 };
  }).sort((one, two) => one.atMs - two.atMs);
}

export function wordsOf({ atMs, kind, target, forMs, forsake }: Fault): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const long = forMs === 0 ? "" : ` for ${seconds(forMs)}`;
  return `${seconds(atMs).padStart(8)}  ${kind} ${target}${long}${forsake ? ", for ever where it was open" : ""}`;
}

export interface Break {
  readonly world: ChaosWorld;
  readonly clock: Clock;
  /** ejabberd is back after a kill -9: what it holds now is what counts. */
  readonly serverKilled: () => Promise<void>;
}

/** One after the other where two hit the same thing. */
export async function runFaults(plan: readonly Fault[], broken: Break): Promise<void> {
  const began = broken.clock.now();
  const queues = new Map<string, Promise<void>>();
  for (const fault of plan) {
    await broken.clock.until(began + fault.atMs);
    const key = keyOf(fault);
    const last = queues.get(key) ?? Promise.resolve();
    queues.set(
      key,
      last.then(() => perform(fault, broken)),
    );
  }
  await Promise.all(queues.values());
}

function keyOf({ kind, target }: Fault): string {
  return target === "" ? kind.slice(kind.indexOf("-")) : target;
}

async function perform(fault: Fault, { world, serverKilled }: Break): Promise<void> {
  const { kind, target, forMs, forsake } = fault;
  switch (kind) {
    case "kill-bridge":
      await world.bridges[sideOf(target)].kill(forMs);
      return;
    case "freeze-bridge":
      await world.bridges[sideOf(target)].freeze(forMs);
      return;
    case "kill-database":
      await world.restartDatabase("kill");
      return;
    case "restart-database":
      await world.restartDatabase("stop");
      return;
    case "restart-server":
      await world.restartServer("stop");
      return;
    case "kill-server":
      await world.restartServer("kill");
      await serverKilled();
      return;
    case "cut":
    case "stall": {
      const link = world.links.get(target);
      if (link === undefined) throw new Error(`no link ${target}`);
      if (kind === "cut") link.cut();
      else link.stall();
      await sleep(forMs);
      link.heal(forsake);
    }
  }
}

function sideOf(target: string): Side {
  return target === "a" ? "a" : "b";
}
