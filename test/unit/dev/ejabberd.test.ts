/** A real ejabberd, fetched at the first run. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { silentLog } from "../../../src/log/log.ts";
import { startEjabberd, type Ejabberd, type EjabberdOptions } from "../../../dev/ejabberd.ts";
import { freePort } from "../../../dev/ports.ts";
import { isRunning } from "../../../dev/proc.ts";
import { componentHandshake } from "../../support/component-handshake.ts";

const root = mkdtempSync(join(tmpdir(), "dx-ejabberd-"));
const running: Ejabberd[] = [];
after(async () => {
  await Promise.all(running.map((each) => each.stop()));
  rmSync(root, { recursive: true, force: true });
});

async function options(name: string): Promise<EjabberdOptions> {
  return {
    dir: join(root, name),
    domains: ["lab.local"],
    components: ["one", "two"].map((each) => ({
      domain: `${each}.lab.local`,
      secret: `secret of ${each}`,
    })),
    ports: { c2s: await freePort(), component: await freePort(), api: await freePort() },
    listenIp: "127.0.0.1",
    forceNodeConfig: true,
    log: silentLog,
  };
}

async function start(settings: EjabberdOptions): Promise<Ejabberd> {
  const server = await startEjabberd(settings);
  running.push(server);
  return server;
}

test("two servers run beside each other, each with its own people", async () => {
  const [one, other] = await Promise.all([
    start(await options("one")),
    start(await options("other")),
  ]);
  await one.api("register", { user: "alice", host: "lab.local", password: "x" });
  assert.deepEqual(await one.api("registered_users", { host: "lab.local" }), ["alice"]);
  assert.deepEqual(await other.api("registered_users", { host: "lab.local" }), []);
  await assert.rejects(
    one.api("register", { user: "alice", host: "lab.local", password: "x" }),
    /already registered/,
  );
  await other.stop();
  assert.ok(!isRunning(other.pid));
});

test("components log in with their secrets, and with no others", async () => {
  const server = running.find(({ pid }) => isRunning(pid));
  assert.ok(server);
  assert.match(
    await componentHandshake(server.componentPort, "one.lab.local", "secret of one"),
    /<handshake\/?>/,
  );
  assert.match(
    await componentHandshake(server.componentPort, "two.lab.local", "secret of two"),
    /<handshake\/?>/,
  );
  assert.match(
    await componentHandshake(server.componentPort, "one.lab.local", "secret of two"),
    /not-authorized/,
  );
});

test("accounts survive a restart, also after kill -9 of whoever had started it", async () => {
  const settings = await options("kept");
  const first = await start(settings);
  await first.api("register", { user: "bob", host: "lab.local", password: "x" });
  // Nobody has stopped the first one: the second start finds it by its pid file.
  const second = await start(settings);
  assert.ok(!isRunning(first.pid));
  assert.deepEqual(await second.api("registered_users", { host: "lab.local" }), ["bob"]);
});

test("a taken port is an error that names it", async () => {
  const settings = await options("taken");
  const server = createServer().listen(settings.ports.component, "127.0.0.1");
  await once(server, "listening");
  await assert.rejects(
    startEjabberd(settings),
    new RegExp(`port ${String(settings.ports.component)} .*taken`),
  );
  server.close();
});
