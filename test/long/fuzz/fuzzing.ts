/** One input through its door, watched; and many of them, counted. */
import { isDxError } from "../../../src/errors/error.ts";
import type { Corpus } from "./corpus.ts";
import { waysDiffer } from "./both-ways.ts";
import { DOORS, type Receiver, type Taken } from "./doors.ts";
import { inputOf, type Input } from "./inputs.ts";
import { faultOf } from "./oracle.ts";

/** Of the processor, on this thread: the machine may be busy with others. */
export const MAX_MS = 250;
const TRIES = 3;

export interface Outcome {
  /** `taken`, or the code of the refusal. */
  readonly end: string;
  readonly ms: number;
  readonly failure: string | null;
}

type Ended = Pick<Outcome, "end" | "failure"> & { readonly taken: Taken };

async function pass(input: Input, corpus: Corpus, receiver: Receiver): Promise<Ended> {
  try {
    const taken = await DOORS[input.door](input, corpus, receiver);
    return { end: "taken", failure: null, taken };
  } catch (error) {
    if (isDxError(error)) return { end: error.code, failure: null, taken: null };
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { end: "crash", failure: `crashed: ${what}`, taken: null };
  }
}

function proven(taken: Taken, input: Input, corpus: Corpus): string | null {
  if (taken === null) return null;
  try {
    const fault = typeof taken === "function" ? taken() : faultOf(taken, input, corpus);
    return fault === null ? null : `taken, but ${fault}`;
  } catch (error) {
    return `taken, but the other reader says: ${String(error)}`;
  }
}

export async function runOne(input: Input, corpus: Corpus, receiver: Receiver): Promise<Outcome> {
  let best = Infinity;
  let ended: Ended | undefined;
  for (let i = 0; i < TRIES && best > MAX_MS; i += 1) {
    const before = process.threadCpuUsage();
    ended = await pass(input, corpus, receiver);
    const { user, system } = process.threadCpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  const { end = "crash", failure = null, taken = null } = ended ?? {};
  const slow = best > MAX_MS ? `took ${best.toFixed(0)} ms` : null;
  return {
    end,
    ms: best,
    failure: failure ?? slow ?? proven(taken, input, corpus) ?? waysDiffer(input),
  };
}

export interface Failure {
  readonly iteration: number;
  readonly input: Input;
  readonly what: string;
}

export interface Report {
  readonly executions: number;
  /** How often each end came, by door. */
  readonly ends: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly slowest: {
    readonly iteration: number;
    readonly ms: number;
    readonly input: Input;
  } | null;
  readonly failures: readonly Failure[];
}

export interface Fuzzing {
  readonly corpus: Corpus;
  readonly seed: number;
  readonly receiver: Receiver;
  /** Whether to go on to this iteration. */
  readonly goOn: (iteration: number, failures: number) => boolean;
  readonly from?: number;
}

/** Unhandled rejections come a turn of the event loop later. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Tally {
  add(iteration: number, input: Input, outcome: Outcome): void;
  failures(): number;
  report(executions: number): Report;
}

function createTally(): Tally {
  const ends = new Map<string, Map<string, number>>();
  const failures = new Map<string, Failure>();
  let slowest: Report["slowest"] = null;
  return {
    add(iteration, input, { end, ms, failure: what }) {
      const counts = ends.get(input.door) ?? new Map<string, number>();
      ends.set(input.door, counts.set(end, (counts.get(end) ?? 0) + 1));
      if (ms > (slowest?.ms ?? 0)) slowest = { iteration, ms, input };
      if (what === null) return;
      // One defect is found a thousand times: the first of each is kept.
      const kind = what.replace(/\d+/g, "").slice(0, 400);
      if (!failures.has(kind)) failures.set(kind, { iteration, input, what });
    },
    failures: () => failures.size,
    report: (executions) => ({ executions, ends, slowest, failures: [...failures.values()] }),
  };
}

export async function fuzz({ corpus, seed, receiver, goOn, from = 0 }: Fuzzing): Promise<Report> {
  const tally = createTally();
  let rejections: unknown[] = [];
  const listen = (reason: unknown): void => {
    rejections.push(reason);
  };
  process.on("unhandledRejection", listen);
  let iteration = from;
  for (; goOn(iteration, tally.failures()); iteration += 1) {
    const input = inputOf(corpus, seed, iteration);
    const outcome = await runOne(input, corpus, receiver);
    await nextTurn();
    const left = rejections.length > 0 ? `unhandled: ${rejections.join()}` : null;
    rejections = [];
    tally.add(iteration, input, { ...outcome, failure: left ?? outcome.failure });
  }
  process.off("unhandledRejection", listen);
  return tally.report(iteration - from);
}
