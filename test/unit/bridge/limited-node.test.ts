import assert from "node:assert/strict";
import { test } from "node:test";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import type { DiasporaId } from "../../../src/activitystreams/ids.ts";
import type { CollectedItem } from "../../../src/bridge/collected.ts";
import type { Account, KnownPerson } from "../../../src/bridge/ports.ts";
import { publishItem } from "../../../src/bridge/publish.ts";
import { DxError } from "../../../src/errors/error.ts";
import { jid, note } from "../../support/fixtures.ts";
import { bridgeBench, NODE, NOW, wordsOf, type Bench } from "./bench.ts";

const BOB = jid("bob@example.org");

interface Stage extends AsyncDisposable {
  readonly bench: Bench;
  /** bob lets alice and carol see his presence; dan only reads him. */
  readonly alice: KnownPerson;
  readonly carol: KnownPerson;
  /** Whom bob's server was asked for. */
  readonly asked: DiasporaId[];
  /** To whom it shows bob's node. */
  readonly shown: Set<DiasporaId>;
  publish(words: string, change?: Partial<CollectedItem>): Promise<string>;
  got(person: KnownPerson): Promise<string[]>;
}

async function stage(limited: "home" | "contacts"): Promise<Stage> {
  const bench = await bridgeBench();
  const bob = await bench.account();
  const alice = await bench.remote();
  const carol = await bench.remote("carol@other.example", "https://other.example/");
  const dan = await bench.remote("dan@other.example", "https://other.example/");
  for (const person of [alice, carol]) await letIn(bench, bob, person);
  await bench.store.transaction(async (tx) => {
    await tx.changeRelationship(bob.key, dan.key, { sharing: true });
    await tx.setPreferences(bob.key, { limited });
  });
  const asked: DiasporaId[] = [];
  const shown = new Set([alice.diasporaId, dan.diasporaId]);
  return {
    bench,
    alice,
    carol,
    asked,
    shown,
    publish: (words, change = {}) =>
      publishItem(
        {
          ...{ jid: BOB, node: NODE, itemId: "first", hash: words, published: NOW, fresh: true },
          ...{ baselineDone: true, optedIn: NOW, readableByStranger: false },
          shows: (id) => {
            asked.push(id);
            return Promise.resolve(shown.has(id));
          },
          reading: (guid) => ({
            ...{ note: note({ guid, markdown: words }), via: null, comments: null },
            audience: "node",
          }),
          ...change,
        },
        bench.store,
        bench.effects,
      ),
    got: async (person) => wordsOf(await bench.waiting("person", personAddress(person))),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

async function letIn(bench: Bench, local: Account, remote: KnownPerson): Promise<void> {
  await bench.store.transaction((tx) =>
    tx.changeRelationship(local.key, remote.key, { sharing: true }),
  );
  await bench.db.raw(
    "update relationships set presence = 'granted' where local_id = ? and remote_id = ?",
    [local.key, remote.key],
  );
}

test("a post in a closed node stays at home, and nobody is asked for, unless its author wants it", async () => {
  await using at = await stage("home");
  assert.equal(await at.publish("for few"), "withheld");
  assert.deepEqual(at.asked, []);
  assert.deepEqual(await at.bench.addresses("person"), []);
});

test("it goes encrypted to exactly the contacts to whom the author's server shows it", async () => {
  await using at = await stage("contacts");
  assert.equal(await at.publish("for few"), "published");
  assert.deepEqual(at.asked, [at.alice.diasporaId, at.carol.diasporaId], "contacts only");
  assert.deepEqual(await at.bench.addresses("person"), [personAddress(at.alice)]);
  assert.deepEqual(await at.got(at.alice), ["for few"]);
  assert.deepEqual(await at.bench.addresses("pod"), []);
});

test("pitfall 38: a server that shows it to nobody keeps it at home, whatever kind of node it is", async () => {
  await using at = await stage("contacts");
  at.shown.clear();
  assert.equal(await at.publish("for nobody"), "withheld");
  assert.deepEqual(await at.bench.addresses("person"), []);
});

test("nothing is decided as long as the server gives no clear answer", async () => {
  await using at = await stage("contacts");
  const shows = () => Promise.reject(new DxError("DX_IQ_TIMEOUT"));
  await assert.rejects(at.publish("for few", { shows }), { code: "DX_IQ_TIMEOUT" });
  assert.equal(await at.bench.count("items"), 0);
  assert.equal(await at.publish("for few"), "published");
});

test("a change goes to those of them only who can still read it", async () => {
  await using at = await stage("contacts");
  at.shown.add(at.carol.diasporaId);
  await at.publish("for few");
  await at.bench.deliverAll();
  at.shown.delete(at.carol.diasporaId);
  assert.equal(await at.publish("for fewer"), "changed");
  assert.deepEqual(await at.got(at.alice), ["for fewer"]);
  assert.deepEqual(await at.got(at.carol), []);
});

test("pitfall 39: a node that is opened later does not open what went to few", async () => {
  await using at = await stage("contacts");
  await at.publish("for few");
  await at.bench.deliverAll();
  assert.equal(await at.publish("for all?", { readableByStranger: true }), "known");
  assert.deepEqual(await at.bench.addresses("pod"), []);
});
