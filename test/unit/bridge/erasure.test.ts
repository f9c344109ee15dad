import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import { endDueAccounts, forgetEnded } from "../../../src/bridge/account-end.ts";
import type { Account, KnownPerson } from "../../../src/bridge/ports.ts";
import { createActs } from "../../../src/bridge/acts.ts";
import { send } from "../../../src/bridge/conversation.ts";
import { receiveActivity } from "../../../src/bridge/receive.ts";
import { rows, type Database } from "../../../src/store/database.ts";
import { diasporaId, guid, guidNumber, jid, remotePost } from "../../support/fixtures.ts";
import { ALICE, NODE, peopleBench, profile, type PeopleBench } from "./people-bench.ts";

const JID = jid("roderick@example.org");
const NAME = "Roderick Xylander";
/** What the person said, and is called; and what others said to nobody but the person. */
const TRACES = ["quokka", "roderick", "xylander", "wombat"];

interface Column {
  readonly table: string;
  readonly column: string;
}

/** Every place of the whole database in which one of the words stands. */
async function tracesIn(db: Database): Promise<string[]> {
  const columns = await rows<Column>(
    db,
    `select c.table_name as table, c.column_name as column
     from information_schema.columns c
     join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
       and c.data_type in ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY')
     order by 1, 2`,
  );
  const found: string[] = [];
  for (const { table, column } of columns) {
    const text = `convert_from(convert_to("${column}"::text, 'UTF8'), 'UTF8')`;
    const hex = TRACES.map((word) => Buffer.from(word).toString("hex"));
    const { rows: hits } = await db.raw<{ rows: { text: string }[] }>(
      `select ${text} as text from "${table}" where lower(${text}) ~ ?`,
      [[...TRACES, ...hex].join("|")],
    );
    found.push(...hits.map((hit) => `${table}.${column}: ${hit.text.slice(0, 120)}`));
  }
  return found;
}

const tablesOf = (traces: readonly string[]): Set<string> =>
  new Set(traces.map((trace) => trace.slice(0, trace.indexOf("."))));

/** One who did everything that can be done here, and to whom all was done. */
async function fullLife(bench: PeopleBench): Promise<Account> {
  const { db, store, effects } = bench;
  const me = await bench.account(JID);
  await rows(db, "update people set name = ? where id = ?", [NAME, me.key]);
  const alice = await bench.remote();
  await bench.contact(alice, me);
  await rows(db, "update relationships set following = true where local_id = ?", [me.key]);
  const receive: Receive = (activity, to, relay) =>
    receiveActivity(
      {
        activity,
        sender: alice.diasporaId,
        recipient: to?.guid ?? null,
        ...(relay === undefined ? {} : { relay }),
      },
      "0",
      store,
      effects,
    );
  await said(bench, receive);
  await received(bench, receive, me, alice);
  await kept(db, me, alice);
  return me;
}

type Receive = (activity: Activity, to?: Account, relay?: string) => Promise<boolean>;

async function said({ db, store, effects }: PeopleBench, receive: Receive): Promise<void> {
  const acts = createActs(store, effects);
  const post = { jid: JID, audience: "public" } as const;
  const mine = await acts.post({ ...post, markdown: "A quokka #quokka", key: "1" });
  await acts.post({ ...post, markdown: "A quokka for friends", key: "2" });
  const passedOn = guidNumber(0x5a);
  const actor = { network: "diaspora", id: ALICE, name: "alice" } as const;
  const root = { author: diasporaId(JID), guid: mine };
  const object = { type: "share", guid: passedOn, root } as const;
  await receive({ ...remotePost(), verb: "share", actor, object });
  const hers = guidNumber(0x77);
  await receive(remotePost({ guid: hers }));
  await acts.comment({ jid: JID, about: hers, markdown: "quokka!", key: "3", itemId: "quokka-1" });
  await acts.like({ jid: JID, about: hers });
  await acts.share({ jid: JID, root: hers });
  const gone = await acts.post({ ...post, markdown: "gone", key: "5" });
  await rows(
    db,
    `update activities set item_id = 'my-quokka-title', comments_service = ?,
       comments_node = 'comments/my-quokka-title' where guid = ?`,
    [JID, gone],
  );
  await acts.retract({ jid: JID, guid: gone });
  const act = { jid: JID, to: ALICE, subject: "On the quokka", thread: "quokka-thread" } as const;
  await send({ ...act, markdown: "A quokka", messageId: "quokka-m", key: "4" }, store, effects);
  await receive(
    {
      verb: "post",
      actor,
      audience: "public",
      published: effects.now(),
      object: { type: "comment", guid: guidNumber(0x5b), markdown: "wombat", inReplyTo: mine },
    },
    undefined,
    "<comment>wombat</comment>",
  );
}

async function received(
  bench: PeopleBench,
  receive: Receive,
  me: Account,
  alice: KnownPerson,
): Promise<void> {
  const limited = remotePost({ guid: guidNumber(0x90), markdown: "A wombat for you" });
  await receive({ ...limited, audience: "limited" }, me);
  const actor = { network: "diaspora", id: ALICE, name: "alice" } as const;
  const published = bench.effects.now();
  const conversation = guidNumber(0x91);
  await receive(
    {
      verb: "send",
      actor,
      audience: "limited",
      published,
      object: {
        type: "conversation",
        guid: conversation,
        subject: "wombat",
        participants: [ALICE, diasporaId(JID)],
        messages: [
          { type: "message", guid: guidNumber(0x92), conversation, markdown: "wombat", published },
        ],
      },
    },
    me,
  );
  await bench.within((tx) => tx.keepDetails(alice.key, me.key, { bio: "wombat" }, null));
}

