/**
 * The load: threads that begin at the pod or at a bridge, and what others say in them. Whoever
 * says something below a post has seen it; whoever changes or ends one waits for what went before.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { comment, like } from "../../support/peer-relayables.ts";
import { newGuid, retraction, statusMessage } from "../../support/peer-messages.ts";
import { HEART } from "../../support/story-shown.ts";
import { textOf, type Book, type Direction, type Place } from "./book.ts";
import type { Cast } from "./cast.ts";
import type { ChaosClient } from "./client.ts";
import type { Clock } from "./clock.ts";
import type { Memory } from "./memory.ts";
import type { Pod } from "./pod.ts";
import { other, SIDES, type ChaosWorld, type Side } from "./world.ts";
import { publishBelow, publishPost, retractPost } from "./writing.ts";

export interface Stage {
  readonly world: ChaosWorld;
  readonly book: Book;
  readonly pod: Pod;
  readonly cast: Cast;
  /** What the authors' server acknowledged. */
  readonly memory: Memory;
  readonly random: () => number;
  readonly clock: Clock;
  /** Nothing new is begun any more. */
  isOver(): boolean;
}

const LONGEST_PAUSE_MS = 2_000;
/** Times of the federation are whole seconds: a change must be later than what it changes. */
const EDIT_AFTER_MS = 1_200;
const FROM_POD: Direction = "pod → XMPP";
const TO_POD: Direction = "XMPP → pod";
const ACROSS: Readonly<Record<Side, Direction>> = { a: "A → B", b: "B → A" };

/** What happens in a thread, drawn when it begins so that it does not depend on the clock. */
interface Plan {
  readonly origin: "pod" | Side;
  readonly who: number;
  readonly isLimited: boolean;
  /** Comments leave without waiting for the post that they are about. */
  readonly isEager: boolean;
  readonly side: Side;
  readonly likes: boolean;
  readonly edits: boolean;
  readonly retracts: boolean;
  readonly pauses: readonly number[];
}

function drawPlan(random: () => number): Plan {
  const origin = (["pod", "a", "b"] as const)[Math.floor(random() * 3)] ?? "pod";
  return {
    origin,
    who: Math.floor(random() * 4),
    isLimited: random() < 0.1,
    isEager: random() < 0.3,
    side: random() < 0.5 ? "a" : "b",
    likes: random() < 0.4,
    edits: random() < 0.2,
    retracts: random() < 0.05,
    pauses: Array.from({ length: 4 }, () => random() * LONGEST_PAUSE_MS),
  };
}

/** Threads at the rate that gives so many facts; a fact is one thing at one place. */
export async function runLoad(stage: Stage, items: number, withinMs: number): Promise<void> {
  const { book, random, clock, isOver } = stage;
  const began = clock.now();
  for (let thread = 1; !isOver(); thread += 1) {
    void live(stage, thread, drawPlan(random)).catch(() => undefined);
    // What was begun says more later: a little ahead is on time.
    const due = (book.facts.length / items) * withinMs;
    await clock.until(Math.max(clock.now() + 20, Math.min(clock.now() + 2_000, began + due)));
  }
}

async function live(stage: Stage, thread: number, plan: Plan): Promise<void> {
  if (plan.origin !== "pod") await atBridge(stage, thread, plan, plan.origin);
  else if (plan.isLimited) await forOne(stage, thread, plan);
  else await atPod(stage, thread, plan);
}

function expect(
  { book }: Stage,
  token: string,
  after: readonly string[],
  ways: readonly (readonly [Place, Direction])[],
): void {
  for (const [place, direction] of ways) book.expect({ token, place, direction, after });
}

async function atPod(stage: Stage, thread: number, plan: Plan): Promise<void> {
  const { book, pod, world } = stage;
  const writer = world.writers[plan.who % world.writers.length] ?? world.talker;
  const guid = newGuid();
  const [post, change, end] = tokensOf(thread);
  const createdAt = new Date();
  const both = SIDES.map((side) => [side, FROM_POD] as const);
  book.name(thread, guid);
  pod.begins(thread, writer);
  const toBoth = (payload: string): Promise<void> => pod.tell(SIDES, payload, writer);
  expect(stage, post, [], both);
  const told = toBoth(statusMessage(writer, { guid, text: textOf(post), createdAt }));
  if (!plan.isEager) await told;
  let last = post;
  for (const n of [1, 2]) {
    const token = `c${String(thread)}.${String(n)}`;
    expect(stage, token, [post, last], both);
    await toBoth(comment(world.talker, guid, textOf(token)).payload);
    last = token;
  }
  await told;
  if (plan.likes) {
    expect(stage, `l${String(thread)}.${world.talker.id}`, [post], both);
    await toBoth(like(world.talker, guid).payload);
  }
  await sleep(plan.pauses[0]);
  if (stage.isOver()) return;
  await commentBy(stage, thread, plan.side, authorOf(stage, plan.side, plan.who), [
    ["pod", TO_POD],
  ]);
  await sleep(EDIT_AFTER_MS);
  if (plan.edits && !stage.isOver()) {
    expect(stage, change, [post], both);
    const edited = { guid, text: textOf(change), createdAt, editedAt: new Date() };
    await toBoth(statusMessage(writer, edited));
  }
  if (plan.retracts && !stage.isOver()) {
    expect(stage, end, everythingOf(thread), both);
    await toBoth(retraction(writer, guid));
  }
}

