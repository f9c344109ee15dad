/** SIGTERM in the middle of work. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { freePort } from "../../../dev/ports.ts";
import { silentLog } from "../../../src/log/log.ts";
import { runDaemon } from "../../../src/main.ts";
import { firstRow } from "../../../src/store/database.ts";
import { testDatabase } from "../../support/database.ts";
import { read, VALID } from "../config/support.ts";
import { seal } from "../../support/peer-envelope.ts";
import { newGuid, statusMessage } from "../../support/peer-messages.ts";
import { vectorPerson } from "../../support/peer-person.ts";

/** `start` gives up after 30 s. */
const LIMIT_MS = 20_000;

test("who is stopped while a pod keeps it waiting ends in time, and leaves the work for the next", async (t) => {
  await using store = await testDatabase();
  const alice = vectorPerson("alice");
  const asked = Promise.withResolvers<undefined>();
  // It takes connections, and says nothing.
  const pod = createServer((socket) => {
    socket.on("error", () => undefined);
    asked.resolve(undefined);
  }).listen(0, "127.0.0.1");
  await once(pod, "listening");
  t.after(() => pod.close());
  const podPort = (pod.address() as AddressInfo).port;
  const port = await freePort();
  const { config } = read(t, {
    ...VALID,
    roles: ["web", "worker"],
    server: { host: "127.0.0.1", port },
    database: { url: store.url },
    development: {
      enabled: true,
      names: { [alice.id.slice(alice.id.indexOf("@") + 1)]: `127.0.0.1:${String(podPort)}` },
    },
  });
  assert.ok(config !== null);
  const daemon = await runDaemon(config, silentLog);
  const message = { guid: newGuid(), text: "Hello" };
  const answer = await fetch(`http://127.0.0.1:${String(port)}/receive/public`, {
    method: "POST",
    body: seal(statusMessage(alice, message), alice),
  });
  assert.equal(answer.status, 202);
  await asked.promise;
  const began = performance.now();
  await daemon.stop();
  assert.ok(performance.now() - began < LIMIT_MS);
  const waiting = await firstRow(store.db, "select 1 as one from inbox");
  assert.ok(waiting !== undefined, "it waits still");
  const leased = await firstRow(
    store.db,
    "select 1 as one from destinations where leased_by is not null",
  );
  assert.equal(leased, undefined, "nobody has it");
});
