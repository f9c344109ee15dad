/** What is remembered of people is never older than what is committed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore } from "../../../src/store/adapter.ts";
import { createRemotePeople } from "../../../src/store/remote-cache.ts";
import { createVault } from "../../../src/store/vault.ts";
import { testDatabase } from "../../support/database.ts";
import { remotePerson } from "../../support/fixtures.ts";

test("who is asked for while the account is being closed is closed for who asks afterwards", async () => {
  await using database = await testDatabase();
  const remotes = createRemotePeople(database.db);
  const store = createStore(database.db, createVault("a key for tests"), remotes);
  const alice = await remotes.remember(remotePerson());
  await store.transaction(async (tx) => {
    await tx.closeRemote(alice);
    assert.notEqual(await remotes.known(alice.diasporaId), null, "nothing is committed yet");
  });
  assert.equal(await remotes.known(alice.diasporaId), null);
});

test("an answer that was on its way when somebody changed is not remembered", async () => {
  await using database = await testDatabase();
  const remotes = createRemotePeople(database.db);
  const alice = await remotes.remember(remotePerson());
  remotes.forget(alice.diasporaId);
  const asked = remotes.known(alice.diasporaId);
  remotes.forget(alice.diasporaId);
  assert.notEqual(await asked, null);
  await database.db.raw("update people set closed_at = now() where id = ?", [alice.key]);
  assert.equal(await remotes.known(alice.diasporaId), null);
});
