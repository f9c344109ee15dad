import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isDxError } from "../../../src/errors/error.ts";
import { createVault, proveKey } from "../../../src/store/vault.ts";
import { testDatabase } from "../../support/database.ts";

const vault = createVault("the configured key");

test("what was sealed for somebody opens for them, and never looks the same twice", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string(), (plain, owner) => {
      const sealed = vault.seal(plain, owner);
      assert.equal(vault.open(sealed, owner), plain);
      assert.notDeepEqual(vault.seal(plain, owner), sealed);
    }),
    { numRuns: 50 },
  );
});

const sealed = vault.seal("secret", "bob");
const flipped = Buffer.from(sealed);
flipped.writeUInt8((flipped.at(-1) ?? 0) ^ 1, flipped.length - 1);
const older = Buffer.from(sealed);
older.writeUInt8(0, 0);

for (const [what, open] of [
  ["with another key", () => createVault("another key").open(sealed, "bob")],
  ["for another owner", () => vault.open(sealed, "eve")],
  ["with a bit turned", () => vault.open(flipped, "bob")],
  ["with another version", () => vault.open(older, "bob")],
  ["cut short", () => vault.open(sealed.subarray(0, 20), "bob")],
  ["empty", () => vault.open(Buffer.alloc(0), "bob")],
] as const) {
  test(`a sealed value ${what} does not open, and the error names no secret`, () => {
    assert.throws(open, (error) => {
      assert.ok(isDxError(error, "DX_KEY_MISMATCH"));
      assert.equal(JSON.stringify(error.evidence).includes("secret"), false);
      return true;
    });
  });
}

test("a digest is the same for ever, and depends on the key, the purpose and each part", () => {
  const digest = vault.digest("item", "bob@example.org", "node", "1");
  assert.match(digest, /^[0-9a-f]{32}$/);
  // Pinned: every GUID that was ever given out hangs on it.
  assert.equal(digest, "9b783e3d024fa56834b1da08fc985e93");
  const others = [
    createVault("another key").digest("item", "bob@example.org", "node", "1"),
    vault.digest("person", "bob@example.org", "node", "1"),
    vault.digest("item", "bob@example.org", "node1", ""),
    vault.digest("item", "bob@example.orgnode", "", "1"),
    vault.digest("item", "bob@example.org", "node"),
  ];
  assert.equal(new Set([digest, ...others]).size, 6);
});

test("the first start leaves a proof behind that only the same key opens", async () => {
  await using store = await testDatabase();
  await proveKey(store.db, vault);
  await proveKey(store.db, createVault("the configured key"));
  await assert.rejects(proveKey(store.db, createVault("another key")), (error) =>
    isDxError(error, "DX_KEY_MISMATCH"),
  );
  await proveKey(store.db, vault);
});
