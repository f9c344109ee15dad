/** The rules and the store, driven by steps; what comes out is held against the model. */
import assert from "node:assert/strict";
import type { Activity, PostActivity } from "../../../../src/activitystreams/activity.ts";
import type { Acts } from "../../../../src/activitystreams/acts.ts";
import {
  parsePersonAddress,
  type DestinationKind,
  type PendingDelivery,
} from "../../../../src/activitystreams/delivery.ts";
import type { Guid } from "../../../../src/activitystreams/ids.ts";
import { createActs } from "../../../../src/bridge/acts.ts";
import type { Account, KnownPerson } from "../../../../src/bridge/ports.ts";
import { describeError, isDxError } from "../../../../src/errors/error.ts";
import { createDeliveryQueue } from "../../../../src/store/adapter.ts";
import { rows } from "../../../../src/store/database.ts";
import { newestPublicPosts, publicPost } from "../../../../src/store/posts.ts";
import { guidNumber } from "../../../support/fixtures.ts";
import { bridgeBench, NOW, type Bench } from "../bench.ts";
import {
  createModel,
  isLocal,
  LOCALS,
  REMOTES,
  type Local,
  type Model,
  type Name,
  type Remote,
  type Thing,
} from "./model.ts";

export interface Inbound {
  readonly activity: Activity;
  readonly sender: Remote;
  readonly to?: Local;
}

export interface World extends AsyncDisposable {
  readonly bench: Bench;
  readonly model: Model;
  readonly acts: Omit<Acts, "send">;
  readonly local: Readonly<Record<Local, Account>>;
  readonly remote: Readonly<Record<Remote, KnownPerson>>;
  /** What came that may come again. */
  readonly inbound: Inbound[];
  /** Everything that ever left, by where it went: words of content and ends of things. */
  readonly held: Map<string, Set<Guid>>;
  readonly ended: Map<string, Set<Guid>>;
  /** How many limited things went out: a test of nothing would find nothing. */
  limited: number;
  newThing(author: Name, kind: Thing["kind"], root: Thing | null, readers: Set<Name> | null): Thing;
  receive(message: Inbound): Promise<void>;
  /** True when it was done; DxErrors are answers. */
  attempt(work: () => Promise<unknown>): Promise<boolean>;
  /** Everything that waits goes out where `may` lets it, and is held against the model. */
  deliver(may?: (address: string) => boolean): Promise<void>;
  /** What each reader finds, held against the model; the same for the same state. */
  look(): Promise<Record<string, unknown>>;
}

const PODS: Readonly<Record<Remote, string>> = {
  alice: "https://pod.example/",
  adam: "https://pod.example/",
  carol: "https://other.example/",
  dan: "https://third.example/",
};
const KINDS: readonly DestinationKind[] = ["pod", "person", "jid", "stream", "node"];

