/** Posts of pods on their way in: from HTTP by verification and PostgreSQL to a client's event. */
import { openDatabase } from "../src/store/database.ts";
import { until } from "../test/support/e2e-client.ts";
import { DOMAIN, startWorld, type World } from "../test/support/e2e-world.ts";
import { NODE } from "../test/support/e2e-social.ts";
import type { BareAnswer, BareJob } from "./bare-inbox.ts";
import { startChild, type Child } from "./child.ts";
import { daemonFigures, type Figures } from "./figures.ts";
import type { LoadAnswer, LoadJob } from "./http-load.ts";
import { logInLight, type LightClient } from "./light-client.ts";
import { percentile } from "./percentiles.ts";
import { addAuthors, newAuthors, signPosts, type Author } from "./relay-posts.ts";
import { addReaders } from "./xmpp-rows.ts";
import { QUICK, ROUNDS } from "./xmpp-world.ts";

const PODS = 20;
const POSTS = QUICK ? 1_000 : 4_000;
const CONNECTIONS = 50;
const AIM = 1_500;
const ARRIVAL_MS = 120_000;
const PASSWORD = "light";

type Load = Child<LoadJob, LoadAnswer>;

export async function measureIn(): Promise<boolean> {
  const authors = await newAuthors(PODS);
  const world = await startWorld({
    people: [],
    forceNodeConfig: true,
    durable: true,
    metrics: true,
    limits: { pod_messages_per_hour: 100_000_000 },
  });
  try {
    const reader = await newReader(world, authors);
    using load = startChild<LoadJob, LoadAnswer>("http-load.ts");
    const rounds: Rounds = { ours: [], accepted: [], bare: [], insert: [] };
    const parts = { world, authors, reader, load };
    // Code is compiled before anything counts.
    await ourRound(parts, rounds, POSTS / 2);
    for (const values of Object.values(rounds)) values.length = 0;
    const before = await daemonFigures(world);
    for (let round = 0; round < ROUNDS; round += 1) await allRounds(parts, rounds);
    return report(rounds, before, await daemonFigures(world));
  } finally {
    await world.close();
  }
}

interface Parts {
  readonly world: World;
  readonly authors: readonly Author[];
  readonly reader: LightClient;
  readonly load: Load;
}

/** Per second. */
type Rounds = Readonly<Record<"ours" | "accepted" | "bare" | "insert", number[]>>;

async function newReader(world: World, authors: readonly Author[]): Promise<LightClient> {
  const db = openDatabase({ url: world.database.url, poolSize: 1 });
  try {
    await addAuthors(db, authors);
    await world.server.register("reader", DOMAIN, PASSWORD);
    const port = world.server.c2sPort;
    const login = { user: "reader", domain: DOMAIN, password: PASSWORD, port };
    const reader = await logInLight(login);
    for (const { id } of authors) await addReaders(db, id, NODE, [reader.bare]);
    return reader;
  } finally {
    await db.destroy();
  }
}

async function allRounds(parts: Parts, rounds: Rounds): Promise<void> {
  for (const kind of ["bare", "insert"] as const) {
    using bare = startChild<BareJob, BareAnswer>("bare-inbox.ts");
    const databaseUrl = kind === "insert" ? parts.world.database.url : null;
    const { port } = await bare.ask({ databaseUrl });
    const bodies = await signPosts(parts.authors, 100);
    const many = Array.from({ length: POSTS }, (_, at) => bodies[at % bodies.length] ?? bodies[0]);
    const job = { host: DOMAIN, port, bodies: many.flatMap((body) => body ?? []) };
    const { took } = await parts.load.ask({ ...job, connections: CONNECTIONS });
    rounds[kind].push((POSTS * 1000) / took);
  }
  await ourRound(parts, rounds, POSTS);
}

async function ourRound(
  { world, authors, reader, load }: Parts,
  rounds: Rounds,
  posts: number,
): Promise<void> {
  const bodies = await signPosts(authors, posts);
  const before = reader.messages;
  const began = performance.now();
  const job = { host: DOMAIN, port: world.settings.httpPort, bodies, connections: CONNECTIONS };
  const { accepted, took } = await load.ask(job);
  if (accepted < posts) throw new Error(`${String(posts - accepted)} posts were not accepted`);
  await until("all events", () => reader.messages - before >= posts, ARRIVAL_MS);
  rounds.ours.push((posts * 1000) / (performance.now() - began));
  rounds.accepted.push((posts * 1000) / took);
}

function report(rounds: Rounds, before: Figures, after: Figures): boolean {
  const median = (of: keyof Rounds): number => percentile(rounds[of], 50);
  const rate = (of: keyof Rounds): string => `${median(of).toFixed(0)}/s`;
  const ours = median("ours");
  const reached = ours >= AIM;
  const posts = rounds.ours.length * POSTS;
  console.log(
    `in: ${rate("ours")} from the POST to the client's event, accepted at ${rate("accepted")}; ` +
      `bare fastify ${rate("bare")}, with one INSERT each ${rate("insert")}; aim ` +
      `${String(AIM)}/s: ${reached ? "reached" : "NOT reached"}\n` +
      `    daemon: ${((1000 * (after.cpuSeconds - before.cpuSeconds)) / posts).toFixed(2)} ms of ` +
      `processor time a post, event loop late by ${after.loopP50.toFixed(0)} ms (p50), ` +
      `${after.loopP99.toFixed(0)} ms (p99), ${after.megabytes.toFixed(0)} MB resident`,
  );
  return reached;
}
