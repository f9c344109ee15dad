/** Who takes part, and that everybody has everybody else before anything breaks. */
import { setTimeout as sleep } from "node:timers/promises";
import { logIn, until, within, type Login } from "../../support/e2e-client.ts";
import { configureNode, optIn, subscribe, virtualJid } from "../../support/e2e-social.ts";
import { PASSWORD } from "../../support/e2e-world.ts";
import { contact, newGuid, statusMessage } from "../../support/peer-messages.ts";
import { textOf, type Book } from "./book.ts";
import { openClient, type ChaosClient } from "./client.ts";
import type { Pod } from "./pod.ts";
import { openReader, type Reader } from "./reader.ts";
import { publishPost } from "./writing.ts";
import { other, SIDES, type ChaosWorld, type Side } from "./world.ts";

export interface Cast {
  readonly authors: Readonly<Record<Side, readonly ChaosClient[]>>;
  readonly readers: Readonly<Record<Side, Reader>>;
  end(): Promise<void>;
}

const AUTHORS = 4;
const READER = "reader";
/** Threads of the first posts, whose numbers nobody else has. */
const FIRST_THREAD = 1_000_000;
const SETTLE_MS = 60_000;
const AGAIN_MS = 5_000;

export async function enterAll(world: ChaosWorld, book: Book, pod: Pod): Promise<Cast> {
  const names = Array.from({ length: AUTHORS }, (_, n) => `author${String(n)}`);
  const idsOf = (side: Side): readonly string[] =>
    names.map((name) => `${name}@${world.bridges[side].domain}`);
  const follows = (side: Side): readonly string[] => [
    ...idsOf(other(side)),
    ...world.writers.map(({ id }) => id),
  ];
  for (const side of SIDES) {
    for (const name of names) await enter(world, side, name, []);
  }
  for (const side of SIDES) await enter(world, side, READER, follows(side));
  const clients: ChaosClient[] = [];
  const authorsOf = (side: Side): ChaosClient[] => {
    const opened = names.map((name) => openClient({ login: loginOf(world, side, name) }));
    clients.push(...opened);
    return opened;
  };
  const readerOf = (side: Side): Reader => {
    const { component } = world.bridges[side];
    const login = loginOf(world, side, READER);
    const reader = openReader({ book, side, login, component, follows: follows(side) });
    clients.push(reader.client);
    return reader;
  };
  const authors = { a: authorsOf("a"), b: authorsOf("b") };
  const readers = { a: readerOf("a"), b: readerOf("b") };
  const [writer] = world.writers;
  for (const side of SIDES) {
    for (const id of idsOf(side)) {
      if (writer !== undefined) await pod.tellOne(id, contact(writer, id, "start"), writer);
    }
    for (const one of world.writers) {
      const { bare } = readers[side].client;
      await pod.tellOne(bare, contact(one, bare, "start"), one);
    }
  }
  await Promise.all([firstPosts(book, authors), firstWords(world, book, pod)]);
  return {
    authors,
    readers,
    end: async () => {
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}

function loginOf(world: ChaosWorld, side: Side, user: string): Login {
  return { user, domain: world.bridges[side].domain, password: PASSWORD, port: world.c2sPort };
}

async function enter(
  world: ChaosWorld,
  side: Side,
  user: string,
  follows: readonly string[],
): Promise<void> {
  const { domain, component } = world.bridges[side];
  await world.server().register(user, domain, PASSWORD);
  const client = await logIn(loginOf(world, side, user));
  await configureNode(client, "open");
  await optIn(client, component);
  for (const id of follows) {
    await until(`${client.bare} follows ${id}`, async () => {
      return (await subscribe(client, virtualJid(id, component))).type === "result";
    });
  }
  await client.close();
}

/** Until somebody is known to be followed, what they publish goes nowhere. */
async function firstPosts(book: Book, authors: Cast["authors"]): Promise<void> {
  let thread = FIRST_THREAD;
  const one = async (side: Side, author: ChaosClient): Promise<void> => {
    await repeated(`${author.bare} is followed`, async () => {
      thread += 1;
      const token = `p${String(thread)}`;
      await publishPost(author, `first-${token}`, textOf(token));
      return Promise.all([book.seen("pod", token), book.seen(other(side), token)]);
    });
  };
  await Promise.all(SIDES.flatMap((side) => authors[side].map((author) => one(side, author))));
}

async function firstWords({ writers }: ChaosWorld, book: Book, pod: Pod): Promise<void> {
  let thread = 2 * FIRST_THREAD;
  const one = async (writer: (typeof writers)[number]): Promise<void> => {
    await repeated(`${writer.id} is followed`, async () => {
      thread += 1;
      const token = `p${String(thread)}`;
      const payload = statusMessage(writer, { guid: newGuid(), text: textOf(token) });
      await pod.tell(SIDES, payload, writer);
      return Promise.all(SIDES.map((side) => book.seen(side, token)));
    });
  };
  await Promise.all(writers.map(one));
}

async function repeated(what: string, work: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + SETTLE_MS;
  while (Date.now() < end) {
    if (await within(work(), AGAIN_MS)) return;
    await sleep(0);
  }
  throw new Error(`in ${String(SETTLE_MS)} ms: not ${what}`);
}
