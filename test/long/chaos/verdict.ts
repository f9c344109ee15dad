/** What became of everything that was said, counted once for each place. */
import { threadOfToken, type Book, type Direction, type Fact, type Sighting } from "./book.ts";

export interface Count {
  sent: number;
  received: number;
  /** Overtaken by a change or by the end of the post, as it may be; never shown, and no more wanted. */
  overtaken: number;
  /** What the XMPP server lost by its own kill -9, though it had acknowledged it. */
  notHeld: number;
  readonly lost: Fact[];
  readonly doubled: Fact[];
  readonly unordered: { readonly fact: Fact; readonly before: string }[];
  repeats: number;
}

export const DIRECTIONS = ["XMPP → pod", "pod → XMPP", "A → B", "B → A"] as const;

export function guidOfFact(book: Book, { token }: Fact): string | undefined {
  return book.guidOf(threadOfToken(token));
}

export function verdict(book: Book): ReadonlyMap<Direction, Count> {
  const counts = new Map<Direction, Count>(DIRECTIONS.map((each) => [each, newCount()]));
  const retracted = new Set(
    book.facts
      .filter(({ token }) => token.startsWith("r"))
      .map(({ token }) => threadOfToken(token)),
  );
  const spoilt = new Set([...book.lostByServer].map(threadOfToken));
  for (const fact of book.facts) {
    const count = counts.get(fact.direction);
    if (count !== undefined) judge(book, fact, count, { retracted, spoilt });
  }
  return counts;
}

/** What is missing still, and is not excused. */
export function missing(book: Book): readonly Fact[] {
  return [...verdict(book).values()].flatMap(({ lost }) => lost);
}

function newCount(): Count {
  return {
    sent: 0,
    received: 0,
    overtaken: 0,
    notHeld: 0,
    lost: [],
    doubled: [],
    unordered: [],
    repeats: 0,
  };
}

interface Threads {
  readonly retracted: ReadonlySet<number>;
  readonly spoilt: ReadonlySet<number>;
}

function judge(book: Book, fact: Fact, count: Count, { retracted, spoilt }: Threads): void {
  const { token, place } = fact;
  const thread = threadOfToken(token);
  const sighting = book.sighting(place, token);
  count.sent += 1;
  if (sighting === undefined) {
    if (isOvertaken(book, fact, retracted.has(thread))) count.overtaken += 1;
    else if (spoilt.has(thread)) count.notHeld += 1;
    else count.lost.push(fact);
    return;
  }
  count.received += 1;
  count.repeats += Math.max(0, sighting.times - sighting.keys.size);
  if (keysOf(book, fact).size > 1) count.doubled.push(fact);
  for (const before of fact.after) {
    if (isLate(book.sighting(place, before), sighting, token)) {
      count.unordered.push({ fact, before });
    }
  }
}

/** A change has the name of what it changes. */
function keysOf(book: Book, { token, place }: Fact): ReadonlySet<string> {
  const post = token.startsWith("e") ? [`p${String(threadOfToken(token))}`] : [];
  const all = [token, ...post].map((each) => book.sighting(place, each));
  return new Set(all.flatMap((each) => [...(each?.keys ?? [])]));
}

function isLate(earlier: Sighting | undefined, later: Sighting, token: string): boolean {
  if (earlier === undefined || earlier.at < later.at) return false;
  // What was read has no place in the order, unless it was read after its end.
  return (earlier.pushed && later.pushed) || token.startsWith("r");
}

function isOvertaken(book: Book, { token, place }: Fact, isRetracted: boolean): boolean {
  const thread = String(threadOfToken(token));
  const changed = book.sighting(place, `e${thread}`) !== undefined;
  if (token.startsWith("p") && changed) return true;
  if (!isRetracted) return false;
  // Nobody is told of the end of what they never had.
  if (token.startsWith("r")) {
    return !changed && book.sighting(place, `p${thread}`) === undefined;
  }
  return true;
}
