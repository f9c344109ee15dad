/**
 * What the XMPP bench measures with: a real ejabberd, the daemon on a PostgreSQL with fsync, a
 * bare component beside it, and hundreds of clients that only count.
 */
import { component as createComponent, type Component } from "@xmpp/component";
import { openDatabase, type Database } from "../src/store/database.ts";
import { pause, until, type TestClient } from "../test/support/e2e-client.ts";
import { optIn, subscribe, virtualJid } from "../test/support/e2e-social.ts";
import { COMPONENT, DOMAIN, SECRET, startWorld, type World } from "../test/support/e2e-world.ts";
import { newPerson, type PeerPerson } from "../test/support/peer-person.ts";
import { logInLight, type LightClient } from "./light-client.ts";

/** `--quick`: whether it runs at all; the figures say nothing then. */
export const QUICK = process.argv.includes("--quick");
export const ROUNDS = QUICK ? 1 : 5;

export const BARE = "bare.home.example";
const PASSWORD = "light";

export interface BenchWorld extends AsyncDisposable {
  readonly world: World;
  readonly db: Database;
  readonly alice: PeerPerson;
  /** Her virtual JID. */
  readonly address: string;
  /** Somebody with a whole client. */
  readonly anna: TestClient;
  /** All of them are subscribed to her posts. */
  readonly readers: readonly LightClient[];
  readonly bare: Component;
}

/** Readers are logged in one by one: many at once wait a second for ejabberd's accept backlog. */
export async function startBenchWorld(readers: number): Promise<BenchWorld> {
  const alice = newPerson("alice@pod-a.example");
  const world = await startWorld({
    people: [alice],
    forceNodeConfig: true,
    durable: true,
    otherComponents: [BARE],
  });
  const db = openDatabase({ url: world.database.url, poolSize: 2 });
  const address = virtualJid(alice.id, COMPONENT);
  const anna = await world.connect("anna");
  await optIn(anna, COMPONENT);
  await subscribe(anna, address);
  const bare = await startBare(world);
  const clients: LightClient[] = [];
  for (let count = 0; count < readers; count += 1) {
    clients.push(await newReader(world, `reader${String(count)}`));
  }
  return {
    world,
    db,
    alice,
    address,
    anna,
    readers: clients,
    bare,
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await bare.stop().catch(() => undefined);
      await db.destroy();
      await world.close();
    },
  };
}

async function newReader(world: World, user: string): Promise<LightClient> {
  await world.server.register(user, DOMAIN, PASSWORD);
  const port = world.server.c2sPort;
  return await logInLight({ user, domain: DOMAIN, password: PASSWORD, port });
}

async function startBare(world: World): Promise<Component> {
  const service = `xmpp://127.0.0.1:${String(world.server.componentPort)}`;
  const entity = createComponent({ service, domain: BARE, password: SECRET });
  entity.on("error", () => undefined);
  await entity.start();
  // The library waits for small packets to fill (Nagle): 40 ms each.
  entity.socket?.setNoDelay(true);
  return entity;
}

/** Waits until the clients have got so many more messages in all, and says how long it took. */
export async function timed(
  clients: readonly LightClient[],
  messages: number,
  send: () => Promise<void>,
): Promise<number> {
  const all = (): number => clients.reduce((sum, client) => sum + client.messages, 0);
  const before = all();
  const began = performance.now();
  await send();
  await until("all events", () => all() - before >= messages, 120_000);
  const took = performance.now() - began;
  // A late double would count for the next.
  await pause(300);
  const surplus = all() - before - messages;
  if (surplus !== 0) console.log(`(${String(surplus)} messages too many)`);
  return took;
}
