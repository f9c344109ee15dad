/**
 * Each of the ways that much is done on, gone once with the real daemon: what pods send, what people
 * write and read, and what happens by itself.
 */
import { newGuid, contact, reshare, retraction, statusMessage } from "./peer-messages.ts";
import { comment, like } from "./peer-relayables.ts";
import { newPerson, type PeerPerson } from "./peer-person.ts";
import { seal } from "./peer-envelope.ts";
import { postPrivate, postPublic } from "./peer.ts";
import { pause, until, type TestClient } from "./e2e-client.ts";
import { itemsOfNode, publishComment } from "./e2e-comments.ts";
import {
  configureNode,
  optIn,
  publish,
  readItems,
  retract,
  subscribe,
  virtualJid,
} from "./e2e-social.ts";
import { ourPerson } from "./e2e-posts.ts";
import { BASE, COMPONENT } from "./e2e-world.ts";
import type { Capture } from "./statement-capture.ts";
import { startStatementWorld, type StatementWorld } from "./statement-world.ts";

/** `many`: how many activities of it there were; `seconds`: how long all of it took. */
export interface Path {
  readonly name: string;
  readonly many: number;
  readonly seconds: number;
}

/** Nothing is done from outside: what there is happens by itself. */
export const AT_REST = "nothing happens";

interface Scene {
  readonly restMs: number;
  readonly world: StatementWorld;
  readonly alice: PeerPerson;
  readonly bob: PeerPerson;
  readonly others: readonly PeerPerson[];
  readonly anna: TestClient;
  readonly cleo: TestClient;
  /** Posts of alice's, and items of anna's. */
  readonly posts: string[];
  readonly items: string[];
  /** Of what the pods got. */
  readonly guids: { opened: number; readonly byText: Map<string, string> };
}

interface Step {
  readonly name: string;
  readonly times?: number;
  readonly run: (scene: Scene, index: number) => Promise<void>;
}

const commentsOf = (guid: string): string => `urn:xmpp:microblog:0:comments/${guid}`;

async function send({ world }: Scene, payload: string, author: PeerPerson): Promise<void> {
  const { status } = await postPublic(world.peer, BASE, seal(payload, author));
  if (status !== 202) throw new Error(`the POST was answered ${String(status)}`);
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error("nothing was written so far");
  return found;
}

/** Under which GUID the pods know an item of ours. */
async function guidOf({ world, guids }: Scene, text: string): Promise<string> {
  return await until(`"${text}" at the pod`, async () => {
    for (const receipt of world.peer.receipts.slice(guids.opened)) {
      guids.opened += 1;
      const { values } = await world.peer.open(receipt);
      if (values["text"] !== undefined) guids.byText.set(values["text"], values["guid"] ?? "");
    }
    return guids.byText.get(text);
  });
}

const RECEIVING: readonly Step[] = [
  {
    name: "a public post comes",
    run: async (scene) => {
      const guid = newGuid();
      scene.posts.push(guid);
      await send(scene, statusMessage(scene.alice, { guid, text: "news from afar" }), scene.alice);
    },
  },
  {
    name: "a limited post comes",
    run: async ({ world, alice, anna }) => {
      const me = await ourPerson(world.peer, anna);
      const post = statusMessage(alice, { guid: newGuid(), text: "for few", public: false });
      await postPrivate(world.peer, me, post, alice);
    },
  },
  {
    name: "a share comes",
    run: async (scene, index) => {
      const root = { author: scene.alice.id, guid: at(scene.posts, index) };
      await send(scene, reshare(scene.bob, newGuid(), root), scene.bob);
    },
  },
  {
    name: "a comment comes, below a post of a pod",
    run: async (scene) => {
      const guid = at(scene.posts, 0);
      await send(scene, comment(scene.bob, guid, "indeed").payload, scene.alice);
    },
  },
  {
    name: "a like comes, of a post of a pod",
    run: async (scene, index) => {
      await send(scene, like(scene.bob, at(scene.posts, index)).payload, scene.alice);
    },
  },
];

const PUBLISHING: readonly Step[] = [
  {
    name: "somebody here posts",
    run: async (scene, index) => {
      const { id } = await publish(scene.anna, { text: `our post ${String(index)}` });
      scene.items.push(id);
      await guidOf(scene, `our post ${String(index)}`);
    },
  },
  {
    name: "somebody here comments",
    run: async ({ anna, posts }, index) => {
      const node = commentsOf(at(posts, 0));
      await publishComment(anna, { service: COMPONENT, node }, `so it is ${String(index)}`);
    },
  },
  {
    name: "a comment comes, below a post of here",
    run: async (scene, index) => {
      const guid = await guidOf(scene, "our post 0");
      const { world, anna, bob } = scene;
      const me = await ourPerson(world.peer, anna);
      await postPrivate(world.peer, me, comment(bob, guid, `hear ${String(index)}`).payload, bob);
    },
  },
  {
    name: "a like comes, of a post of here",
    run: async (scene, index) => {
      const guid = await guidOf(scene, `our post ${String(index)}`);
      const { world, anna, bob } = scene;
      const me = await ourPerson(world.peer, anna);
      await postPrivate(world.peer, me, like(bob, guid).payload, bob);
    },
  },
];

