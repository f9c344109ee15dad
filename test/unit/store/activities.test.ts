import assert from "node:assert/strict";
import { test } from "node:test";
import type { KeptActivity, Note } from "../../../src/activitystreams/activity.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { isDxError } from "../../../src/errors/error.ts";
import {
  activityOf,
  addAudience,
  entombActivity,
  findActivity,
  insertActivity,
  readStream,
  type ActivityRow,
} from "../../../src/store/activities.ts";
import { firstRow, type Database } from "../../../src/store/database.ts";
import { insertLocal, rememberRemote, type AuthorRow } from "../../../src/store/people.ts";
import { createVault } from "../../../src/store/vault.ts";
import { testDatabase } from "../../support/database.ts";
import {
  diasporaId,
  guidNumber,
  jid,
  localPerson,
  note,
  remotePerson,
  remotePost,
} from "../../support/fixtures.ts";

const vault = createVault("a key for tests");

async function keys(db: Database): Promise<{ author: string; bob: string; eve: string }> {
  const author = await rememberRemote(db, remotePerson());
  const bob = await insertLocal(db, vault, localPerson());
  const eve = await insertLocal(db, vault, localPerson({ jid: jid("eve@example.org") }));
  return { author: author.key, bob: bob.key, eve: eve.key };
}

async function insert(
  db: Database,
  authorKey: string,
  guid: Guid,
  activity: KeptActivity,
): Promise<string> {
  const id = await insertActivity(db, guid, authorKey, activity);
  assert.ok(id !== null);
  return id;
}

async function guidsFor(
  db: Database,
  authorKey: string,
  readerKey: string | null,
): Promise<string[]> {
  const posts = await readStream(db, { authorKey, readerKey, limit: 100 });
  return posts.map(({ activity }) => (activity.object.type === "note" ? activity.object.guid : ""));
}

test("the same GUID is stored once, whoever comes second", async () => {
  await using store = await testDatabase();
  const { author, bob } = await keys(store.db);
  const guid = guidNumber(1);
  const attempts = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      insertActivity(store.db, guid, index % 2 === 0 ? author : bob, remotePost({ guid })),
    ),
  );
  assert.equal(attempts.filter((id) => id !== null).length, 1);
});

const WHOLE: Note = {
  ...note({ guid: guidNumber(7) }),
  markdown: 'Übung ☃ 😀 "quoted" \\ back\nline\u00a0\u2028 \ufffd',
  tags: ["übung", "日本"],
  photos: [
    { guid: guidNumber(8), url: "https://pod.example/a.png", text: "A", width: 3, height: 4 },
    { guid: guidNumber(9), url: "https://pod.example/b.png" },
  ],
  location: { address: "Berlin", latitude: "52.5", longitude: "13.4" },
  url: "https://pod.example/posts/7",
  question: {
    guid: guidNumber(10),
    question: "?",
    answers: [
      { guid: guidNumber(11), text: "yes" },
      { guid: guidNumber(12), text: "no" },
    ],
  },
  event: {
    type: "event",
    guid: guidNumber(13),
    summary: "Meetup",
    start: new Date("2026-06-01T16:00:00Z"),
    end: new Date("2026-06-01T20:30:00Z"),
    allDay: false,
    edited: new Date("2026-02-03T04:05:06Z"),
  },
  bookmark: { url: "https://example.org/" },
  generator: "diaspora*",
  edited: new Date("2026-02-03T04:05:06.789Z"),
};

for (const [what, activity] of [
  ["a post with everything in it", remotePost(WHOLE)],
  ["an edited post", remotePost(WHOLE, { verb: "update" })],
  [
    "a contact",
    {
      ...remotePost(),
      verb: "follow",
      audience: "limited",
      object: { type: "person", id: diasporaId("carol@pod.example") },
    },
  ],
  [
    "a retraction",
    {
      ...remotePost(),
      verb: "delete",
      object: { type: "tombstone", guid: guidNumber(3), targetType: "Post" },
    },
  ],
] as const satisfies readonly (readonly [string, KeptActivity])[]) {
  test(`${what} comes out as it went in`, async () => {
    await using store = await testDatabase();
    const { author } = await keys(store.db);
    await insert(store.db, author, guidNumber(7), activity);
    const row = await firstRow<ActivityRow & AuthorRow>(
      store.db,
      `select p.network, p.guid as author_guid, p.diaspora_id, p.jid, p.name, p.public_key,
              p.photo_url, null as pod_url, a.guid, a.verb, a.audience, a.object, a.published
       from activities a join people p on p.id = a.author_id`,
    );
    assert.ok(row !== undefined);
    assert.deepEqual(activityOf(row), activity);
  });
}

