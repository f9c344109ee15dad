import assert from "node:assert/strict";
import { test } from "node:test";
import type { DiasporaId } from "../../../src/activitystreams/ids.ts";
import type { RemotePerson } from "../../../src/activitystreams/person.ts";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import { cachedDiscovery } from "../../../src/federation/discovery-cache.ts";
import { diasporaId, guid } from "./people.ts";

function person(id: DiasporaId): RemotePerson {
  return {
    diasporaId: id,
    guid: guid("0123456789abcdef"),
    publicKeyPem: "",
    podUrl: "https://pod.example/",
    name: "",
  };
}

const ALICE = diasporaId("alice@pod.example");

test("a person who is being looked up is not looked up a second time", async () => {
  let asked = 0;
  const discover = cachedDiscovery(async (id) => {
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, 10));
    return person(id);
  });
  const found = await Promise.all([discover(ALICE), discover(ALICE), discover(ALICE)]);
  assert.equal(asked, 1);
  assert.equal(found[2].diasporaId, ALICE);
  await discover(ALICE);
  assert.equal(asked, 2, "who was found is the store's to remember");
});

test("who was not found is not asked for again until a while has passed", async () => {
  let asked = 0;
  const discover = cachedDiscovery(
    () => {
      asked += 1;
      return Promise.reject(new DxError("DX_PERSON_NOT_FOUND"));
    },
    { failureMs: 30 },
  );
  for (let n = 0; n < 5; n += 1) {
    await assert.rejects(discover(ALICE), (error) => isDxError(error, "DX_PERSON_NOT_FOUND"));
  }
  assert.equal(asked, 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await assert.rejects(discover(ALICE));
  assert.equal(asked, 2);
});

test("an error of our own is not taken for an answer of the peer", async () => {
  let asked = 0;
  const discover = cachedDiscovery(() => {
    asked += 1;
    return Promise.reject(new TypeError("bug"));
  });
  await assert.rejects(discover(ALICE), TypeError);
  await assert.rejects(discover(ALICE), TypeError);
  assert.equal(asked, 2);
});

test("failures of more people than the limit push the oldest out", async () => {
  const asked: DiasporaId[] = [];
  const discover = cachedDiscovery(
    (id) => {
      asked.push(id);
      return Promise.reject(new DxError("DX_PERSON_NOT_FOUND"));
    },
    { maxFailures: 2 },
  );
  const ids = ["a@pod.example", "b@pod.example", "c@pod.example"].map(diasporaId);
  for (const id of [...ids, ...ids.slice(2), ...ids.slice(0, 1)])
    await assert.rejects(discover(id));
  assert.deepEqual(asked, [...ids, ...ids.slice(0, 1)]);
});

test("lookups over the limit fail at once, and may be tried again", async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const discover = cachedDiscovery(
    async (id) => {
      await gate;
      return person(id);
    },
    { maxPending: 1 },
  );
  const first = discover(ALICE);
  const bert = diasporaId("bert@pod.example");
  await assert.rejects(discover(bert), (error) => isDxError(error) && error.retryable);
  release();
  await first;
  assert.equal((await discover(bert)).diasporaId, bert);
});

test("one host is asked for few people at a time, and takes no other host's turns", async () => {
  const asked: DiasporaId[] = [];
  const never = (id: DiasporaId): Promise<RemotePerson> => {
    asked.push(id);
    return id.endsWith("@far.example") ? Promise.resolve(person(id)) : new Promise(() => undefined);
  };
  const discover = cachedDiscovery(never, { maxPerHost: 2 });
  const ids = ["a", "b", "c", "d"].map((name) => diasporaId(`${name}@pod.example`));
  void discover(ids[0] ?? ALICE);
  void discover(ids[1] ?? ALICE);
  for (const id of ids.slice(2)) {
    await assert.rejects(discover(id), (error) => isDxError(error) && error.retryable);
  }
  await discover(diasporaId("carol@far.example"));
  assert.equal(asked.length, 3);
});
