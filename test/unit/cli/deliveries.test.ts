import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { main } from "../../../src/cli.ts";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import { enqueueActivity } from "../../../src/store/deliveries.ts";
import { testDatabase } from "../../support/database.ts";
import { read, VALID } from "../config/support.ts";
import { social } from "../store/social-support.ts";

async function run(t: TestContext, url: string, args: readonly string[]) {
  const { folder } = read(t, { ...VALID, database: { url } });
  const lines: string[] = [];
  const code = await main(["deliveries", ...args, "--config", join(folder, "config.yaml")], {
    env: {},
    out: (line) => lines.push(line),
    err: (line) => lines.push(line),
    readInput: () => Promise.resolve(""),
  });
  return { code, text: lines.join("\n") };
}

test("at the terminal nobody reads what a limited post says, or to whom", async (t) => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob, carol } = people;
  const post = await people.post(bob, { markdown: "a secret" }, { to: [alice, carol] });
  const mailbox = { kind: "person", addresses: [personAddress(alice)] } as const;
  await enqueueActivity(db, post.id, post.guid, mailbox);
  const shown = [
    await run(t, store.url, [bob.jid]),
    await run(t, store.url, [bob.jid, post.guid]),
    await run(t, store.url, [bob.jid, post.guid, "--json"]),
    await run(t, store.url, []),
  ];
  for (const { code, text } of shown) {
    assert.equal(code, 0, text);
    for (const hidden of ["secret", alice.diasporaId, alice.guid, carol.diasporaId]) {
      assert.ok(!text.includes(hidden), text);
    }
  }
  assert.match(shown[1]?.text ?? "", /^ {2}pod\.example has not got it yet; it is on its way\.$/m);
});

const MISUSED: readonly (readonly [readonly string[], number, RegExp])[] = [
  [["no jid at all"], 2, /is no JID/],
  [["bob@example.org", "x"], 2, /x is no GUID/],
  [["nobody@example.org"], 1, /nobody@example\.org/],
  [["bob@example.org", "0123456789abcdef0123456789abcdef"], 1, /DX_ITEM_NOT_FOUND/],
];
for (const [args, exit, words] of MISUSED) {
  test(`“deliveries ${args.join(" ")}” is refused`, async (t) => {
    await using store = await testDatabase();
    await social(store.db);
    const { code, text } = await run(t, store.url, args);
    assert.equal(code, exit, text);
    assert.match(text, words);
  });
}

test("where nothing was posted and nothing is in trouble, that is said", async (t) => {
  await using store = await testDatabase();
  await social(store.db);
  assert.equal(
    (await run(t, store.url, ["bob@example.org"])).text,
    "bob@example.org has not posted anything.",
  );
  assert.match((await run(t, store.url, [])).text, /^Nothing waits/);
});
