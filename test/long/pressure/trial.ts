/** One fault: figures before it, while it lasts and afterwards, and what has to be true of them. */
import { performance } from "node:perf_hooks";
import { pause, until } from "../../support/e2e-client.ts";
import type { WorldOptions } from "../../support/e2e-world.ts";
import { startFlow, type Direction, type Flow, type Sent } from "./flow.ts";
import { openStage, type Stage } from "./stage.ts";
import { startWatch, type Look, type Watch } from "./watch.ts";

export interface Fault {
  /** A sentence. */
  readonly says: string;
  readonly world?: Partial<WorldOptions>;
  readonly seconds: number;
  /** Before the first figures are taken. */
  readonly prepare?: (stage: Stage) => Promise<void>;
  /** Begins; what it returns ends it, and says what else was seen. */
  readonly inject: (stage: Stage) => Promise<() => Promise<string | undefined>>;
  /** What /ready names while it lasts. */
  readonly part?: string;
  /** In the log, while it lasts. */
  readonly logs?: RegExp;
  /** It is somebody else's trouble: 99 of 100 of ours come within so many milliseconds. */
  readonly othersWithinMs?: number;
  /** More than before. Default 150 MB. */
  readonly memoryMb?: number;
}

export interface Phase {
  readonly name: "before" | "during" | "after";
  readonly from: number;
  readonly to: number;
}

export interface Outcome {
  readonly phases: readonly Phase[];
  readonly sent: readonly Sent[];
  readonly looks: readonly Look[];
  readonly lost: readonly Sent[];
  /** From the end of the fault until everything had come; null: never. */
  readonly backMs: number | null;
  /** Of the log, while it lasted: message → how often. */
  readonly said: ReadonlyMap<string, number>;
  readonly note: string;
  readonly wrong: readonly string[];
}

const PHASE_MS = 4_000;
const SETTLE_MS = 60_000;
const WARM_MS = 30_000;
const QUICK_MS = 500;

export async function tryOut(fault: Fault): Promise<Outcome> {
  const stage = await openStage(fault.world);
  try {
    await fault.prepare?.(stage);
    await until("the daemon ready", () => stage.world.daemon.isReady(), SETTLE_MS);
    const [flow, watch] = [startFlow(stage), startWatch(stage)];
    return await go(fault, stage, flow, watch);
  } finally {
    await stage.close();
  }
}

async function go(fault: Fault, stage: Stage, flow: Flow, watch: Watch): Promise<Outcome> {
  const { daemon } = stage.world;
  // The first posts are slow: by which way it hears of them, the bridge has to learn.
  await until("a quick flow", () => isQuick(flow.sent()), WARM_MS).catch(() => undefined);
  const phases: Phase[] = [];
  const phase = async (name: Phase["name"], work: () => Promise<unknown>): Promise<void> => {
    const from = performance.now();
    await work();
    phases.push({ name, from, to: performance.now() });
  };
  await phase("before", () => pause(PHASE_MS));
  const logged = daemon.log().length;
  let note = "";
  await phase("during", async () => {
    const end = await fault.inject(stage);
    await pause(fault.seconds * 1_000);
    note = (await end()) ?? "";
  });
  const ended = performance.now();
  await until("the daemon ready again", () => daemon.isReady(), SETTLE_MS).catch(() => undefined);
  const isReady = await daemon.isReady();
  const backMs = isReady ? performance.now() - ended : null;
  // What is behind the fault comes first.
  await pause(PHASE_MS / 2);
  await phase("after", () => pause(PHASE_MS));
  const lost = await flow.settle(SETTLE_MS);
  const said = messagesIn(daemon.log().slice(logged));
  await watch.stop();
  const outcome = { phases, sent: flow.sent(), looks: watch.looks, lost, backMs, said, note };
  const isSame = stage.world.daemon.pid === daemon.pid && memoryAtEnd(watch.looks) > 0;
  const wrong = [...judge(fault, outcome), ...(isSame ? [] : ["the daemon ended"])];
  return { ...outcome, wrong };
}

/** The last few posts of a client came at once. */
function isQuick(sent: readonly Sent[]): boolean {
  const outgoing = sent.filter(({ direction }) => direction === "out").slice(-5);
  return (
    outgoing.length === 5 &&
    outgoing.every(({ at, seenAt }) => seenAt !== null && seenAt - at < QUICK_MS)
  );
}

function memoryAtEnd(looks: readonly Look[]): number {
  return looks.at(-1)?.memoryMb ?? 0;
}

function messagesIn(log: string): Map<string, number> {
  const said = new Map<string, number>();
  for (const line of log.split("\n")) {
    const found = /"level":"(?:warn|error|fatal)".*"message":"([^"]*)"/.exec(line);
    const message = found?.[1];
    if (message !== undefined) said.set(message, (said.get(message) ?? 0) + 1);
  }
  return said;
}

export function latencies(
  { sent, phases }: Pick<Outcome, "sent" | "phases">,
  direction: Direction,
  name: Phase["name"],
): number[] {
  const phase = phases.find((one) => one.name === name);
  if (phase === undefined) return [];
  return sent
    .filter((one) => one.direction === direction && one.at >= phase.from && one.at < phase.to)
    .map(({ at, seenAt }) => (seenAt ?? Number.POSITIVE_INFINITY) - at)
    .sort((a, b) => a - b);
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function looksIn({ looks, phases }: Pick<Outcome, "looks" | "phases">, name: string) {
  const phase = phases.find((one) => one.name === name);
  return looks.filter(({ at }) => phase !== undefined && at >= phase.from && at < phase.to);
}

/** Everything that is not as it has to be. */
function judge(fault: Fault, outcome: Omit<Outcome, "wrong">): string[] {
  const wrong: string[] = [];
  const { lost, backMs, said } = outcome;
  if (lost.length > 0) wrong.push(`${String(lost.length)} lost`);
  if (backMs === null) wrong.push("it does not go on by itself");
  const most = (name: string): number =>
    Math.max(0, ...looksIn(outcome, name).map(({ memoryMb }) => memoryMb));
  const grown = most("during") - most("before");
  const allowed = fault.memoryMb ?? 150;
  if (grown > allowed) wrong.push(`it took ${String(grown)} MB more`);
  if (fault.othersWithinMs !== undefined) {
    for (const direction of ["in", "out"] as const) {
      const slowest = quantile(latencies(outcome, direction, "during"), 0.99);
      if (slowest > fault.othersWithinMs) {
        wrong.push(`what others sent ${direction} took ${String(Math.round(slowest))} ms`);
      }
    }
  }
  if (fault.part !== undefined) {
    const named = looksIn(outcome, "during").flatMap(({ wrong: parts }) => parts ?? []);
    if (!named.includes(fault.part)) wrong.push(`/ready does not name ${fault.part}`);
  }
  const { logs } = fault;
  if (logs !== undefined && ![...said.keys()].some((message) => logs.test(message))) {
    wrong.push(`the log does not say ${logs.source}`);
  }
  return wrong;
}