const READING: readonly Step[] = [
  {
    name: "somebody reads a stream",
    run: async ({ anna, alice }) => {
      await readItems(anna, virtualJid(alice.id, COMPONENT));
    },
  },
  {
    name: "somebody reads comments",
    run: async ({ anna, posts }) => {
      await itemsOfNode(anna, { service: COMPONENT, node: commentsOf(at(posts, 0)) });
    },
  },
  {
    name: "somebody reads attachments",
    run: async ({ anna, alice, posts }) => {
      const service = virtualJid(alice.id, COMPONENT);
      const item = `${service}?;node=urn:xmpp:microblog:0;item=${at(posts, 0)}`;
      await itemsOfNode(anna, { service, node: `urn:xmpp:pubsub-attachments:1/xmpp:${item}` });
    },
  },
  {
    name: "a pod asks for a person, a post and the stream",
    times: 1,
    run: async (scene) => {
      const { world, anna } = scene;
      const guid = await guidOf(scene, "our post 0");
      const me = await ourPerson(world.peer, anna);
      for (const path of [`fetch/post/${guid}`, `people/${me.guid}/stream`, "nodeinfo/2.1"]) {
        await world.peer.fetch(new URL(path, BASE).href);
      }
    },
  },
];

const ENDING: readonly Step[] = [
  {
    name: "a post is taken back by a pod",
    run: async (scene, index) => {
      await send(scene, retraction(scene.alice, at(scene.posts, index)), scene.alice);
    },
  },
  {
    name: "somebody here takes a post back",
    run: async ({ world, anna, items }, index) => {
      const before = world.peer.receipts.length;
      await retract(anna, at(items, index));
      // It is believed when a second look has found it gone.
      await until("told the pods", () => world.peer.receipts.length > before, 30_000);
    },
  },
  {
    name: "a pod is away",
    times: 1,
    run: async ({ world, anna }) => {
      await world.peer.setFault(500);
      await publish(anna, { text: "into the dark" });
      await until("tried", () => world.peer.receipts.some(({ status }) => status === 500));
      await pause(500);
      await world.peer.setFault(null);
    },
  },
  {
    name: AT_REST,
    times: 1,
    run: async ({ world, restMs }) => {
      await fetch(`http://127.0.0.1:${String(world.metricsPort)}/metrics`);
      await pause(restMs);
    },
  },
];

const BEGINNING: readonly Step[] = [
  {
    name: "somebody follows",
    run: async (scene, index) => {
      const person = at([scene.alice, scene.bob], index % 2);
      await subscribe(at([scene.anna, scene.cleo], index % 2), virtualJid(person.id, COMPONENT));
    },
    times: 2,
  },
  {
    name: "somebody of a pod follows",
    times: 1,
    run: async ({ world, alice, anna, bob, others }) => {
      const me = await ourPerson(world.peer, anna);
      for (const person of [alice, bob, ...others]) {
        await postPrivate(world.peer, me, contact(person, me.id, "start"), person);
      }
    },
  },
];

const STEPS = [...BEGINNING, ...RECEIVING, ...PUBLISHING, ...READING, ...ENDING];

export interface StoryOptions {
  /** How often each thing is done and counts; once before, for what costs more the first time. */
  readonly times: number;
  /** Workers look after ten seconds without a wake-up, and for the leases of the dead every five. */
  readonly restMs: number;
  /** Contacts of one of ours, each on a pod of its own. */
  readonly followers: number;
}

export async function playStatements(
  databaseUrl: string,
  capture: Capture,
  { times, restMs, followers }: StoryOptions,
): Promise<Path[]> {
  // New names and new keys, on a database that may have seen the story before.
  const run = newGuid().slice(0, 8);
  const [alice, bob] = [newPerson(`alice@a-${run}.example`), newPerson(`bob@b-${run}.example`)];
  const others = Array.from({ length: Math.max(0, followers - 2) }, (_, index) =>
    newPerson(`other@pod-${String(index)}-${run}.example`),
  );
  capture.path = "the daemon starts";
  await using world = await startStatementWorld(databaseUrl, [alice, bob, ...others]);
  capture.path = "somebody registers";
  const [anna, cleo] = [await world.connect(`anna-${run}`), await world.connect(`cleo-${run}`)];
  for (const client of [anna, cleo]) {
    await configureNode(client, "open");
    await optIn(client, COMPONENT);
  }
  const scene: Scene = {
    restMs,
    world,
    alice,
    bob,
    others,
    anna,
    cleo,
    posts: [],
    items: [],
    guids: { opened: 0, byText: new Map() },
  };
  const paths: Path[] = [];
  for (const { name, run, times: fixed } of STEPS) {
    const own = fixed ?? times;
    await world.settled();
    // What is looked up once only is looked up before it counts.
    if (fixed === undefined) await play(world, () => run(scene, 0));
    capture.path = name;
    const began = performance.now();
    for (let index = 1; index <= own; index += 1) await play(world, () => run(scene, index));
    paths.push({ name, many: own, seconds: (performance.now() - began) / 1_000 });
    capture.path = "between";
  }
  capture.path = null;
  return paths;
}

async function play(world: StatementWorld, work: () => Promise<void>): Promise<void> {
  await work();
  await world.settled();
}
