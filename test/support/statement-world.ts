/**
 * A daemon in this very process, on a database that was filled before, with a loopback XMPP server
 * and pods: what it puts to the database can be listened to.
 */
import "./quick-keys.ts";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../dev/ports.ts";
import { loadConfig } from "../../src/config.ts";
import { silentLog } from "../../src/log/log.ts";
import { runDaemon } from "../../src/main.ts";
import { firstRow, openDatabase, type Database } from "../../src/store/database.ts";
import { until, type TestClient } from "./e2e-client.ts";
import { writeConfig } from "./e2e-daemon.ts";
import { COMPONENT, DOMAIN, PASSWORD, SECRET } from "./e2e-world.ts";
import { startLoopback } from "./loopback-server.ts";
import { hostOfPerson, type PeerPerson } from "./peer-person.ts";
import { startPeer, type Peer } from "./peer.ts";
import { OWN } from "./statement-capture.ts";

export interface StatementWorld extends AsyncDisposable {
  readonly peer: Peer;
  /** Where the daemon tells its figures. */
  readonly metricsPort: number;
  connect(user: string): Promise<TestClient>;
  /** Resolves when nothing waits any more that could go, and nobody works. */
  settled(): Promise<void>;
}

export async function startStatementWorld(
  databaseUrl: string,
  people: readonly PeerPerson[],
): Promise<StatementWorld> {
  const dir = mkdtempSync(join(tmpdir(), "dx-statements-"));
  chmodSync(dir, 0o755);
  const [component, httpPort, metricsPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
  ]);
  const server = await startLoopback(
    {
      dir,
      log: silentLog,
      domains: [DOMAIN],
      components: [{ domain: COMPONENT, secret: SECRET }],
      ports: { c2s: 0, component, api: 0 },
      listenIp: "127.0.0.1",
      forceNodeConfig: true,
    },
    "loopback",
  );
  const peer = await startPeer(
    people,
    new Map([DOMAIN, COMPONENT].map((host) => [host, httpPort])),
  );
  const file = writeConfig({
    dir,
    httpPort,
    databaseUrl,
    component: { domain: COMPONENT, secret: SECRET, port: component },
    domain: DOMAIN,
    names: new Map(people.map((person) => [hostOfPerson(person), peer.port])),
    quickKeys: true,
    metricsPort,
  });
  const daemon = await runDaemon(loadConfig({ file, env: {} }), silentLog);
  await until("the daemon ready", async () => {
    return (await fetch(`http://127.0.0.1:${String(httpPort)}/ready`)).ok;
  });
  const db = openDatabase({ url: databaseUrl, poolSize: 1 });
  const clients: TestClient[] = [];
  return {
    peer,
    metricsPort,
    connect: async (user) => {
      await server.register(user, DOMAIN, PASSWORD);
      const login = { user, domain: DOMAIN, password: PASSWORD, port: 0 };
      const client = await server.logIn(login);
      clients.push(client);
      return client;
    },
    settled: () => settled(db),
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.close();
      await daemon.stop();
      await db.destroy();
      await peer.close();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** What was seeded waits for days. */
const IDLE = `${OWN} select not exists (select 1 from deliveries where next_attempt < now() + interval '1 hour')
  and not exists (select 1 from inbox where next_attempt < now() + interval '1 hour')
  and not exists (select 1 from destinations where leased_by is not null) as idle`;

async function settled(db: Database): Promise<void> {
  await until("nothing under way", async () => {
    return (await firstRow<{ idle: boolean }>(db, IDLE))?.idle === true;
  });
}
