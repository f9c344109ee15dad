/**
 * Pitfall 70: an XMPP account that is deleted, and made anew by somebody else, gets nothing of what
 * was there before: neither while its owner took part, nor after the owner has left.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { until, xml, type TestClient } from "../support/e2e-client.ts";
import { postArrived, shareWith } from "../support/e2e-posts.ts";
import { goOnline, optIn, publish } from "../support/e2e-social.ts";
import { COMPONENT, DOMAIN, startWorld, type World } from "../support/e2e-world.ts";
import { hostOfPerson, vectorPerson } from "../support/peer-person.ts";

const REGISTER = "jabber:iq:register";
const alice = vectorPerson("alice");

for (const server of ["ejabberd", "prosody"] as const) {
  describe(`accounts that are deleted and made anew on ${server}`, () => {
    let world: World;

    before(async () => {
      const forceNodeConfig = true;
      world = await startWorld({ server, people: [alice], forceNodeConfig, quickKeys: true });
    });
    after(async () => {
      await world.close();
    });

    /** The server ends the stream with it, perhaps before it has answered. */
    async function deletes(client: TestClient): Promise<void> {
      const answer = await client
        .iq("set", DOMAIN, xml("query", { xmlns: REGISTER }, xml("remove")), 5_000)
        .catch(() => null);
      assert.notEqual(answer?.type, "error", answer?.stanza.toString());
    }

    async function tries(client: TestClient): Promise<string> {
      const answer = await client.iq("set", COMPONENT, xml("query", { xmlns: REGISTER }));
      return `${answer.type} ${answer.condition}`.trim();
    }

    test("while the owner took part", async () => {
      const anna = await world.connect("anna");
      await optIn(anna, COMPONENT);
      await shareWith(world, alice, anna);
      await publish(anna, { text: "mine" });
      await postArrived(world.peer, hostOfPerson(alice), "mine");
      await deletes(anna);
      const next = await world.connect("anna");
      await goOnline(next);
      assert.equal(await tries(next), "error conflict", "doubted, or held");
      await publish(next, { text: "not hers" });
      // Also when it is found out that it is another.
      await until("told", () => next.messages.some(({ body }) => /operator/.test(body)), 90_000);
      assert.equal(await tries(next), "error conflict");
    });

    test("after the owner, who never posted, has left", async () => {
      const bert = await world.connect("bert");
      await optIn(bert, COMPONENT);
      const leaves = xml("query", { xmlns: REGISTER }, xml("remove"));
      assert.equal((await bert.iq("set", COMPONENT, leaves)).type, "result");
      await deletes(bert);
      const next = await world.connect("bert");
      await goOnline(next);
      assert.equal(await tries(next), "error conflict");
    });

    test("and who leaves, and never posted, comes back", async () => {
      const carl = await world.connect("carl");
      await optIn(carl, COMPONENT);
      const leaves = xml("query", { xmlns: REGISTER }, xml("remove"));
      assert.equal((await carl.iq("set", COMPONENT, leaves)).type, "result");
      assert.equal(await tries(carl), "result");
    });
  });
}
