import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { generateKeyPairSync } from "node:crypto";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { main } from "../../../src/cli.ts";
import { rows } from "../../../src/store/database.ts";
import { insertLocal } from "../../../src/store/people.ts";
import { createVault } from "../../../src/store/vault.ts";
import { testDatabase, type TestDatabase } from "../../support/database.ts";
import { jid, localPerson } from "../../support/fixtures.ts";
import { social } from "../store/social-support.ts";
import { KEY, tempFolder, VALID } from "../config/support.ts";

function configFor(context: TestContext, { url }: TestDatabase): string {
  const file = join(tempFolder(context), "config.yaml");
  writeFileSync(file, stringify({ ...VALID, database: { url } }), { mode: 0o600 });
  return file;
}

async function run(context: TestContext, store: TestDatabase, ...args: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main([...args, "--config", configFor(context, store)], {
    env: {},
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    readInput: () => Promise.resolve(""),
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

test("an account is shown, closed, brought back, and closed for good", async (context) => {
  await using store = await testDatabase();
  const { bob, alice, post } = await social(store.db);
  await post(bob);
  await rows(
    store.db,
    "insert into relationships (local_id, remote_id, sharing) values (?, ?, true)",
    [bob.key, alice.key],
  );
  const shown = await run(context, store, "person", "show", "bob@example.org");
  assert.equal(shown.code, 0);
  assert.match(shown.out, /takes part/);
  assert.match(shown.out, /follows 0, followed by 1/);
  assert.match(shown.out, /1 post here/);
  assert.match(
    (await run(context, store, "person", "show", alice.diasporaId)).out,
    /https:\/\/pod\.example/,
  );

  assert.match((await run(context, store, "person", "close", bob.jid)).out, /person reopen/);
  assert.match((await run(context, store, "person", "show", bob.jid)).out, /only `person reopen`/);
  assert.match((await run(context, store, "person", "reopen", bob.jid)).out, /takes part again/);
  assert.match((await run(context, store, "person", "close", bob.jid, "--now")).out, /for good/);
  const [due] = await rows<{ due: boolean }>(
    store.db,
    "select ends_at <= now() as due from people where id = ?",
    [bob.key],
  );
  assert.equal(due?.due, true);
});

test("one account is moved to another", async (context) => {
  await using store = await testDatabase();
  const { bob } = await social(store.db);
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const next = localPerson({
    jid: jid("robert@example.org"),
    publicKeyPem: publicKey,
    privateKeyPem: privateKey,
  });
  await insertLocal(store.db, createVault(KEY), next);
  assert.equal((await run(context, store, "person", "move", bob.jid, next.jid)).code, 0);
  const shown = await run(context, store, "person", "show", bob.diasporaId);
  assert.match(shown.out, /has moved to robert@example.org/);
});

for (const args of [
  ["person", "close", "nobody@example.org"],
  ["person", "reopen", "nobody@example.org"],
  ["person", "show", "nobody@example.org"],
  ["person", "move", "nobody@example.org", "bob@example.org"],
  ["export", "nobody@example.org"],
]) {
  test(`of nobody it fails and says so: ${args.join(" ")}`, async (context) => {
    await using store = await testDatabase();
    const { code, err } = await run(context, store, ...args);
    assert.equal(code, 1);
    assert.match(err, /DX_/);
  });
}

/** More by DIASPORA_X_EXPORT_POSTS=50000: with them too the program's heap stays below 64 MB. */
const POSTS = Number(process.env["DIASPORA_X_EXPORT_POSTS"] ?? 6_000);

/** A reader that knows docs/export.md and nothing else. */
function readExport(lines: readonly string[]) {
  const all = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const [header, end] = [all[0], all.at(-1)];
  assert.equal(header?.["format"], "diaspora-x-export");
  assert.equal(end?.["is"], "end");
  assert.equal(end["lines"], all.length);
  return {
    person: header["person"] as Record<string, string>,
    of: (is: string) => all.filter((line) => line["is"] === is),
    words: (is: string) =>
      all
        .filter((line) => line["is"] === is)
        .map((line) => (line["object"] as { markdown?: string }).markdown),
  };
}

test("the export has what the person said and what was said to them, and nothing else", async (context) => {
  await using store = await testDatabase();
  const { bob, eve, alice, post, comment } = await social(store.db);
  const mine = await post(bob, { markdown: "Mine" });
  await comment(bob, mine);
  await post(bob, { markdown: "For alice" }, { to: [alice] });
  await post(alice, { markdown: "Public, of alice" });
  await post(alice, { markdown: "For bob" }, { to: [bob] });
  await post(alice, { markdown: "For eve" }, { to: [eve] });
  await rows(
    store.db,
    "insert into relationships (local_id, remote_id, following) values (?, ?, true)",
    [bob.key, alice.key],
  );
  const { code, out } = await run(context, store, "export", bob.jid);
  assert.equal(code, 0);
  const read = readExport(out.split("\n"));
  assert.equal(read.person["diasporaId"], bob.diasporaId);
  assert.equal(read.person["privateKeyPem"], undefined);
  assert.deepEqual(read.words("activity"), ["Mine", "Indeed", "For alice"]);
  assert.deepEqual(read.words("received"), ["For bob"]);
  assert.deepEqual(
    read.of("contact").map((line) => [line["id"], line["following"]]),
    [[alice.diasporaId, true]],
  );
  assert.doesNotMatch(out, /For eve|Public, of alice/);
});

test(
  "an export of many posts needs no more memory than one of few",
  { timeout: 20 * POSTS },
  async (context) => {
    await using store = await testDatabase();
    const { bob } = await social(store.db);
    await rows(
      store.db,
      `insert into activities (guid, author_id, verb, type, audience, object, published, changed,
       root_guid, item_id)
     select md5(n::text), ?, 'post', 'note', 'public',
            jsonb_build_object('type', 'note', 'guid', md5(n::text), 'tags', '[]'::jsonb,
              'photos', '[]'::jsonb, 'markdown', repeat(md5(n::text), 200)),
            now(), now(), md5(n::text), md5(n::text)
     from generate_series(1, ?) n`,
      [bob.key, POSTS],
    );
    // All of it at once would be 40 MB of text alone, 320 MB with 50,000 posts.
    const program = fileURLToPath(new URL("../../../bin/diaspora-x.mjs", import.meta.url));
    const child = spawn(
      process.execPath,
      [
        "--max-old-space-size=64",
        program,
        "export",
        bob.jid,
        "--config",
        configFor(context, store),
      ],
      // The daemon takes no variable of that beginning that it does not know.
      { stdio: ["ignore", "pipe", "inherit"], env: { PATH: process.env["PATH"] } },
    );
    let lines = 0;
    let last = "";
    for await (const line of createInterface({ input: child.stdout })) {
      lines += 1;
      last = line;
    }
    assert.deepEqual(JSON.parse(last), { is: "end", lines });
    assert.ok(lines > POSTS);
    await store.db.raw("truncate activities cascade");
  },
);
