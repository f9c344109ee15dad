/**
 * A whole world for one test file: a private XMPP server, a private PostgreSQL, the daemon
 * and a peer with people on several pods, all on loopback, all in one temporary folder.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEjabberd } from "../../dev/ejabberd.ts";
import { freePort } from "../../dev/ports.ts";
import { startProsody } from "../../dev/prosody.ts";
import type { ServerOptions, XmppServer } from "../../dev/server.ts";
import { silentLog } from "../../src/log/log.ts";
import { startEmbedded, type EmbeddedDatabase } from "../../src/store/embedded.ts";
import { logIn, type Login, type TestClient } from "./e2e-client.ts";
import { startDaemon, type Daemon, type DaemonSettings } from "./e2e-daemon.ts";
import { startLoopback } from "./loopback-server.ts";
import { hostOfPerson, type PeerPerson } from "./peer-person.ts";
import { startPeer, type Peer } from "./peer.ts";

export const DOMAIN = "home.example";
export const COMPONENT = "dx.home.example";
export const BASE = `https://${COMPONENT}/`;
export const PASSWORD = "a long password";
export const SECRET = "component-secret-of-the-tests";

export interface World {
  readonly dir: string;
  /** The one that runs now. */
  server: Server;
  readonly peer: Peer;
  readonly settings: DaemonSettings;
  /** The one that runs now. */
  daemon: Daemon;
  database: EmbeddedDatabase;
  /** After a stop or a kill. */
  restartDaemon(): Promise<void>;
  restartDatabase(): Promise<void>;
  /** The same accounts and nodes at the same ports. */
  restartServer(): Promise<void>;
  /** Makes the account where there is none, and logs in. */
  connect(user: string): Promise<TestClient>;
  close(): Promise<void>;
}

export type ServerKind = "ejabberd" | "prosody" | "loopback" | "openfire";

/** A server with the way in for clients. */
interface Server extends XmppServer {
  logIn(login: Login): Promise<TestClient>;
}

const START: Readonly<Record<ServerKind, (options: ServerOptions) => Promise<Server>>> = {
  ejabberd: async (options) => ({ ...(await startEjabberd(options)), logIn }),
  prosody: async (options) => ({ ...(await startProsody(options)), logIn }),
  loopback: (options) => startLoopback(options, "loopback"),
  openfire: (options) => startLoopback(options, "openfire"),
};

export interface WorldOptions {
  /** ejabberd where nothing is said. */
  readonly server?: ServerKind;
  readonly people: readonly PeerPerson[];
  readonly forceNodeConfig: boolean;
  /** XEP-0356 for the component, where the server has it. */
  readonly privileged?: boolean;
  /** true: commits are flushed, as in production. */
  readonly durable?: boolean;
  readonly logLevel?: "debug" | "info";
  /** For files that register many people: see quick-keys.ts. */
  readonly quickKeys?: boolean;
  readonly profileDelaySeconds?: number;
  /** Accounts that run the gateway. */
  readonly admins?: readonly string[];
  /** Further hosts of the federation → loopback port: an upload service, for one. */
  readonly names?: ReadonlyMap<string, number>;
  /** Whether the daemon tells its figures, at `settings.metricsPort`. */
  readonly metrics?: boolean;
  /** As they stand below `limits` in the configuration. */
  readonly limits?: Readonly<Record<string, number>>;
  /** PostgreSQL's own settings, over those of tests. */
  readonly databaseSettings?: Readonly<Record<string, string>>;
  /** Before the database is made in it: a file system of its own, for one. */
  readonly prepareDatabase?: (dataDir: string) => void;
  /** What the daemon is told, before its first start: ways through something that fails. */
  readonly adjust?: (
    settings: DaemonSettings,
    database: EmbeddedDatabase,
  ) => Promise<DaemonSettings>;
  /** Component domains beside the daemon's, with the same secret. */
  readonly otherComponents?: readonly string[];
}

