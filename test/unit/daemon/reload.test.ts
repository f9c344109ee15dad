/** A daemon that takes a changed configuration while it runs, seen from outside. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { freePort } from "../../../dev/ports.ts";
import { silentLog } from "../../../src/log/log.ts";
import { runDaemon } from "../../../src/main.ts";
import { el, textOf, type XmlElement } from "../../../src/xml/element.ts";
import { testDatabase } from "../../support/database.ts";
import { fakeComponentServer } from "../../support/fake-component-server.ts";
import { read, VALID } from "../config/support.ts";

const PROXY = "203.0.113.7";

test("contact, trusted proxies and lists change on the stream that there is", async (t) => {
  await using store = await testDatabase();
  const { component } = VALID.xmpp;
  const server = await fakeComponentServer(component);
  t.after(() => server.close());
  const port = await freePort();
  const written = {
    ...VALID,
    roles: ["connector", "web"],
    xmpp: { ...VALID.xmpp, component: { ...component, host: "127.0.0.1", port: server.port } },
    server: { host: "127.0.0.1", port },
    limits: { requests_per_minute: 2 },
    database: { url: store.url },
  };
  const { config } = read(t, written);
  const { config: changed } = read(t, {
    ...written,
    server: { ...written.server, trusted_proxies: ["127.0.0.1"] },
    contact: { abuse: ["mailto:abuse@example.org"] },
    moderation: { pods: "listed" },
  });
  assert.ok(config !== null && changed !== null);
  const daemon = await runDaemon(config, silentLog);
  const stream = await server.connected();
  const contactSaid = async (id: string): Promise<boolean> => {
    const query = el("query", { xmlns: "http://jabber.org/protocol/disco#info" });
    const to = component.domain;
    stream.send(el("iq", { type: "get", id, from: "bob@example.org/x", to }, query));
    const isAnswer = ({ attrs }: XmlElement): boolean => attrs["id"] === id;
    for (let count = 1; !server.stanzas.some(isAnswer); count += 1) await server.arrived(count);
    return textOf(server.stanzas.find(isAnswer)).includes("mailto:abuse@example.org");
  };
  /** Of an address that is counted, as loopback is not. */
  const asked = async (): Promise<number> => {
    const headers = { "x-forwarded-for": PROXY };
    return (await fetch(`http://127.0.0.1:${String(port)}/robots.txt`, { headers })).status;
  };
  try {
    assert.equal(await contactSaid("one"), false);
    assert.deepEqual([await asked(), await asked(), await asked()], [200, 200, 200]);
    await daemon.reload(changed);
    assert.equal(await contactSaid("two"), true);
    assert.deepEqual([await asked(), await asked(), await asked()], [200, 200, 429]);
    assert.equal(server.connections.length, 1);
    assert.equal(stream.closedByPeer, false);
  } finally {
    await daemon.stop();
  }
});
