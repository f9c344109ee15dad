/**
 * A world in which anything can fail: the daemon reaches its database, its XMPP server and one of
 * its pods through links, and people go on writing all the time.
 */
import type { NetConnectOpts } from "node:net";
import { join } from "node:path";
import { openDatabase, type Database } from "../../../src/store/database.ts";
import type { TestClient } from "../../support/e2e-client.ts";
import { shareWith } from "../../support/e2e-posts.ts";
import { goOnline, optIn, subscribe, virtualJid } from "../../support/e2e-social.ts";
import { COMPONENT, startWorld, type World, type WorldOptions } from "../../support/e2e-world.ts";
import { newPerson, type PeerPerson } from "../../support/peer-person.ts";
import { openLink, type Link } from "../chaos/link.ts";

export const alice = newPerson("alice@pod-a.example", 1024);
/** Their pod is behind a link. */
export const bob = newPerson("bob@pod-b.example", 1024);
/** Means no good. */
export const mallory = newPerson("mallory@pod-m.example", 1024);

export interface Stage {
  readonly world: World;
  anna: TestClient;
  readonly links: { readonly database: Link; readonly server: Link; readonly pod: Link };
  /** Beside the link, and only as long as nobody moves it. */
  readonly db: () => Database;
  /** Where the database's link leads. */
  target: NetConnectOpts;
  reconnect(): Promise<void>;
  /** Done before the world ends, the last first. */
  readonly ending: (() => Promise<unknown>)[];
  close(): Promise<void>;
}

export function socketOf(databaseUrl: string): NetConnectOpts {
  const folder = new URL(databaseUrl).searchParams.get("host") ?? "";
  return { path: join(folder, ".s.PGSQL.5432") };
}

function through(link: Link, databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.search = "";
  url.hostname = "127.0.0.1";
  url.port = String(link.port);
  return url.href;
}

export async function openStage(options: Partial<WorldOptions> = {}): Promise<Stage> {
  const links: Partial<Record<"database" | "server" | "pod", Link>> = {};
  const target: { database: NetConnectOpts } = { database: { port: 0 } };
  const world = await startWorld({
    server: "loopback",
    people: [alice, bob, mallory],
    forceNodeConfig: true,
    durable: true,
    ...options,
    adjust: async (settings, database) => {
      target.database = socketOf(database.url);
      links.database = await openLink("database", () => target.database);
      links.server = await openLink("server", () => ({
        host: "127.0.0.1",
        port: settings.component.port,
      }));
      const podPort = settings.names.get("pod-b.example") ?? 0;
      links.pod = await openLink("pod", () => ({ host: "127.0.0.1", port: podPort }));
      const changed = {
        ...settings,
        databaseUrl: through(links.database, database.url),
        component: { ...settings.component, port: links.server.port },
        names: new Map([...settings.names, ["pod-b.example", links.pod.port]]),
      };
      return (await options.adjust?.(changed, database)) ?? changed;
    },
  });
  const { database, server, pod } = links;
  if (database === undefined || server === undefined || pod === undefined) {
    throw new Error("the links are missing");
  }
  let open: { url: string; db: Database } | null = null;
  const stage: Stage = {
    world,
    anna: await world.connect("anna"),
    links: { database, server, pod },
    db: () => {
      const { url } = world.database;
      if (open?.url !== url) open = { url, db: openDatabase({ url, poolSize: 2 }) };
      return open.db;
    },
    get target() {
      return target.database;
    },
    set target(changed) {
      target.database = changed;
    },
    reconnect: async () => {
      stage.anna = await world.connect("anna");
      await goOnline(stage.anna);
    },
    ending: [],
    close: async () => {
      await open?.db.destroy();
      for (const end of stage.ending.reverse()) await end().catch(() => undefined);
      await world.close();
      await Promise.all([database, server, pod].map((link) => link.close()));
    },
  };
  await optIn(stage.anna, COMPONENT);
  for (const person of [alice, mallory]) {
    await subscribe(stage.anna, virtualJid(person.id, COMPONENT));
  }
  for (const person of [alice, bob] satisfies PeerPerson[]) {
    await shareWith(world, person, stage.anna);
  }
  return stage;
}
