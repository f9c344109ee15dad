/**
 * Chance that can be repeated, as SQL: what a row gets depends on its number and on the seed
 * alone, never on the order in which rows are made. So a comment knows, without a look, who wrote
 * the post that it stands below.
 */

/** Which of a row's properties is drawn: each has a number of its own. */
export type Draw = number;

/** Between 0 and 1, the same for the same number, draw and seed. `n` is an expression. */
export function uniform(n: string, draw: Draw, seed: number): string {
  const salted = String(seed * 1_000 + draw);
  // 53 bits are what a double holds.
  return `((hashint8extended((${n})::bigint, ${salted}) & 9007199254740991) / 9007199254740992.0::float8)`;
}

/** 0 … `below` − 1, each as likely as the next. */
export function among(n: string, draw: Draw, seed: number, below: number | string): string {
  return `floor(${uniform(n, draw, seed)} * (${String(below)}))::bigint`;
}

/**
 * A rank from 1 to `last`, rank r with a chance of about 1/r (Zipf): whom people follow. The first
 * of a million is followed by every twentieth.
 */
export function zipf(chance: string, last: number | string): string {
  return `least(${String(last)}, floor(exp(${chance} * ln(${String(last)} + 1.0::float8))))::bigint`;
}

/** A rank from 1 to `last`, more often a low one, without anybody who outweighs the rest: who writes. */
export function skewed(chance: string, last: number | string): string {
  return `greatest(1, ceil(power(${chance}, 2) * ${String(last)}))::bigint`;
}

/** 32 hexadecimal digits, as pods make them. */
export function guid(kind: string, n: string, seed: number): string {
  return `md5('${kind} ${String(seed)} ' || (${n}))`;
}
