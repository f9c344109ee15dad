/**
 * What was said, where it has to be seen, and what was seen there. A token in the words says which
 * one it is: `p12` the post of thread 12, `e12` the same post changed, `c12.1` a comment below it,
 * `l12.ID` somebody's like of it, `r12` its end.
 */

export type Place = "pod" | "a" | "b";
export type Direction = "XMPP → pod" | "pod → XMPP" | "A → B" | "B → A";

export interface Fact {
  readonly token: string;
  readonly place: Place;
  readonly direction: Direction;
  /** Tokens that must not come later than this one. */
  readonly after: readonly string[];
}

export interface Sighting {
  /** Counts all sightings of everybody. */
  readonly at: number;
  /** It came by itself, and was not read: only then its place among others says something. */
  readonly pushed: boolean;
  readonly keys: Set<string>;
  times: number;
}

export interface Book {
  readonly facts: readonly Fact[];
  expect(fact: Fact): void;
  /** `key`: what readers recognise it by. */
  saw(place: Place, token: string, key: string, pushed: boolean): void;
  sighting(place: Place, token: string): Sighting | undefined;
  /** Resolves with the key when it is seen there. */
  seen(place: Place, token: string): Promise<string>;
  /** The federation's name of a thread's post. */
  name(thread: number, guid: string): void;
  guidOf(thread: number): string | undefined;
  threadOf(guid: string): number | undefined;
  /** The XMPP server lost what it had acknowledged. */
  serverLost(token: string): void;
  readonly lostByServer: ReadonlySet<string>;
}

export const textOf = (token: string): string => `chaos ${token}! Two households, both alike`;

export function tokenIn(text: string): string | null {
  return /chaos ([pec]\d+(?:\.\d+)?)!/.exec(text)?.[1] ?? null;
}

export function threadOfToken(token: string): number {
  return Number(/^[a-z](\d+)/.exec(token)?.[1]);
}

export function openBook(): Book {
  const facts: Fact[] = [];
  const expected = new Set<string>();
  const sightings = new Map<string, Sighting>();
  const waiting = new Map<string, ((key: string) => void)[]>();
  const guids = new Map<number, string>();
  const threads = new Map<string, number>();
  const lostByServer = new Set<string>();
  let count = 0;
  const nameOf = (place: Place, token: string): string => `${place} ${token}`;
  return {
    facts,
    expect(fact) {
      const name = nameOf(fact.place, fact.token);
      if (expected.has(name)) return;
      expected.add(name);
      facts.push(fact);
    },
    saw(place, token, key, pushed) {
      const name = nameOf(place, token);
      const known = sightings.get(name);
      if (known !== undefined) {
        known.keys.add(key);
        if (pushed) known.times += 1;
        return;
      }
      count += 1;
      sightings.set(name, { at: count, pushed, keys: new Set([key]), times: 1 });
      for (const tell of waiting.get(name) ?? []) tell(key);
      waiting.delete(name);
    },
    sighting: (place, token) => sightings.get(nameOf(place, token)),
    seen(place, token) {
      const name = nameOf(place, token);
      const [key] = sightings.get(name)?.keys ?? [];
      if (key !== undefined) return Promise.resolve(key);
      return new Promise((resolve) => {
        waiting.set(name, [...(waiting.get(name) ?? []), resolve]);
      });
    },
    name(thread, guid) {
      if (guids.has(thread)) return;
      guids.set(thread, guid);
      threads.set(guid, thread);
    },
    guidOf: (thread) => guids.get(thread),
    threadOf: (guid) => threads.get(guid),
    serverLost(token) {
      lostByServer.add(token);
    },
    lostByServer,
  };
}
