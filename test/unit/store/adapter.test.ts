import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore } from "../../../src/store/adapter.ts";
import { createRemotePeople } from "../../../src/store/remote-cache.ts";
import { testDatabase } from "../../support/database.ts";
import { countRows } from "./queue-support.ts";
import { social, vault } from "./social-support.ts";

test("two transactions that wake the same destinations in opposite order are both done, once", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const people = await social(db);
  const store = createStore(db, vault, createRemotePeople(db));
  const one = { kind: "pod", addresses: ["https://one.example/"] } as const;
  const two = { kind: "pod", addresses: ["https://two.example/"] } as const;
  // Each has its first lock before either asks for its second.
  let begun = 0;
  let both: () => void = () => undefined;
  const haveBegun = new Promise<void>((resolve) => (both = resolve));
  const put = async (pods: readonly (typeof one | typeof two)[]) => {
    const { id, guid } = await people.post(people.bob);
    await store.transaction(async (tx) => {
      for (const [index, pod] of pods.entries()) {
        await tx.deliver(id, guid, pod);
        if (index > 0) continue;
        begun += 1;
        if (begun === 2) both();
        await haveBegun;
      }
    });
  };
  await Promise.all([put([one, two]), put([two, one])]);
  assert.ok(begun > 2, "one of them was done anew");
  assert.equal(await countRows(db, "deliveries"), 4);
});

test("what fails in a transaction for another reason is not tried again, and nothing of it is kept", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const people = await social(db);
  const store = createStore(db, vault, createRemotePeople(db));
  let tries = 0;
  const failing = store.transaction(async (tx) => {
    tries += 1;
    await tx.claimNotice(people.bob.key, "once");
    throw new Error("no");
  });
  await assert.rejects(failing, /no/);
  assert.equal(tries, 1);
  assert.equal(await countRows(db, "notices"), 0);
});
