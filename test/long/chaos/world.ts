/**
 * Two bridges with a database each on one PostgreSQL, one ejabberd, one pod, and between any two
 * of them a link that can fail.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import type { NetConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEjabberd, type Ejabberd } from "../../../dev/ejabberd.ts";
import { freePort } from "../../../dev/ports.ts";
import { silentLog } from "../../../src/log/log.ts";
import { openDatabase, run } from "../../../src/store/database.ts";
import { startEmbedded, type EmbeddedDatabase } from "../../../src/store/embedded.ts";
import { SECRET } from "../../support/e2e-world.ts";
import { newPerson, type PeerPerson } from "../../support/peer-person.ts";
import { startPeer, type Peer } from "../../support/peer.ts";
import { superviseBridge, type Bridge } from "./bridge.ts";
import { openLink, type Link } from "./link.ts";

export const POD = "pod.example";
export const SIDES = ["a", "b"] as const;
export type Side = (typeof SIDES)[number];
export const other = (side: Side): Side => (side === "a" ? "b" : "a");
const domainOf = (side: Side): string => `${side}.example`;

export interface ChaosWorld {
  readonly dir: string;
  readonly bridges: Readonly<Record<Side, Bridge>>;
  readonly links: ReadonlyMap<string, Link>;
  readonly peer: Peer;
  /** Write; and one who says things about what they wrote. */
  readonly writers: readonly PeerPerson[];
  readonly talker: PeerPerson;
  readonly c2sPort: number;
  /** The ones that run now. */
  server(): Ejabberd;
  database(): EmbeddedDatabase;
  restartServer(how: "stop" | "kill"): Promise<void>;
  restartDatabase(how: "stop" | "kill"): Promise<void>;
  close(): Promise<void>;
}

const WRITERS = 4;

export async function startChaosWorld(): Promise<ChaosWorld> {
  const ending: (() => Promise<unknown>)[] = [];
  let closing: Promise<void> | null = null;
  const endAll = async (): Promise<void> => {
    for (const end of ending.splice(0).reverse()) await end().catch(() => undefined);
  };
  /** Whoever asks second waits for the same. */
  const close = (): Promise<void> => (closing ??= endAll());
  try {
    return await build(ending, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  ending: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<ChaosWorld> {
  const dir = mkdtempSync(join(tmpdir(), "diaspora-x-chaos-"));
  // As root PostgreSQL runs under another account, which must be able to pass.
  chmodSync(dir, 0o755);
  ending.push(() => {
    if (process.env["DIASPORA_X_KEEP"] === undefined) rmSync(dir, { recursive: true, force: true });
    return Promise.resolve();
  });
  const ports = { c2s: await freePort(), component: await freePort(), api: await freePort() };
  const openServer = (): Promise<Ejabberd> => serverIn(dir, ports);
  const openCluster = (): Promise<EmbeddedDatabase> => {
    return startEmbedded({ dataDir: join(dir, "postgresql"), log: silentLog, settings: SETTINGS });
  };
  let [server, database] = await Promise.all([openServer(), openCluster()]);
  ending.push(
    () => server.stop(),
    () => database.stop(),
  );
  const databases = await makeDatabases(database.url);

  const links = new Map<string, Link>();
  const link = async (name: string, target: () => NetConnectOpts): Promise<number> => {
    const opened = await openLink(name, target);
    ending.push(() => opened.close());
    links.set(name, opened);
    return opened.port;
  };
  const at = (port: number) => (): NetConnectOpts => ({ port, host: "127.0.0.1" });
  const http = { a: await freePort(), b: await freePort() };
  const hosts = new Map<string, number>();
  for (const side of SIDES) {
    const port = await link(`pod → ${side}`, at(http[side]));
    for (const host of hostsOf(side)) hosts.set(host, port);
  }
  const writers = Array.from({ length: WRITERS }, (_, n) =>
    newPerson(`writer${String(n)}@${POD}`, 1024),
  );
  const talker = newPerson(`talker@${POD}`, 1024);
  const peer = await startPeer([...writers, talker], hosts);
  ending.push(() => peer.close());

  const open = async (side: Side): Promise<Bridge> => {
    const folder = join(dir, side);
    mkdirSync(folder);
    const far = await link(`${side} → ${other(side)}`, at(http[other(side)]));
    const pod = await link(`${side} → pod`, at(peer.port));
    const socket = (): NetConnectOpts => {
      const host = new URL(database.url).searchParams.get("host") ?? "";
      return { path: join(host, ".s.PGSQL.5432") };
    };
    const store = new URL(databases[side]);
    store.search = "";
    store.hostname = "127.0.0.1";
    store.port = String(await link(`${side} ↔ database`, socket));
    const bridge = await superviseBridge({
      dir: folder,
      httpPort: http[side],
      databaseUrl: store.href,
      component: {
        domain: `dx.${domainOf(side)}`,
        secret: SECRET,
        port: await link(`${side} ↔ ejabberd`, at(ports.component)),
      },
      domain: domainOf(side),
      names: new Map([
        ...hostsOf(side).map((host) => [host, http[side]] as const),
        ...hostsOf(other(side)).map((host) => [host, far] as const),
        [POD, pod],
      ]),
      quickKeys: true,
    });
    ending.push(() => bridge.end());
    return bridge;
  };
  const bridges = { a: await open("a"), b: await open("b") };
  return {
    dir,
    bridges,
    links,
    peer,
    writers,
    talker,
    c2sPort: ports.c2s,
    server: () => server,
    database: () => database,
    restartServer: async (how) => {
      if (how === "stop") await server.stop();
      else {
        process.kill(server.pid, "SIGKILL");
        await server.exited;
      }
      server = await openServer();
    },
    // Killed, it is started again by who keeps it, as by a service manager.
    restartDatabase: async (how) => {
      if (how === "kill") {
        process.kill(database.pid, "SIGKILL");
        return;
      }
      await database.stop();
      database = await openCluster();
    },
    close,
  };
}

/** What is written survives the end of a process, if not of the machine. */
const SETTINGS = { fsync: "off", max_connections: "120" };

function hostsOf(side: Side): readonly string[] {
  return [domainOf(side), `dx.${domainOf(side)}`];
}

async function serverIn(
  dir: string,
  ports: { readonly c2s: number; readonly component: number; readonly api: number },
): Promise<Ejabberd> {
  return await startEjabberd({
    dir: join(dir, "ejabberd"),
    log: silentLog,
    domains: SIDES.map(domainOf),
    components: SIDES.map((side) => ({ domain: `dx.${domainOf(side)}`, secret: SECRET })),
    ports,
    listenIp: "127.0.0.1",
    forceNodeConfig: true,
  });
}

async function makeDatabases(url: string): Promise<Readonly<Record<Side, string>>> {
  const db = openDatabase({ url, poolSize: 1 });
  for (const side of SIDES) await run(db, `create database of_${side}`);
  await db.destroy();
  const named = (side: Side): string => {
    const changed = new URL(url);
    changed.pathname = `/of_${side}`;
    return changed.href;
  };
  return { a: named("a"), b: named("b") };
}