export async function createWorld(): Promise<World> {
  const bench = await bridgeBench();
  const model = createModel();
  const local = {
    bob: await bench.account("bob@example.org"),
    dave: await bench.account("dave@example.org"),
    eve: await bench.account("eve@example.org"),
  };
  const remote = {
    alice: await bench.remote("alice@pod.example", PODS.alice),
    adam: await bench.remote("adam@pod.example", PODS.adam),
    carol: await bench.remote("carol@other.example", PODS.carol),
    dan: await bench.remote("dan@third.example", PODS.dan),
  };
  const world: World = {
    bench,
    model,
    acts: createActs(bench.store, bench.effects),
    local,
    remote,
    inbound: [],
    held: new Map(),
    ended: new Map(),
    limited: 0,
    newThing(author, kind, root, readers) {
      const number = model.things.length + 1;
      const guid = guidNumber(0xc0de_0000 + number);
      return addThing(model, { guid, author, kind, root, readers });
    },
    async receive(message) {
      const { activity, sender, to } = message;
      const recipient = to === undefined ? undefined : local[to];
      await world.attempt(() => bench.receive(activity, remote[sender], recipient, "<relay/>"));
    },
    async attempt(work) {
      try {
        await work();
        return true;
      } catch (error) {
        if (!isDxError(error)) throw error;
        // That is what a log gets, and whoever asked.
        const told = `${describeError(error)} ${JSON.stringify(error.evidence)}`;
        assert.deepEqual(tokensIn(world, told), []);
        return false;
      }
    },
    deliver: (may = () => true) => deliver(world, may),
    look: () => look(world),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
  return world;
}

/** Of a local person's own making: the GUID is the rules'. */
export function addThing(
  model: Model,
  made: Pick<Thing, "guid" | "author" | "kind" | "readers"> & { readonly root: Thing | null },
): Thing {
  const token = tokenOf(model.things.length + 1);
  const { root, ...rest } = made;
  // A post is its own root.
  const thing = { ...rest, token, deleted: false } as Omit<Thing, "root"> & { root?: Thing };
  thing.root = root ?? (thing as Thing);
  model.things.push(thing as Thing);
  return thing as Thing;
}

/** The next thing's word. */
export function tokenOf(number: number): string {
  return `word${String(number)}x`;
}

export function base(person: KnownPerson): Pick<PostActivity, "actor" | "published"> {
  const actor = { network: "diaspora", id: person.diasporaId, name: person.name } as const;
  // Long before the changes of it.
  return { actor, published: new Date(NOW.getTime() - 2e9) };
}

function tokensIn(world: World, text: string): Thing[] {
  return world.model.things.filter(({ token }) => text.includes(token));
}

async function deliver(world: World, may: (address: string) => boolean): Promise<void> {
  const { db } = world.bench;
  for (let round = 0; ; round += 1) {
    assert.ok(round < 20, "what waits comes to an end");
    const due = await rows<{ id: string; kind: DestinationKind; address: string }>(
      db,
      `select distinct t.id, t.kind, t.address from destinations t
       join deliveries d on d.destination_id = t.id where t.kind = any(?::text[]) order by t.id`,
      [[...KINDS]],
    );
    const chosen = due.filter(({ address }) => may(address));
    if (chosen.length === 0) return;
    for (const { id, kind, address } of chosen) await drain(world, { id, kind, address });
  }
}

async function drain(
  world: World,
  { id, kind, address }: { id: string; kind: DestinationKind; address: string },
): Promise<void> {
  const isFar = kind === "pod" || kind === "person";
  const queue = createDeliveryQueue(world.bench.db, 1, isFar);
  const pending = await queue.pending([id], 1_000);
  for (const delivery of pending) {
    if (kind === "stream") {
      for (const { jid } of await queue.readers(delivery, null, 100)) hear(world, delivery, jid);
    } else if (kind === "jid") hear(world, delivery, address);
    else leave(world, delivery, kind, address);
  }
  await queue.finish({ delivered: pending, refused: [] });
}

/** It leaves for a pod, for somebody's mailbox there, or for a foreign node. */
function leave(
  world: World,
  { content }: PendingDelivery,
  kind: DestinationKind,
  address: string,
): void {
  const text = JSON.stringify(content);
  const guid = kind === "person" ? parsePersonAddress(address)?.guid : undefined;
  const who = REMOTES.find((name) => world.remote[name].guid === guid) ?? null;
  for (const thing of tokensIn(world, text)) {
    assert.ok(!thing.deleted, `${thing.token} goes to ${address} after its end`);
    assert.ok(world.model.maySee(thing, who), `${thing.token} goes to ${address}`);
    if (thing.root.readers !== null) world.limited += 1;
  }
  if (content.type === "signal" || !("guid" in content.activity.object)) return;
  const { verb, object } = content.activity;
  const kept = verb === "delete" ? world.ended : world.held;
  kept.set(address, (kept.get(address) ?? new Set()).add(object.guid));
}

/** It goes to a reader on the XMPP side. */
function hear(world: World, { content }: PendingDelivery, jid: string): void {
  const who = LOCALS.find((name) => world.local[name].jid === jid) ?? null;
  for (const thing of tokensIn(world, JSON.stringify(content))) {
    assert.ok(!thing.deleted, `${thing.token} is shown to ${jid} after its end`);
    assert.ok(mayRead(world, thing, who), `${thing.token} is shown to ${jid}`);
    if (thing.root.readers !== null) world.limited += 1;
  }
}

/** Now: whoever wants nothing of somebody does not see them either. */
export function mayRead({ model }: World, thing: Thing, who: Local | null): boolean {
  return (
    model.maySee(thing, who) &&
    (who === null || !model.areApart(who, thing.author)) &&
    (who === null || !model.areApart(who, thing.root.author))
  );
}

const PAGE = { max: 100, order: "creation" } as const;

async function look(world: World): Promise<Record<string, unknown>> {
  const readers = [...LOCALS, null];
  const found = await Promise.all(readers.map((who) => readAll(world, who)));
  await readPages(world);
  return Object.fromEntries(readers.map((who, index) => [who ?? "nobody", found[index]]));
}

/** Streams, threads and attachments as this reader finds them, with their counts. */
async function readAll(world: World, who: Local | null): Promise<unknown> {
  const { store } = world.bench;
  const readerKey = who === null ? null : world.local[who].key;
  const found: unknown[] = [];
  for (const name of [...LOCALS, ...REMOTES]) {
    const authorKey = isLocal(name) ? world.local[name].key : world.remote[name].key;
    const page = await store.streamPage({ ...PAGE, authorKey, readerKey });
    assert.equal(page.count, page.items.length, "nobody counts what they cannot see");
    const seen = page.items.map(({ activity: { object } }) => object);
    check(world, seen, who);
    found.push(seen.map(({ guid, ...object }) => [guid, "markdown" in object && object.markdown]));
  }
  for (const thing of world.model.things) {
    if (thing.kind !== "comment") found.push(await readThread(world, thing, who));
  }
  if (who !== null) check(world, await exported(world, who), who, true);
  return found;
}

async function readThread(world: World, thing: Thing, who: Local | null): Promise<unknown> {
  const { store } = world.bench;
  const readerKey = who === null ? null : world.local[who].key;
  const thread = await store.threadPage({ ...PAGE, postGuid: thing.guid, readerKey });
  const isThere = !thing.deleted && mayRead(world, thing, who);
  assert.equal(thread !== null, isThere, `${thing.token} is there for ${who ?? "a stranger"}`);
  check(world, thread, who);
  if (thing.readers !== null) {
    assert.equal((await store.attachmentsOf(thing.guid, readerKey)) !== null, isThere);
  }
  const items = thread?.page.items ?? [];
  assert.equal(thread?.page.count ?? 0, items.length);
  return items.map(({ activity: { object } }) => object).sort(byGuid);
}

function byGuid(one: { readonly guid: Guid }, other: { readonly guid: Guid }): number {
  return one.guid < other.guid ? -1 : 1;
}

async function exported({ bench, local }: World, who: Local): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const one of bench.store.everythingOf(local[who].key)) found.push(one);
  return found;
}

/** `own`: what they said themselves stays theirs. */
function check(world: World, seen: unknown, who: Local | null, own = false): void {
  for (const thing of tokensIn(world, JSON.stringify(seen))) {
    const name = `${thing.token} for ${who ?? "a stranger"}`;
    assert.ok(!thing.deleted, `${name} after its end`);
    if (own) assert.equal(thing.root.readers === null || thing.author === who, true, name);
    else assert.ok(mayRead(world, thing, who), name);
  }
}

/** What pods may fetch, and the pages of people. */
async function readPages({ bench, model, local }: World): Promise<void> {
  for (const { guid, root, deleted, kind } of model.things) {
    const served = await publicPost(bench.db, "post", guid);
    const isServed = !deleted && root.readers === null && kind !== "comment";
    assert.equal(served !== null, isServed, "only public posts are fetched");
  }
  for (const name of LOCALS) {
    const newest = await newestPublicPosts(bench.db, local[name].guid, 100);
    const posts = model.things.filter(
      ({ author, root, deleted, kind }) =>
        author === name && kind !== "comment" && root.readers === null && !deleted,
    );
    assert.deepEqual([...newest].sort(), posts.map(({ guid }) => guid).sort());
  }
}
