/** What was produced beside what was expected, field for field. */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { ErrorCode } from "../../src/errors/registry.ts";
import { agrees, sameClass } from "./error-classes.ts";
import { TIME_OF_RECEIPT } from "./dump.ts";
import type { Produced } from "./kinds.ts";
import type { Vector } from "./vectors.ts";

/** Longer strings are given by their hash. */
const LONG = 20_000;

/** A value as the vectors write it. */
export function asWritten(value: unknown): unknown {
  if (typeof value === "string") {
    if (value.length <= LONG) return value;
    const points = [...value].length;
    if (points <= LONG) return value;
    return {
      sha256_utf8: createHash("sha256").update(value).digest("hex"),
      bytes_utf8: Buffer.byteLength(value),
      code_points: points,
    };
  }
  if (Array.isArray(value)) return value.map(asWritten);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asWritten(inner)]));
}

const OBJECT = z.record(z.string(), z.unknown());
/** What the vectors say where a result depends on the receiver's clock. */
const UNDECIDED = /^depends on /;

function sameResults(expected: unknown, produced: unknown): boolean {
  if (!Array.isArray(expected) || !Array.isArray(produced)) return false;
  if (expected.length !== produced.length) return false;
  return expected.every((value: unknown, index) => {
    if (typeof value === "string" && UNDECIDED.test(value)) return true;
    const ours: unknown = produced[index];
    return isDeepStrictEqual(value, typeof ours === "bigint" ? Number(ours) : ours);
  });
}

/** The gem's versions know more or fewer fields: those that the vector gives must be the same. */
function sameFields(expected: unknown, produced: unknown): boolean {
  const ours = OBJECT.safeParse(produced);
  if (!ours.success) return false;
  return Object.entries(OBJECT.parse(expected)).every(([key, value]) =>
    isDeepStrictEqual(value, ours.data[key]),
  );
}

function sameError(expected: { readonly class: string }, code: ErrorCode | null): boolean {
  return code !== null && agrees(code, expected.class);
}

const READING = z.looseObject({
  valid: z.boolean().nullable(),
  properties: z.unknown().optional(),
  error: z.looseObject({ class: z.string().nullable() }).optional(),
});

/** A default of "now" was not taken out everywhere. */
function withoutClock({ properties, ...reading }: z.infer<typeof READING>, ours: unknown): unknown {
  const clock = OBJECT.safeParse(ours).data?.["created_at"] === TIME_OF_RECEIPT;
  const dated = OBJECT.safeParse(properties).data;
  return { ...reading, properties: clock ? { ...dated, created_at: null } : properties };
}

/** How one version of the gem reads it: all the same, but for what an error says. */
function sameReading(expected: unknown, produced: unknown): boolean {
  const { error: theirError, ...theirs } = READING.parse(expected);
  const { error: ourError, ...ours } = READING.parse(produced ?? { valid: null });
  const [left, right] = [theirs, ours].map((one) => withoutClock(one, ours.properties));
  return (
    isDeepStrictEqual(left, right) && sameClass(theirError?.class ?? null, ourError?.class ?? null)
  );
}

function same(field: string, expected: unknown, produced: unknown): boolean {
  if (field === "results") return sameResults(expected, produced);
  if (field === "fields") return sameFields(expected, produced);
  if (field.startsWith("read_by_gem_")) return sameReading(expected, produced);
  return isDeepStrictEqual(expected, produced);
}

function brief(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 300);
}

/** Fields that the vectors do not give, but that the kind must reproduce from its own input. */
function selfChecks({ kind, input }: Vector, produced: Produced): string[] {
  const differs: string[] = [];
  if (kind === "magic-envelope" && produced["sealed_xml"] !== input["body"]) {
    differs.push("sealed_xml: sealing the payload again gives other bytes");
  }
  if (kind === "encrypted-magic-envelope") {
    if (produced["sealed_xml"] !== produced["magic_envelope_xml"]) {
      differs.push("sealed_xml: sealing the payload again gives other bytes");
    }
    if (produced["ciphertext_same"] !== true) differs.push("ciphertext: encrypts to other bytes");
  }
  if (kind.endsWith("-slap") && produced["sealed_same"] !== true) {
    differs.push("sealed_same: sealing the payload again gives other bytes");
  }
  if (kind === "relayable-signature" && produced["rewritten"] !== input["xml"]) {
    differs.push("rewritten: the XML written again is another one");
  }
  return differs;
}

function validity(expected: boolean, produced: unknown, code: ErrorCode | null): string[] {
  if (produced === expected) return [];
  const why = code === null ? "" : ` (${code})`;
  return [`valid: expected ${String(expected)}, produced ${String(produced)}${why}`];
}

/** Every difference as a line; none when there is nothing to compare with. */
export function differences(vector: Vector, produced: Produced, code: ErrorCode | null): string[] {
  const { expected } = vector;
  if (expected === undefined) return [];
  const { policy: _policy, valid, error, ...fields } = expected;
  const found = validity(valid, produced["valid"], code);
  if (found.length === 0 && error !== undefined && !sameError(error, code)) {
    found.push(`error: expected ${error.class}, produced ${String(code)}`);
  }
  for (const [field, value] of Object.entries(fields)) {
    // What was refused here has little more to show.
    if (produced["valid"] !== true && produced[field] === undefined) continue;
    const ours = asWritten(produced[field]);
    if (same(field, value, ours)) continue;
    found.push(`${field}: expected ${brief(value)}, produced ${brief(ours)}`);
  }
  return valid && produced["valid"] === true ? [...found, ...selfChecks(vector, produced)] : found;
}
