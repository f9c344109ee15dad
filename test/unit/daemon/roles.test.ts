/** What a process does that does a part of a daemon's work. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../dev/ports.ts";
import type { Role } from "../../../src/config.ts";
import { createRules } from "../../../src/daemon/rules.ts";
import { openStorage } from "../../../src/daemon/storage.ts";
import { silentLog } from "../../../src/log/log.ts";
import { runDaemon } from "../../../src/main.ts";
import { firstRow } from "../../../src/store/database.ts";
import { wakeDestinations } from "../../../src/store/destinations.ts";
import { testDatabase } from "../../support/database.ts";
import { fakeComponentServer } from "../../support/fake-component-server.ts";
import { jid } from "../../support/fixtures.ts";
import { read, summary, VALID } from "../config/support.ts";

interface Did {
  readonly logsIn: boolean;
  readonly answersHttp: boolean;
  readonly worksOnInbox: boolean;
}

const ROLES: readonly [readonly Role[], Did][] = [
  [["connector"], { logsIn: true, answersHttp: false, worksOnInbox: false }],
  [["web"], { logsIn: false, answersHttp: true, worksOnInbox: false }],
  [["worker"], { logsIn: false, answersHttp: false, worksOnInbox: true }],
  [["web", "worker"], { logsIn: false, answersHttp: true, worksOnInbox: true }],
];

async function whatDoes(t: TestContext, roles: readonly Role[], expected: Did): Promise<Did> {
  await using store = await testDatabase();
  const { component } = VALID.xmpp;
  const server = await fakeComponentServer(component);
  t.after(() => server.close());
  const port = await freePort();
  const { config } = read(t, {
    ...VALID,
    roles,
    xmpp: { ...VALID.xmpp, component: { ...component, host: "127.0.0.1", port: server.port } },
    server: { host: "127.0.0.1", port },
    database: { url: store.url },
  });
  assert.ok(config !== null);
  await wakeDestinations(store.db, "inbox", ["pod.example"]);
  const daemon = await runDaemon(config, silentLog);
  const answer = await fetch(`http://127.0.0.1:${String(port)}/live`).catch(() => null);
  // Of a host of which nothing waits the turn is over at once.
  const over = "select 1 as one from destinations where due_at = 'infinity'";
  const isOver = async (): Promise<boolean> => (await firstRow(store.db, over)) !== undefined;
  const rounds = expected.worksOnInbox ? 500 : 15;
  for (let round = 0; round < rounds && !(await isOver()); round += 1) await sleep(20);
  if (expected.logsIn) await server.connected();
  const did = {
    logsIn: server.connections.length > 0,
    answersHttp: answer?.status === 200,
    worksOnInbox: await isOver(),
  };
  await daemon.stop();
  return did;
}

for (const [roles, expected] of ROLES) {
  test(`a process with the roles ${roles.join(", ")} does that and nothing else`, async (t) => {
    assert.deepEqual(await whatDoes(t, roles, expected), expected);
  });
}

for (const [roles, expected] of [
  [["connector"], 0],
  [["connector", "worker"], 1],
] as const) {
  test(`a process with the roles ${roles.join(", ")} signs a post ahead ${String(expected)} times`, async (t) => {
    await using database = await testDatabase();
    const { config } = read(t, {
      ...VALID,
      roles,
      database: { url: database.url },
      development: { enabled: true, key_bits: 2048 },
    });
    assert.ok(config !== null);
    const storage = await openStorage(config, silentLog, { onWake: () => undefined });
    try {
      let signed = 0;
      const unasked = (): Promise<never> => Promise.reject(new Error("nobody asks"));
      const rules = createRules({
        config,
        storage,
        discover: unasked,
        readBack: () => Promise.resolve(),
        signer: { envelopeOf: unasked, passOn: unasked, prepare: () => (signed += 1) },
        wake: () => undefined,
      });
      const alice = jid("alice@example.org");
      await rules.register(alice);
      await rules.acts.post({ jid: alice, markdown: "Hello", audience: "public", key: "1" });
      assert.equal(signed, expected);
    } finally {
      await storage.close();
    }
  });
}

test("who does a part needs a database that the others have too", (t) => {
  const { findings } = read(t, { ...VALID, roles: ["web"] });
  assert.deepEqual(summary(findings), ["error database.url"]);
  assert.deepEqual(
    summary(read(t, { ...VALID, roles: ["worker", "web", "connector"] }).findings),
    [],
  );
});

test("a role that there is not is named with those that there are", (t) => {
  const { findings } = read(t, VALID, { DIASPORA_X_ROLES: "web,wroker" });
  assert.deepEqual(summary(findings), ["error roles.1"]);
  assert.match(findings[0]?.mend ?? "", /connector, web and worker/);
});
