/**
 * The world of the stories: two bridges, each with a domain of people, a component and a database
 * of its own, on one private XMPP server; and pods that share no code with them.
 */
import { mkdirSync, mkdtempSync, chmodSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEjabberd } from "../../dev/ejabberd.ts";
import { freePort } from "../../dev/ports.ts";
import { silentLog } from "../../src/log/log.ts";
import { openDatabase, run } from "../../src/store/database.ts";
import { startEmbedded } from "../../src/store/embedded.ts";
import { logIn, type TestClient } from "./e2e-client.ts";
import { startDaemon } from "./e2e-daemon.ts";
import { configureNode, optIn } from "./e2e-social.ts";
import { PASSWORD, SECRET } from "./e2e-world.ts";
import { hostOfPerson, type PeerPerson } from "./peer-person.ts";
import { startPeer, type Opened, type Peer, type Receipt } from "./peer.ts";

export interface Bridge {
  /** Of its people, and of their diaspora* IDs. */
  readonly domain: string;
  readonly component: string;
  /** Where pods reach it. */
  readonly base: string;
  log(): string;
}

/** What a pod was told, and has verified. */
export interface Delivered {
  readonly receipt: Receipt;
  readonly opened: Opened;
}

export interface StoryWorld {
  readonly bridges: readonly [Bridge, Bridge];
  readonly peer: Peer;
  /** In the order in which it came. */
  readonly delivered: readonly Delivered[];
  /** The same, of one host. */
  deliveredTo(host: string): readonly Delivered[];
  /** What a pod was sent and could not open: nothing, where all is well. */
  readonly unreadable: readonly string[];
  /** Somebody with an account, who takes part. */
  enter(user: string, bridge: Bridge): Promise<TestClient>;
  /** Somebody with an account only. */
  connect(user: string, bridge: Bridge): Promise<TestClient>;
  close(): Promise<void>;
}

/** For whatever is waited for: long only where something is wrong, or the machine busy. */
export const STORY_MS = 60_000;

/** Of a diaspora* ID. */
export function hostOf({ id }: { readonly id: string }): string {
  return id.slice(id.lastIndexOf("@") + 1);
}

const bridgeOf = (domain: string): Omit<Bridge, "log"> => {
  return { domain, component: `dx.${domain}`, base: `https://dx.${domain}/` };
};
const PLANS = [bridgeOf("a.example"), bridgeOf("b.example")] as const;

export async function startStoryWorld(people: readonly PeerPerson[]): Promise<StoryWorld> {
  const ending: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of ending.splice(0).reverse()) await end().catch(() => undefined);
  };
  try {
    return await build(people, ending, close);
  } catch (error) {
    await close();
    throw error;
  }
}

type Ending = (() => Promise<unknown>)[];

async function build(
  people: readonly PeerPerson[],
  ending: Ending,
  close: () => Promise<void>,
): Promise<StoryWorld> {
  const dir = mkdtempSync(join(tmpdir(), "diaspora-x-stories-"));
  // As root PostgreSQL runs under another account, which must be able to pass.
  chmodSync(dir, 0o755);
  ending.push(() => {
    if (process.env["DIASPORA_X_KEEP"] === undefined) rmSync(dir, { recursive: true, force: true });
    return Promise.resolve();
  });
  const [server, databases] = await Promise.all([openServer(dir, ending), openTwo(dir, ending)]);
  const httpPorts = new Map<string, number>();
  for (const { domain, component } of PLANS) {
    const port = await freePort();
    httpPorts.set(domain, port).set(component, port);
  }
  const peer = await startPeer(people, httpPorts);
  ending.push(() => peer.close());
  const names = new Map([
    ...httpPorts,
    ...people.map((one) => [hostOfPerson(one), peer.port] as const),
  ]);
  const open = async (plan: Omit<Bridge, "log">, databaseUrl: string): Promise<Bridge> => {
    const { domain, component } = plan;
    const folder = join(dir, domain);
    mkdirSync(folder);
    const daemon = await startDaemon({
      dir: folder,
      httpPort: httpPorts.get(domain) ?? 0,
      databaseUrl,
      component: { domain: component, secret: SECRET, port: server.componentPort },
      domain,
      names,
      quickKeys: true,
      leaveDays: 0,
    });
    ending.push(() => daemon.stop());
    return { ...plan, log: () => daemon.log() };
  };
  const bridges = await Promise.all([
    open(PLANS[0], databases[0]),
    open(PLANS[1], databases[1]),
  ] as const);
  const connect = async (user: string, { domain }: Bridge): Promise<TestClient> => {
    await server.register(user, domain, PASSWORD);
    const client = await logIn({ user, domain, password: PASSWORD, port: server.c2sPort });
    ending.push(() => client.close());
    return client;
  };
  const enter = async (user: string, bridge: Bridge): Promise<TestClient> => {
    const client = await connect(user, bridge);
    // Who has a node already is subscribed to at once; of others the first post may wait for a look.
    await configureNode(client, "open");
    await optIn(client, bridge.component);
    return client;
  };
  return { bridges, peer, ...openAll(peer), connect, enter, close };
}

async function openServer(dir: string, ending: Ending): ReturnType<typeof startEjabberd> {
  const server = await startEjabberd({
    dir: join(dir, "ejabberd"),
    log: silentLog,
    domains: PLANS.map(({ domain }) => domain),
    components: PLANS.map(({ component }) => ({ domain: component, secret: SECRET })),
    ports: { c2s: await freePort(), component: await freePort(), api: await freePort() },
    listenIp: "127.0.0.1",
    forceNodeConfig: true,
  });
  ending.push(() => server.stop());
  return server;
}

/** One PostgreSQL, a database for each. */
async function openTwo(dir: string, ending: Ending): Promise<readonly [string, string]> {
  const cluster = await startEmbedded({
    dataDir: join(dir, "postgresql"),
    log: silentLog,
    settings: { fsync: "off" },
  });
  ending.push(() => cluster.stop());
  const db = openDatabase({ url: cluster.url, poolSize: 1 });
  await run(db, "create database of_b");
  await db.destroy();
  const other = new URL(cluster.url);
  other.pathname = "/of_b";
  return [cluster.url, other.href];
}

/** Each receipt is opened once, however many wait for something. */
function openAll(peer: Peer): Pick<StoryWorld, "delivered" | "deliveredTo" | "unreadable"> {
  const delivered: Delivered[] = [];
  const byHost = new Map<string, readonly Delivered[]>();
  const unreadable: string[] = [];
  let last: Promise<void> = Promise.resolve();
  peer.onReceipt((receipt) => {
    if (receipt.status >= 300) return;
    last = last
      .then(async () => {
        const one = { receipt, opened: await peer.open(receipt) };
        delivered.push(one);
        byHost.set(receipt.host, [...(byHost.get(receipt.host) ?? []), one]);
      })
      .catch((error: unknown) => {
        unreadable.push(`${receipt.host}: ${String(error)}`);
      });
  });
  return { delivered, deliveredTo: (host) => byHost.get(host) ?? [], unreadable };
}