export async function startWorld(options: WorldOptions): Promise<World> {
  const ending: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of ending.splice(0).reverse()) await end().catch(() => undefined);
  };
  try {
    return await build(options, ending, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  options: WorldOptions,
  ending: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<World> {
  const dir = temporaryFolder(ending);
  const ports = { c2s: await freePort(), component: await freePort(), api: await freePort() };
  const httpPort = await freePort();
  const openServer = () =>
    START[options.server ?? "ejabberd"]({
      dir: join(dir, options.server ?? "ejabberd"),
      log: silentLog,
      domains: [DOMAIN],
      components: [COMPONENT, ...(options.otherComponents ?? [])].map((domain) => {
        return { domain, secret: SECRET };
      }),
      ports,
      listenIp: "127.0.0.1",
      forceNodeConfig: options.forceNodeConfig,
      privileged: options.privileged === true,
    });
  const server = await openServer();
  ending.push(() => world.server.stop());
  const database = await openDatabase(dir, options);
  ending.push(() => world.database.stop());
  const ours = new Map([DOMAIN, COMPONENT].map((host) => [host, httpPort]));
  const peer = await startPeer(options.people, ours);
  ending.push(() => peer.close());
  const plain: DaemonSettings = {
    dir: join(dir, "daemon"),
    httpPort,
    databaseUrl: database.url,
    component: { domain: COMPONENT, secret: SECRET, port: ports.component },
    domain: DOMAIN,
    names: new Map([
      ...options.people.map((person) => [hostOfPerson(person), peer.port] as const),
      ...(options.names ?? []),
    ]),
    quickKeys: options.quickKeys === true,
    ...(options.profileDelaySeconds === undefined
      ? {}
      : { profileDelaySeconds: options.profileDelaySeconds }),
    ...(options.admins === undefined
      ? {}
      : { admins: options.admins.map((user) => `${user}@${DOMAIN}`) }),
    ...(options.metrics === true ? { metricsPort: await freePort() } : {}),
    ...(options.logLevel === undefined ? {} : { logLevel: options.logLevel }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  };
  mkdirSync(plain.dir);
  const settings = (await options.adjust?.(plain, database)) ?? plain;
  const daemon = await startDaemon(settings);
  ending.push(() => world.daemon.stop());
  const world: World = {
    dir,
    server,
    peer,
    settings,
    daemon,
    database,
    restartDaemon: async () => {
      world.daemon = await startDaemon(settings);
    },
    restartDatabase: async () => {
      world.database = await openDatabase(dir, options);
    },
    restartServer: async () => {
      await world.server.stop();
      world.server = await openServer();
    },
    connect: async (user) => {
      await world.server.register(user, DOMAIN, PASSWORD);
      const login = { user, domain: DOMAIN, password: PASSWORD, port: world.server.c2sPort };
      const client = await world.server.logIn(login);
      ending.push(() => client.close());
      return client;
    },
    close,
  };
  return world;
}

function temporaryFolder(ending: (() => Promise<unknown>)[]): string {
  const dir = mkdtempSync(join(tmpdir(), "diaspora-x-e2e-"));
  // As root PostgreSQL runs under another account, which must be able to pass.
  chmodSync(dir, 0o755);
  ending.push(() => {
    if (process.env["DIASPORA_X_KEEP"] === undefined) rmSync(dir, { recursive: true, force: true });
    return Promise.resolve();
  });
  return dir;
}

/** A folder that `npm run seed -- --data-dir` has filled: the benches run on that database then. */
const SEEDED = "DIASPORA_X_BENCH_DATA";

async function openDatabase(dir: string, options: WorldOptions): Promise<EmbeddedDatabase> {
  const dataDir = join(process.env[SEEDED] ?? dir, "postgresql");
  if (!existsSync(dataDir)) options.prepareDatabase?.(dataDir);
  const quick = options.durable === true ? {} : { fsync: "off" };
  const settings = { ...quick, ...options.databaseSettings };
  return await startEmbedded({ dataDir, log: silentLog, settings });
}