test("a row whose object does not fit its verb is not believed", async () => {
  await using store = await testDatabase();
  const { author } = await keys(store.db);
  await insert(store.db, author, guidNumber(1), remotePost());
  await store.db.raw("update activities set object = ?::jsonb", [
    JSON.stringify({ type: "note", guid: "no" }),
  ]);
  await assert.rejects(
    readStream(store.db, { authorKey: author, readerKey: null, limit: 1 }),
    (error) => isDxError(error, "DX_INTERNAL"),
  );
});

test("a limited post is in the stream of those who were addressed, and in nobody else's", async () => {
  await using store = await testDatabase();
  const { author, bob, eve } = await keys(store.db);
  const [open, limited] = [guidNumber(1), guidNumber(2)];
  await insert(store.db, author, open, remotePost({ guid: open }));
  const id = await insert(
    store.db,
    author,
    limited,
    remotePost({ guid: limited }, { audience: "limited" }),
  );
  await addAudience(store.db, id, bob);
  await addAudience(store.db, id, bob);
  assert.deepEqual(await guidsFor(store.db, author, bob), [limited, open]);
  assert.deepEqual(await guidsFor(store.db, author, eve), [open]);
  assert.deepEqual(await guidsFor(store.db, author, null), [open]);
  const asked = { authorKey: author, limit: 10, guids: [limited] };
  assert.equal((await readStream(store.db, { ...asked, readerKey: eve })).length, 0);
  assert.equal((await readStream(store.db, { ...asked, readerKey: bob })).length, 1);
});

test("the stream has the newest posts first, by their own time and then by arrival", async () => {
  await using store = await testDatabase();
  const { author } = await keys(store.db);
  const times = ["2026-01-02", "2026-01-03", "2026-01-01", "2026-01-03"];
  for (const [index, day] of times.entries()) {
    const guid = guidNumber(index);
    await insert(store.db, author, guid, remotePost({ guid }, { published: new Date(day) }));
  }
  const order = [3, 1, 0, 2].map((index) => guidNumber(index));
  assert.deepEqual(await guidsFor(store.db, author, null), order);
  const two = await readStream(store.db, { authorKey: author, readerKey: null, limit: 2 });
  assert.equal(two.length, 2);
  const none = {
    authorKey: author,
    readerKey: null,
    limit: 10,
    guids: ["x'; drop table people; --"],
  };
  assert.deepEqual(await readStream(store.db, none), []);
});

test("what was deleted is out of the stream, its words are out of the database, its GUID stays taken", async () => {
  await using store = await testDatabase();
  const { author } = await keys(store.db);
  const guid = guidNumber(1);
  const id = await insert(store.db, author, guid, remotePost({ guid, markdown: "regretted" }));
  await entombActivity(store.db, id);
  assert.deepEqual(await guidsFor(store.db, author, null), []);
  const known = await findActivity(store.db, guid);
  assert.deepEqual(known, { id, authorKey: author, audience: "public", deleted: true });
  assert.equal(await insertActivity(store.db, guid, author, remotePost({ guid })), null);
  const dump = JSON.stringify(await store.db("activities").select("*"));
  assert.equal(dump.includes("regretted"), false);
});

test("only posts of this author are in the stream", async () => {
  await using store = await testDatabase();
  const { author, bob } = await keys(store.db);
  await insert(store.db, bob, guidNumber(1), remotePost({ guid: guidNumber(1) }));
  await insert(store.db, author, guidNumber(2), {
    ...remotePost(),
    verb: "follow",
    object: { type: "person", id: diasporaId("carol@pod.example") },
  });
  assert.deepEqual(await guidsFor(store.db, author, null), []);
  assert.equal(await findActivity(store.db, guidNumber(3)), null);
});