async function kept(db: Database, { key, guid: mine }: Account, alice: KnownPerson): Promise<void> {
  const post = await rows<{ id: string; guid: string }>(
    db,
    "select id, guid from activities where author_id = ? and type = 'note' order by id limit 1",
    [key],
  );
  const [{ id, guid: postGuid } = { id: "", guid: "" }] = post;
  const p = profile({ name: NAME, bio: "quokka" });
  await db("own_profiles").insert({ person_id: key, vcard: p, nick: NAME, told: p });
  await db("own_avatars").insert({ person_id: key, sha1: "quokka", bytes: Buffer.from("quokka") });
  await db("items").insert({
    person_id: key,
    node: NODE,
    item_id: "quokka",
    content_hash: "h",
    state: "published",
  });
  await db("photos").insert({
    guid: guid("quokka-photo-0001"),
    activity_id: id,
    source_url: "https://up.example/quokka.jpg",
  });
  await db("subscriptions")
    .insert({ person_id: alice.key, node: NODE, jid: JID, pubsub: true })
    .onConflict()
    .ignore();
  await rows(
    db,
    "update activities set comments_service = ?, comments_node = 'quokka' where id = ?",
    [JID, id],
  );
  await db("comment_nodes").insert({
    service: JID,
    node: "quokka",
    post_guid: postGuid,
    person_id: key,
  });
  const other = { service: "comments.example", node: "n" };
  await db("comment_nodes").insert({ ...other, post_guid: "other", person_id: key });
  await db("comment_items").insert({
    ...other,
    item_id: "quokka",
    publisher: JID,
    content_hash: "h",
  });
  await db("placed_items").insert({
    guid: guidNumber(0x99),
    service: JID,
    node: "quokka",
    item_id: "i",
    publisher: "x",
    attached: false,
  });
  await db("notices").insert({ person_id: key, purpose: "quokka" });
  await db("said")
    .insert({ person_id: key, message_id: "quokka", guid: postGuid })
    .onConflict()
    .ignore();
  const node = await destination(db, "node", `${JID} quokka`);
  const inbox = await destination(db, "inbox", "pod.example");
  await db("deliveries").insert({ destination_id: node, activity_id: id, root_guid: postGuid });
  await db("inbox").insert({
    destination_id: inbox,
    kind: "private",
    recipient: mine,
    body: Buffer.from("quokka"),
  });
}

async function destination(db: Database, kind: string, address: string): Promise<string> {
  const [made] = await rows<{ id: string }>(
    db,
    "insert into destinations (kind, address) values (?, ?) returning id",
    [kind, address],
  );
  return made?.id ?? "";
}

test("pitfall 85: after the end a search of the whole database finds nothing of the person", async () => {
  await using bench = await peopleBench();
  const me = await fullLife(bench);
  await bench.store.transaction((tx) => tx.tell(JID, `Hello ${NAME}`));
  const before = tablesOf(await tracesIn(bench.db));
  for (const table of [
    ...["activities", "people", "conversations", "own_profiles", "own_avatars", "items", "photos"],
    ...["subscriptions", "comment_nodes", "comment_items", "placed_items", "profile_details"],
    ...["destinations", "deliveries", "said", "notices", "inbox", "conversation_people"],
  ]) {
    assert.ok(before.has(table), `the test puts nothing into ${table}`);
  }
  await bench.store.closeAccount(me, { endsAt: bench.effects.now(), returns: true });
  assert.deepEqual(await endDueAccounts(9, bench.store, bench.effects), [JID]);
  await bench.deliverAll();
  assert.equal(await forgetEnded(9, bench.store, bench.effects), 1);
  assert.deepEqual(await tracesIn(bench.db), []);
});

test("what others share with each other stays when one of them leaves", async () => {
  await using bench = await peopleBench();
  const me = await fullLife(bench);
  const bob = await bench.account();
  const limited = guidNumber(0x90);
  const known = await bench.store.findActivity(limited);
  await bench.within((tx) => tx.addAudience(known?.id ?? "", bob.key));
  await bench.within((tx) => tx.endAccount(me));
  assert.equal((await bench.store.findActivity(limited))?.deleted, false);
  assert.equal((await bench.store.findActivity(guidNumber(0x5a)))?.deleted, false);
  const hers = await bench.store.findActivity(guidNumber(0x77));
  assert.equal(hers?.deleted, false);
});

test("more posts than one statement takes are all erased", async () => {
  await using bench = await peopleBench();
  const me = await bench.account(JID);
  await rows(
    bench.db,
    `insert into activities (guid, author_id, verb, type, audience, object, published, changed,
       root_guid, item_id)
     select md5(n::text), ?, 'post', 'note', 'public',
            jsonb_build_object('type', 'note', 'guid', md5(n::text), 'markdown', 'quokka'),
            now(), now(), md5(n::text), md5(n::text)
     from generate_series(1, 5200) n`,
    [me.key],
  );
  await bench.within((tx) => tx.endAccount(me));
  const [left] = await rows<{ count: string }>(
    bench.db,
    "select count(*) from activities where object is not null",
  );
  assert.equal(left?.count, "0");
});
