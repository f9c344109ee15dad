/**
 * Many posts written while the bridge was down, on each server: all of them arrive, once.
 * `node --test test/long/outage.ts`
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/e2e-client.ts";
import { shareWith, told, toldTo } from "../support/e2e-posts.ts";
import { optIn, publish } from "../support/e2e-social.ts";
import { COMPONENT, startWorld } from "../support/e2e-world.ts";
import { newPerson } from "../support/peer-person.ts";

const POSTS = 250;
const PATIENCE_MS = 120_000;

for (const server of ["loopback", "ejabberd", "prosody"] as const) {
  test(`${String(POSTS)} posts of an outage, and one that is quicker than they are, on ${server}`, async () => {
    const alice = newPerson("alice@pod-a.example", 1024);
    const world = await startWorld({ server, people: [alice], forceNodeConfig: true });
    try {
      const anna = await world.connect("anna");
      await optIn(anna, COMPONENT);
      await shareWith(world, alice, anna);
      await publish(anna, { text: "before it" });
      await told(world.peer, alice, { entity: "status_message", text: "before it" });
      assert.equal(await world.daemon.stop(), 0);
      const texts = Array.from({ length: POSTS }, (_, index) => `post ${String(index + 1)}`);
      for (const text of texts) await publish(anna, { text });
      await world.restartDaemon();
      await publish(anna, { text: "after it" });
      const arrived = async (): Promise<string[]> =>
        (await toldTo(world.peer, alice))
          .filter((got) => got.get("entity") === "status_message")
          .map((got) => got.get("text") ?? "");
      await until("all of them", async () => (await arrived()).length === POSTS + 2, PATIENCE_MS);
      // A pod is sent several at once, so that they change places by a few.
      const late = (await arrived()).filter((text) => text.startsWith("post "));
      assert.deepEqual(new Set(late), new Set(texts));
    } finally {
      await world.close();
    }
  });
}
