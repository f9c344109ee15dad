/** What is to be seeded, and by which number each row is found without a look. */
import { among, skewed, uniform } from "./random.ts";

export interface SeedWishes {
  readonly people: number;
  readonly pods: number;
  readonly activities: number;
  /** The same seed makes the same rows. */
  readonly seed: number;
}

/** Where the ids begin: behind what is there. */
export interface Bases {
  readonly person: number;
  readonly pod: number;
  readonly activity: number;
  readonly destination: number;
}

export type SeedPlan = SeedWishes & { readonly base: Bases };

/** One person of ten is of here. */
export const LOCAL_EVERY = 10;
/** What people of here are called; no server serves it. */
export const SEEDED_DOMAIN = "seeded.example";

export const localPeople = (plan: SeedWishes): number => Math.floor(plan.people / LOCAL_EVERY);
export const remotePeople = (plan: SeedWishes): number => plan.people - localPeople(plan);

/** The number among all people of the j-th of here, and of the r-th elsewhere; both from 1. */
export const localNumber = (j: string): string => `((${j}) * ${String(LOCAL_EVERY)})`;
export const remoteNumber = (r: string): string =>
  `((${r}) + ((${r}) - 1) / ${String(LOCAL_EVERY - 1)})`;
export const isLocal = (k: string): string => `((${k}) % ${String(LOCAL_EVERY)} = 0)`;

/** Of twenty activities six are posts, five comments, seven likes, and one each the others. */
export const BLOCK = 20;
export const POSTS_OF_BLOCK = 6;
/** The first post of every so many blocks is one that many answer. */
const POPULAR_EVERY = 50;

/** Each property of an activity that is drawn. */
export const DRAW = {
  author: 1,
  age: 2,
  popular: 3,
  which: 4,
  limited: 5,
  deleted: 6,
  pods: 7,
  firstPod: 8,
  length: 9,
  readers: 10,
  photo: 11,
  refused: 12,
} as const;

/** The person's number. `n` is that of an activity, from 0. */
export function authorOf(n: string, { seed, people }: SeedWishes): string {
  return skewed(uniform(n, DRAW.author, seed), people);
}

/** Posts of few only. `n` is that of a post. */
export function isLimited(n: string, { seed }: SeedWishes): string {
  return `(${uniform(n, DRAW.limited, seed)} < 0.1)`;
}

export function isDeleted(n: string, { seed }: SeedWishes): string {
  return `(${uniform(n, DRAW.deleted, seed)} < 0.02)`;
}

/** Behind a subselect: what it draws is drawn once, and not anew wherever it is named. */
export const ONCE = "offset 0";

/**
 * The activities from `first` to `last` with their place in the block and the post at the top:
 * `n, slot, root`. What is new is answered most, and some posts more than others.
 */
export function numbered({ seed }: SeedWishes, first: number, last: number): string {
  const block = `(n / ${String(BLOCK)})`;
  const age = `(floor(exp(${uniform("n", DRAW.age, seed)} * ln(${block} + 1.0::float8)))::bigint - 1)`;
  const above = `(${block} - ${age})`;
  const popular = `${above} - ${above} % ${String(POPULAR_EVERY)}`;
  const which = `floor(power(${uniform("n", DRAW.which, seed)}, 2) * ${String(POSTS_OF_BLOCK)})::bigint`;
  return `select n, n % ${String(BLOCK)} as slot, case
      when n % ${String(BLOCK)} < ${String(POSTS_OF_BLOCK)} then n
      when ${uniform("n", DRAW.popular, seed)} < 0.2 then (${popular}) * ${String(BLOCK)}
      else ${above} * ${String(BLOCK)} + ${which} end as root
    from generate_series(${String(first)}::bigint, ${String(last)}::bigint) as n ${ONCE}`;
}

/** The first of the pods that a post of here went to; the others follow it. `n` is the post's. */
export function firstPodOf(n: string, { seed, pods }: SeedWishes): string {
  return among(n, DRAW.firstPod, seed, pods);
}

/** How many they are: mostly few. */
export function podsOf(n: string, { seed, pods }: SeedWishes): string {
  const most = String(Math.min(60, pods));
  return `greatest(1, ceil(power(${uniform(n, DRAW.pods, seed)}, 3) * ${most}))::bigint`;
}

/** Ids of destinations, each kind behind the other. */
export const DESTINATION = {
  /** `k` from 1, as of the pods. */
  pod: (k: string, { base }: SeedPlan): string => `(${String(base.destination)} + (${k}))`,
  inbox: (k: string, { base, pods }: SeedPlan): string =>
    `(${String(base.destination + pods)} + (${k}))`,
  /** `k` as of the people. */
  stream: (k: string, { base, pods }: SeedPlan): string =>
    `(${String(base.destination + 2 * pods)} + (${k}))`,
  person: (k: string, { base, pods, people }: SeedPlan): string =>
    `(${String(base.destination + 2 * pods + people)} + (${k}))`,
  jid: (k: string, { base, pods, people }: SeedPlan): string =>
    `(${String(base.destination + 2 * pods + 2 * people)} + (${k}))`,
} as const;
