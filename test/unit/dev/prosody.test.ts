/** A real Prosody, fetched at the first run. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { silentLog } from "../../../src/log/log.ts";
import { freePort } from "../../../dev/ports.ts";
import { isRunning } from "../../../dev/proc.ts";
import { startProsody } from "../../../dev/prosody.ts";
import type { ServerOptions, XmppServer } from "../../../dev/server.ts";
import { logIn, xml } from "../../support/e2e-client.ts";
import { componentHandshake } from "../../support/component-handshake.ts";

const root = mkdtempSync(join(tmpdir(), "dx-prosody-"));
const running: XmppServer[] = [];
after(async () => {
  await Promise.all(running.map((each) => each.stop()));
  rmSync(root, { recursive: true, force: true });
});

async function options(name: string): Promise<ServerOptions> {
  return {
    dir: join(root, name),
    domains: ["lab.local"],
    components: ["one", "two"].map((each) => ({
      domain: `${each}.lab.local`,
      secret: `secret "of" ${each}`,
    })),
    ports: { c2s: await freePort(), component: await freePort(), api: await freePort() },
    listenIp: "127.0.0.1",
    forceNodeConfig: true,
    privileged: true,
    log: silentLog,
  };
}

async function start(settings: ServerOptions): Promise<XmppServer> {
  const server = await startProsody(settings);
  running.push(server);
  return server;
}

async function discoItems(server: XmppServer, user: string): Promise<string[]> {
  const login = { user, domain: "lab.local", password: "x y", port: server.c2sPort };
  const client = await logIn(login);
  const query = xml("query", { xmlns: "http://jabber.org/protocol/disco#items" });
  const { stanza } = await client.iq("get", "lab.local", query);
  await client.close();
  const items = stanza.getChild("query")?.getChildren("item") ?? [];
  return items.map((item) => String(item.attrs["jid"])).sort();
}

test("two servers run beside each other, each with its own people, who see the gateways", async () => {
  const [one, other] = await Promise.all([
    start(await options("one")),
    start(await options("other")),
  ]);
  assert.equal(await one.register("alice.b", "lab.local", "x y"), true);
  assert.equal(await one.register("alice.b", "lab.local", "z"), false);
  const found = await discoItems(one, "alice.b");
  for (const service of ["one", "two", "pubsub"])
    assert.ok(found.includes(`${service}.lab.local`), found.join(" "));
  await assert.rejects(discoItems(other, "alice.b"), /not-authorized/);
  await other.stop();
  assert.ok(!isRunning(other.pid));
});

test("components log in with their secrets, and with no others", async () => {
  const server = running.find(({ pid }) => isRunning(pid));
  assert.ok(server);
  const says = (name: string, secret: string): Promise<string> =>
    componentHandshake(server.componentPort, `${name}.lab.local`, secret);
  assert.match(await says("one", 'secret "of" one'), /<handshake\/?>/);
  assert.match(await says("two", 'secret "of" two'), /<handshake\/?>/);
  assert.match(await says("one", 'secret "of" two'), /not-authorized/);
});

test("accounts survive a restart, also after kill -9 of whoever had started it", async () => {
  const settings = await options("kept");
  const first = await start(settings);
  await first.register("bob", "lab.local", "x y");
  // Nobody has stopped the first one: the second start finds it by its pid file.
  const second = await start(settings);
  assert.ok(!isRunning(first.pid));
  assert.ok((await discoItems(second, "bob")).length > 0);
});

test("a taken port is an error that names it", async () => {
  const settings = await options("taken");
  const server = createServer().listen(settings.ports.component, "127.0.0.1");
  await once(server, "listening");
  const named = new RegExp(`port ${String(settings.ports.component)} .*taken`);
  await assert.rejects(startProsody(settings), named);
  server.close();
});
