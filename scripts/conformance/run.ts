/** Runs a folder of vectors; one outcome for each. */
import { describeError, isDxError } from "../../src/errors/error.ts";
import type { ErrorCode } from "../../src/errors/registry.ts";
import { differences } from "./compare.ts";
import { RUNNERS, type Produced, type Runner } from "./kinds.ts";
import { readSurroundings, readVectors, type Surroundings, type Vector } from "./vectors.ts";

export interface Outcome {
  readonly vector: Vector;
  /** `differs`: not what the gem does, where nobody must. `reported`: nothing to compare with. */
  readonly state: "passed" | "failed" | "differs" | "reported" | "skipped";
  readonly produced: Produced;
  readonly error: { readonly code: ErrorCode | null; readonly message: string } | null;
  readonly differences: readonly string[];
}

export interface RunOptions {
  /** Default: every kind there is a runner for; others are skipped. */
  readonly kinds?: readonly string[];
  readonly now?: Date;
}

type Attempt = Pick<Outcome, "produced" | "error">;

async function attempt(
  runner: Runner,
  vector: Vector,
  surroundings: Surroundings,
): Promise<Attempt> {
  try {
    const { error, ...produced } = await runner(vector, surroundings);
    return { produced, error: error === undefined ? null : described(error) };
  } catch (error) {
    return { produced: { valid: false }, error: described(error) };
  }
}

function described(error: unknown): Outcome["error"] {
  return { code: isDxError(error) ? error.code : null, message: describeError(error) };
}

function judge(vector: Vector, tried: Attempt): Outcome {
  const crashed = tried.error !== null && tried.error.code === null;
  const found = crashed
    ? [`crashed: ${tried.error.message}`]
    : differences(vector, tried.produced, tried.error?.code ?? null);
  const state = ((): Outcome["state"] => {
    if (crashed) return "failed";
    if (vector.expected === undefined) return "reported";
    if (found.length === 0) return "passed";
    return vector.expected.policy === "must" ? "failed" : "differs";
  })();
  return { vector, state, ...tried, differences: found };
}

export async function* runVectors(dir: string, options: RunOptions = {}): AsyncGenerator<Outcome> {
  const { kinds = [], now = new Date() } = options;
  const surroundings = await readSurroundings(dir, now);
  for await (const vector of readVectors(dir, kinds)) {
    const runner = RUNNERS.get(vector.kind);
    if (runner !== undefined) {
      yield judge(vector, await attempt(runner, vector, surroundings));
      continue;
    }
    const asked = kinds.includes(vector.kind);
    yield {
      vector,
      // Whoever asks for a kind by name wants it done.
      state: asked ? "failed" : "skipped",
      produced: {},
      error: null,
      differences: asked ? ["there is no runner for this kind"] : [],
    };
  }
}
