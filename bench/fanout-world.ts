/** People of here with contacts on a thousand pods, of which some are dead, slow or broken. */
import { randomBytes } from "node:crypto";
import { freePort } from "../dev/ports.ts";
import { generateKeyPair } from "../src/salmon/keys.ts";
import { openDatabase, type Database } from "../src/store/database.ts";
import { type TestClient } from "../test/support/e2e-client.ts";
import { movimItem, NODE, optIn, publish } from "../test/support/e2e-social.ts";
import { xml } from "../test/support/e2e-client.ts";
import { COMPONENT, startWorld, type World } from "../test/support/e2e-world.ts";
import { startChild, type Child } from "./child.ts";
import type { PodsAnswer, PodsJob } from "./pods.ts";

export interface FanoutWorld extends AsyncDisposable {
  readonly world: World;
  readonly db: Database;
  readonly pods: Child<PodsJob, PodsAnswer>;
  readonly podsPort: number;
  /** The next post goes to these pods and to no others. */
  befriend(client: TestClient, hosts: readonly string[]): Promise<void>;
  /** Posts so often; milliseconds until as many as are expected have come to the pods. */
  post(client: TestClient, times: number, expected: number): Promise<number>;
  /** Somebody who has opted in and has a node. */
  author(name: string): Promise<TestClient>;
}

export function hostsOf(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${kind}${String(at)}.example`);
}

/** `dead`: hosts at whose port nothing listens. */
export async function startFanoutWorld(
  hosts: readonly string[],
  dead: readonly string[] = [],
): Promise<FanoutWorld> {
  const pods = startChild<PodsJob, PodsAnswer>("pods.ts");
  const { port } = await pods.ask({ kind: "start" });
  const nobody = await freePort();
  const world = await startWorld({
    people: [],
    forceNodeConfig: true,
    durable: true,
    metrics: true,
    names: new Map([
      ...hosts.map((host) => [host, port] as const),
      ...dead.map((host) => [host, nobody] as const),
    ]),
    // What is sent beside the posts would count as one.
    limits: { posts_per_day: 1_000_000, profile_delay_seconds: 3_600 },
  });
  const db = openDatabase({ url: world.database.url, poolSize: 2 });
  const { publicPem } = await generateKeyPair(2_048);
  return {
    world,
    db,
    pods,
    podsPort: port,
    befriend: (client, chosen) => befriend(db, client, chosen, publicPem),
    post: (client, times, expected) => post(pods, client, times, expected),
    author: async (name) => {
      const client = await world.connect(name);
      await optIn(client, COMPONENT);
      await publish(client, { text: "the first makes the node" });
      return client;
    },
    async [Symbol.asyncDispose]() {
      pods[Symbol.dispose]();
      await db.destroy();
      await world.close();
    },
  };
}

/** One person on each pod, as discovery would have found them, who shares with this one of here. */
async function befriend(
  db: Database,
  client: TestClient,
  hosts: readonly string[],
  publicPem: string,
): Promise<void> {
  const guids = hosts.map(() => randomBytes(16).toString("hex"));
  await db.raw("insert into pods (url) select unnest(?::text[]) on conflict do nothing", [
    hosts.map((host) => `https://${host}/`),
  ]);
  await db.raw(
    `insert into people (network, guid, diaspora_id, name, public_key, pod_id)
     select 'diaspora', n.guid, 'alice@' || n.host, 'Alice', ?, pods.id
     from unnest(?::text[], ?::text[]) as n (guid, host)
     join pods on pods.url = 'https://' || n.host || '/' on conflict do nothing`,
    [publicPem, guids, [...hosts]],
  );
  await db.raw("delete from relationships where local_id = (select id from people where jid = ?)", [
    client.bare,
  ]);
  await db.raw(
    `insert into relationships (local_id, remote_id, sharing)
     select l.id, r.id, true from people l, people r
     where l.jid = ? and r.diaspora_id in (select 'alice@' || unnest(?::text[]))`,
    [client.bare, [...hosts]],
  );
  await db.raw("analyze people, relationships, pods");
}

async function post(
  pods: Child<PodsJob, PodsAnswer>,
  client: TestClient,
  times: number,
  expected: number,
): Promise<number> {
  const arrived = pods.ask({ kind: "await", posts: expected });
  const began = Date.now();
  for (let count = 0; count < times; count += 1) {
    const text = `a short post, ${randomBytes(8).toString("hex")}`;
    const payload = xml("publish", { node: NODE }, movimItem(client.bare, { text }));
    const pubsub = xml("pubsub", { xmlns: "http://jabber.org/protocol/pubsub" }, payload);
    const answer = await client.iq("set", client.bare, pubsub);
    if (answer.type === "error") throw new Error(`publishing: ${answer.condition}`);
  }
  return (await arrived).at - began;
}