/** A post for the reader of one side alone. */
async function forOne(stage: Stage, thread: number, plan: Plan): Promise<void> {
  const { book, pod, world, cast } = stage;
  const writer = world.writers[plan.who % world.writers.length] ?? world.talker;
  const guid = newGuid();
  const [post] = tokensOf(thread);
  book.name(thread, guid);
  expect(stage, post, [], [[plan.side, FROM_POD]]);
  const payload = statusMessage(writer, { guid, text: textOf(post), public: false });
  await pod.tellOne(cast.readers[plan.side].client.bare, payload, writer);
}

async function atBridge(stage: Stage, thread: number, plan: Plan, side: Side): Promise<void> {
  const { book, pod, world, cast, memory } = stage;
  const far = other(side);
  const author = authorOf(stage, side, plan.who);
  const [post, change, end] = tokensOf(thread);
  const id = `thread-${String(thread)}`;
  const ways = [["pod", TO_POD] as const, [far, ACROSS[side]] as const];
  const write = async (token: string): Promise<void> => {
    await publishPost(author, id, textOf(token));
    memory.wrote(author, id, token);
  };
  expect(stage, post, [], ways);
  await write(post);
  const guid = await book.seen("pod", post);
  cast.readers[side].opens(guid);
  await sleep(plan.pauses[0]);
  if (stage.isOver()) return;
  const replies: readonly (readonly [Place, Direction])[] = [
    [side, FROM_POD],
    [far, ACROSS[side]],
  ];
  let last = post;
  for (const n of [1, 2]) {
    const token = `c${String(thread)}.${String(n)}`;
    expect(stage, token, [post, last], replies);
    await pod.tell([side], comment(world.talker, guid, textOf(token)).payload, world.talker);
    last = token;
  }
  if (plan.likes) {
    expect(stage, `l${String(thread)}.${world.talker.id}`, [post], replies);
    await pod.tell([side], like(world.talker, guid).payload, world.talker);
  }
  if (plan.isEager) {
    await commentBy(stage, thread, far, authorOf(stage, far, plan.who), [
      [side, ACROSS[far]],
      ["pod", TO_POD],
    ]);
  }
  await sleep(plan.pauses[1]);
  if (plan.edits && !stage.isOver()) {
    expect(stage, change, [post], ways);
    await write(change);
    await sleep(plan.pauses[2]);
  }
  if (plan.retracts && !stage.isOver()) {
    expect(stage, end, everythingOf(thread), ways);
    await retractPost(author, id);
    memory.wrote(author, id, end);
  }
}

/** Two, one behind the other, or one and a like. */
async function commentBy(
  stage: Stage,
  thread: number,
  side: Side,
  author: ChaosClient,
  ways: readonly (readonly [Place, Direction])[],
): Promise<void> {
  const { book, world } = stage;
  const post = `p${String(thread)}`;
  await book.seen(side, post);
  const guid = book.guidOf(thread) ?? "";
  const { component } = world.bridges[side];
  const first = `c${String(thread)}.3`;
  expect(stage, first, [post], ways);
  await publishBelow(author, component, guid, { id: `say-${first}`, title: textOf(first) });
  if (stage.isOver()) return;
  if (thread % 2 === 0) {
    const second = `c${String(thread)}.4`;
    expect(stage, second, [post, first], ways);
    await publishBelow(author, component, guid, { id: `say-${second}`, title: textOf(second) });
  } else {
    expect(stage, `l${String(thread)}.${author.bare}`, [post], ways);
    await publishBelow(author, component, guid, { id: `like-${String(thread)}`, title: HEART });
  }
}

function authorOf({ cast }: Stage, side: Side, who: number): ChaosClient {
  const authors = cast.authors[side];
  const author = authors[who % authors.length];
  if (author === undefined) throw new Error(`nobody writes at ${side}`);
  return author;
}

function tokensOf(thread: number): readonly [post: string, change: string, end: string] {
  return [`p${String(thread)}`, `e${String(thread)}`, `r${String(thread)}`];
}

/** What must not be shown any more once its end was. */
function everythingOf(thread: number): readonly string[] {
  const [post, change] = tokensOf(thread);
  return [post, change, ...[1, 2, 3, 4].map((n) => `c${String(thread)}.${String(n)}`)];
}
