/** Two daemons at one database, each with its own way to it, and one XMPP server. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../dev/ports.ts";
import { silentLog } from "../../../src/log/log.ts";
import { runDaemon } from "../../../src/main.ts";
import { databaseProxy } from "../../support/database-proxy.ts";
import { testDatabase } from "../../support/database.ts";
import { fakeComponentServer } from "../../support/fake-component-server.ts";
import { read, VALID } from "../config/support.ts";

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let round = 0; !holds(); round += 1) {
    assert.ok(round < 2_000, `never: ${what}`);
    await sleep(10);
  }
}

test("pitfall 65: who loses the component with its database gives its stream up, lives on, and has it back later", async (t) => {
  await using store = await testDatabase();
  await using proxy = await databaseProxy(store.url);
  const { component } = VALID.xmpp;
  const server = await fakeComponentServer(component);
  t.after(() => server.close());
  const start = async (url: string) => {
    const { config } = read(t, {
      ...VALID,
      xmpp: { ...VALID.xmpp, component: { ...component, host: "127.0.0.1", port: server.port } },
      server: { host: "127.0.0.1", port: await freePort() },
      database: { url },
    });
    assert.ok(config !== null);
    return await runDaemon(config, silentLog);
  };
  // Who is stopped before the handshake is through does not say goodbye.
  const open = (): number =>
    server.connections.filter(({ closedByPeer, socket }) => !closedByPeer && !socket.destroyed)
      .length;
  const first = await start(proxy.url);
  await server.connected();
  const second = await start(store.url);
  await sleep(1_200);
  assert.equal(server.connections.length, 1, "the second stands by");
  proxy.cut();
  await until("the second has taken over", () => server.connections.length === 2);
  proxy.mend();
  await until("the first has given up", () => server.connections[0]?.closedByPeer === true);
  assert.equal(open(), 1);
  await second.stop();
  await until("the first has it again", () => server.connections.length === 3 && open() === 1);
  await first.stop();
  await until("the stream has ended", () => open() === 0);
});

test("who is stopped gives the stream to the one that stands by before the last pod has hung up", async (t) => {
  await using store = await testDatabase();
  const { component } = VALID.xmpp;
  const server = await fakeComponentServer(component);
  t.after(() => server.close());
  const start = async () => {
    const port = await freePort();
    const { config } = read(t, {
      ...VALID,
      xmpp: { ...VALID.xmpp, component: { ...component, host: "127.0.0.1", port: server.port } },
      server: { host: "127.0.0.1", port },
      database: { url: store.url },
    });
    assert.ok(config !== null);
    return { port, daemon: await runDaemon(config, silentLog) };
  };
  const first = await start();
  await server.connected();
  const second = await start();
  const half = connect(first.port, "127.0.0.1");
  half.on("error", () => undefined);
  half.write("POST /receive/public HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nxml");
  await sleep(100);
  let ended = false;
  const stopping = first.daemon.stop().then(() => {
    ended = true;
  });
  await until("the second has taken over", () => server.connections.length === 2);
  assert.equal(ended, false, "the first still waits for a pod");
  half.destroy();
  await stopping;
  await second.daemon.stop();
});
