import assert from "node:assert/strict";
import { test } from "node:test";
import { createAllowance } from "../../../src/activitystreams/allowance.ts";
import type { Acts } from "../../../src/activitystreams/acts.ts";
import type { Activity, RelationActivity } from "../../../src/activitystreams/activity.ts";
import { createStandings } from "../../../src/activitystreams/standing.ts";
import { comment } from "../../../src/bridge/comment.ts";
import { follow, unfollow } from "../../../src/bridge/follow.ts";
import { createTake, limitedActs } from "../../../src/bridge/limits.ts";
import { withoutRefused } from "../../../src/bridge/pictures-refused.ts";
import type { KnownPerson } from "../../../src/bridge/ports.ts";
import { publishItem } from "../../../src/bridge/publish.ts";
import { share } from "../../../src/bridge/share.ts";
import { isDxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import { diasporaId, guidNumber, jid, note, remotePost } from "../../support/fixtures.ts";
import {
  bridgeBench,
  deleteOf,
  NODE,
  NOW,
  postOf,
  subscribe,
  wordsOf,
  type Bench,
} from "./bench.ts";

const POST = guidNumber(0x1111);

const refused =
  (code: ErrorCode) =>
  (error: unknown): boolean =>
    isDxError(error, code);

/** As the operator's lists leave it. */
async function judged(
  bench: Bench,
  name: string,
  standing: "silence" | "suspend",
): Promise<KnownPerson> {
  const person = await bench.remote(name, `https://${name.split("@")[1] ?? ""}/`);
  await bench.db.raw("update people set standing = ? where id = ?", [standing, person.key]);
  return { ...person, standing };
}

function by(person: KnownPerson) {
  return { network: "diaspora", id: person.diasporaId, name: person.name } as const;
}

function shareOf(person: KnownPerson, root: KnownPerson): Activity {
  return {
    ...remotePost(),
    actor: by(person),
    verb: "share",
    object: {
      type: "share",
      guid: guidNumber(0x5555),
      root: { author: root.diasporaId, guid: POST },
    },
  };
}

function commentOf(person: KnownPerson, inReplyTo: typeof POST): Activity {
  const object = { type: "comment", guid: guidNumber(0x8888), markdown: "Hi", inReplyTo } as const;
  return { ...remotePost(), actor: by(person), verb: "post", object };
}

function relationOf(person: KnownPerson, verb: RelationActivity["verb"]): RelationActivity {
  const object = { type: "person", id: person.diasporaId } as const;
  return { ...remotePost(), actor: by(person), verb, object, audience: "limited" };
}

test("nothing of a suspended person comes in, by whichever hand, but what takes something back", async () => {
  await using bench = await bridgeBench();
  const [bob, carol] = [await bench.account(), await bench.remote("carol@other.example")];
  const mallory = await bench.remote("mallory@bad.example", "https://bad.example/");
  await subscribe(bench, carol, bob.jid);
  // Said before, and hidden since.
  await insertPost(bench, mallory);
  await bench.db.raw("update people set standing = 'suspend' where id = ?", [mallory.key]);
  const closed = refused("DX_SUSPENDED");
  await assert.rejects(bench.receive(postOf(mallory, { guid: guidNumber(2) }), mallory), closed);
  await assert.rejects(bench.receive(relationOf(mallory, "follow"), mallory, bob), closed);
  await assert.rejects(bench.receive(shareOf(carol, mallory), carol), closed);
  const place = guidNumber(0x7777);
  await bench.receive(postOf(carol, { guid: place, markdown: "a place" }), carol);
  await bench.deliverAll();
  await assert.rejects(bench.receive(commentOf(mallory, place), carol), closed);
  assert.deepEqual(await bench.reading(bob.jid), []);
  await bench.receive(relationOf(mallory, "unfollow"), mallory, bob);
  await bench.receive(deleteOf(mallory, POST), mallory);
  assert.equal((await bench.store.findActivity(POST))?.deleted, true);
});

async function insertPost(bench: Bench, author: KnownPerson): Promise<void> {
  const post = postOf(author, { guid: POST });
  await bench.store.transaction((tx) => tx.insertActivity(POST, author.key, post));
}

test("nobody here follows, comments or reshares a suspended person, and everybody can leave", async () => {
  await using bench = await bridgeBench();
  const bob = await bench.account();
  const mallory = await judged(bench, "mallory@bad.example", "suspend");
  await insertPost(bench, mallory);
  const { store, effects } = bench;
  const act = { jid: bob.jid, id: mallory.diasporaId, node: NODE, by: "pubsub" } as const;
  await assert.rejects(follow(act, store, effects), refused("DX_SUSPENDED"));
  const about = { jid: bob.jid, about: POST, markdown: "Hello", key: "1" };
  await assert.rejects(comment(about, store, effects), refused("DX_ITEM_NOT_FOUND"));
  await assert.rejects(
    share({ jid: bob.jid, root: POST }, store, effects),
    refused("DX_ITEM_NOT_FOUND"),
  );
  await store.transaction(async (tx) => {
    await tx.changeRelationship(bob.key, mallory.key, { following: true });
    await tx.addSubscription(mallory.key, NODE, bob.jid, "pubsub");
  });
  await unfollow(act, store, effects);
  const is = await store.transaction((tx) => tx.relationship(bob.key, mallory.key));
  assert.equal(is.following, false);
});

test("a share of a share passes on nobody who is suspended, or who is blocked", async () => {
  await using bench = await bridgeBench();
  const [bob, carol] = [await bench.account(), await bench.remote("carol@other.example")];
  const mallory = await bench.remote("mallory@bad.example", "https://bad.example/");
  await insertPost(bench, mallory);
  await bench.receive(shareOf(carol, mallory), carol);
  const { store, effects } = bench;
  const act = { jid: bob.jid, root: guidNumber(0x5555) };
  await bench.db.raw("update people set standing = 'suspend' where id = ?", [mallory.key]);
  await assert.rejects(share(act, store, effects), refused("DX_ITEM_NOT_FOUND"));
  await bench.db.raw("update people set standing = null where id = ?", [mallory.key]);
  const block = { blocking: true };
  await store.transaction((tx) => tx.changeRelationship(bob.key, mallory.key, block));
  await assert.rejects(share(act, store, effects), refused("DX_BLOCKED"));
  assert.deepEqual(await bench.addresses("pod"), []);
});

test("nobody is told of a silenced follower, who is in the list all the same", async () => {
  await using bench = await bridgeBench();
  const bob = await bench.account();
  const loud = await judged(bench, "loud@noisy.example", "silence");
  await bench.receive(relationOf(loud, "follow"), loud, bob);
  assert.deepEqual(await bench.waiting("jid", bob.jid), []);
  assert.equal(await bench.count("digests"), 0);
  const contacts = await bench.store.contactsOf(bob.key);
  assert.deepEqual(
    contacts.map(({ person, is }) => [person.diasporaId, is.sharing]),
    [[loud.diasporaId, true]],
  );
});

test("of pods whose pictures nobody wants, posts come without them", () => {
  const flags = { reason: null, rejectReports: false, obfuscate: false };
  const standing = {
    kind: "pod",
    subject: "bad.example",
    severity: "allow",
    rejectMedia: true,
  } as const;
  const standings = createStandings([{ ...standing, ...flags }], false);
  const photo = { guid: guidNumber(7), url: "https://bad.example/1.png" };
  const from = (id: string, markdown: string): Activity => {
    const object = note({ guid: POST, markdown, photos: [photo] });
    const activity = remotePost();
    return { ...activity, actor: { network: "diaspora", id: diasporaId(id) }, object };
  };
  const photos = (activity: Activity): number =>
    activity.object.type === "note" ? activity.object.photos.length : -1;
  assert.equal(photos(withoutRefused(from("a@pod.bad.example", "Look"), standings)), 0);
  assert.equal(photos(withoutRefused(from("a@pod.example", "Look"), standings)), 1);
  assert.throws(
    () => withoutRefused(from("a@bad.example", ""), standings),
    refused("DX_SUSPENDED"),
  );
});

test("one person sends so much in a day, and one foreign server so much in an hour", async () => {
  await using bench = await bridgeBench();
  const home = await bench.account("bob@example.org");
  const [one, two] = [
    await bench.account("one@far.example"),
    await bench.account("two@far.example"),
  ];
  const done: string[] = [];
  const act = (who: { readonly jid: string }): Promise<typeof POST> => {
    done.push(who.jid);
    return Promise.resolve(POST);
  };
  const all = { like: act, comment: act, vote: act, attend: act, share: act, post: act };
  const back = async (who: { readonly jid: string }): Promise<void> => {
    await act(who);
  };
  const acts: Acts = { ...all, edit: back, send: act, unlike: back, retract: back };
  const take = createTake(
    {
      posts: 2,
      comments: 3,
      messages: 1,
      ownDomains: ["example.org"],
      domains: createAllowance(3, () => 0),
    },
    bench.store,
  );
  const limited = limitedActs(acts, take);
  const like = (jid: typeof home.jid) => limited.like({ jid, about: POST });
  for (let n = 0; n < 3; n += 1) await like(home.jid);
  await assert.rejects(like(home.jid), refused("DX_DAILY_LIMIT"));
  // Something else is counted by itself, and what takes back is not counted.
  await limited.share({ jid: home.jid, root: POST });
  await limited.unlike({ jid: home.jid, about: POST });
  await like(one.jid);
  await like(two.jid);
  await like(one.jid);
  await assert.rejects(like(two.jid), refused("DX_TOO_FAST"));
  await limited.retract({ jid: two.jid, guid: POST });
  assert.equal(done.length, 9);
});

test("more posts than one may send in a day stay at home, and their author is told once", async () => {
  await using bench = await bridgeBench();
  const bob = await bench.account();
  const effects = { ...bench.effects, daily: { posts: 2, follows: 1 } };
  const publish = (itemId: string, hash = "1") =>
    publishItem(
      {
        ...{ jid: bob.jid, node: NODE, itemId, hash, published: NOW, optedIn: NOW },
        ...{ fresh: true, baselineDone: true, readableByStranger: true },
        reading: (guid) => ({
          ...{ note: note({ guid, markdown: itemId }), via: null, comments: null },
          audience: "node",
        }),
      },
      bench.store,
      effects,
    );
  assert.equal(await publish("one"), "published");
  // A copy is none.
  assert.equal(await publish("one"), "known");
  assert.equal(await publish("two"), "published");
  assert.equal(await publish("three"), "withheld");
  assert.equal(await publish("four"), "withheld");
  const words = wordsOf(await bench.waiting("jid", bob.jid));
  assert.deepEqual([words.length, /Publish it again tomorrow/.test(words[0] ?? "")], [1, true]);
  await bench.db.raw("update counters set day = day - 1");
  assert.equal(await publish("three", "2"), "published");
  const [alice, carol] = [await bench.remote(), await bench.remote("carol@other.example")];
  const act = { jid: jid("bob@example.org"), node: NODE, by: "pubsub" } as const;
  await follow({ ...act, id: alice.diasporaId }, bench.store, effects);
  await assert.rejects(
    follow({ ...act, id: carol.diasporaId }, bench.store, effects),
    refused("DX_DAILY_LIMIT"),
  );
});
