import assert from "node:assert/strict";
import { test } from "node:test";
import type { Profile } from "../../../src/activitystreams/activity.ts";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import type { ProfileChange } from "../../../src/activitystreams/profile.ts";
import { acceptFollower } from "../../../src/bridge/followers.ts";
import { block } from "../../../src/bridge/block.ts";
import type { Account, KnownPerson } from "../../../src/bridge/ports.ts";
import { receiveProfile } from "../../../src/bridge/profile-in.ts";
import { profileChanged, sendDueProfiles } from "../../../src/bridge/profile-out.ts";
import { ownAvatar } from "../../../src/store/avatars.ts";
import { toldProfileByGuid } from "../../../src/store/own-profiles.ts";
import { jid } from "../../support/fixtures.ts";
import { BOB, peopleBench, profile, type PeopleBench } from "./people-bench.ts";

const SECRETS = { bio: "I bite.", birthday: "1990-01-02", gender: "none", location: "Home" };
const CARD = profile({
  name: "Bob B.",
  firstName: "Bob",
  lastName: "B.",
  tags: ["tea"],
  ...SECRETS,
});
const AVATAR = { sha1: "0123456789abcdef", bytes: Buffer.from("picture") };
const MINUTE = 1 / 60;

const changes = (bench: PeopleBench, change: ProfileChange): Promise<void> =>
  profileChanged(BOB, change, bench.store, bench.effects);

async function sent(bench: PeopleBench): Promise<number> {
  bench.later(MINUTE);
  return await sendDueProfiles(10, bench.store, bench.effects);
}

async function withContact(bench: PeopleBench): Promise<{ bob: Account; alice: KnownPerson }> {
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await bench.within((tx) => tx.changeRelationship(bob.key, alice.key, { sharing: true }));
  return { bob, alice };
}

async function profilesAt(bench: PeopleBench, pod: KnownPerson): Promise<Profile[]> {
  return (await bench.waiting("pod", pod.podUrl)).flatMap(({ content }) =>
    content.type === "activity" && content.activity.object.type === "profile"
      ? [content.activity.object]
      : [],
  );
}

test("card, name and picture that change one after the other are one profile", async () => {
  await using bench = await peopleBench();
  const { alice } = await withContact(bench);
  await changes(bench, { vcard: CARD });
  await changes(bench, { nick: "Bobby" });
  await changes(bench, { avatar: AVATAR });
  assert.equal(await sendDueProfiles(10, bench.store, bench.effects), 0, "a minute is waited");
  assert.equal(await sent(bench), 1);
  const [told, ...more] = await profilesAt(bench, alice);
  assert.deepEqual(more, []);
  assert.deepEqual(
    [told?.name, told?.firstName, told?.bio, told?.searchable, told?.edited],
    ["Bobby", undefined, "I bite.", false, bench.effects.now()],
  );
  assert.match(told?.photo?.large ?? "", /^https:\/\/dx.example.org\/avatars\/large\/.*cdef$/);
});

test("it goes to each pod of contacts, and once into a mailbox there", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await withContact(bench);
  const people = [
    await bench.remote("ann@pod.example"),
    await bench.remote("dan@other.example", "https://other.example/"),
    await bench.remote("eve@evil.example", "https://evil.example/"),
    await bench.remote("stranger@far.example", "https://far.example/"),
  ];
  for (const { key } of people.slice(0, 3)) {
    await bench.within((tx) => tx.changeRelationship(bob.key, key, { following: true }));
  }
  const [ann, dan, eve, stranger] = people;
  assert.ok(ann && dan && eve && stranger);
  await block(BOB, eve.diasporaId, bench.store, bench.effects);
  await bench.deliverAll();
  await changes(bench, { vcard: CARD });
  await sent(bench);
  const pods = [alice, dan, eve, stranger].map(({ podUrl }) => bench.waiting("pod", podUrl));
  assert.deepEqual(
    (await Promise.all(pods)).map(({ length }) => length),
    [1, 1, 0, 0],
  );
  const boxes = [alice, ann, dan, eve].map((one) => bench.waiting("person", personAddress(one)));
  assert.deepEqual(
    (await Promise.all(boxes)).map(({ length }) => length),
    [1, 0, 1, 0],
  );
});

test("pitfall 78: what was published once more without a change is told to nobody", async () => {
  await using bench = await peopleBench();
  const { alice } = await withContact(bench);
  await changes(bench, { vcard: CARD, avatar: AVATAR });
  await sent(bench);
  await changes(bench, { vcard: CARD, avatar: AVATAR });
  await sent(bench);
  assert.equal((await profilesAt(bench, alice)).length, 1);
  await changes(bench, { avatar: { ...AVATAR, sha1: "fedcba" } });
  await sent(bench);
  assert.equal((await profilesAt(bench, alice)).length, 2);
});

test("what is gone, or closed to strangers, is taken back", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await withContact(bench);
  await changes(bench, { vcard: CARD, nick: "Bobby", avatar: AVATAR });
  await sent(bench);
  await changes(bench, { vcard: null, nick: null, avatar: null });
  await sent(bench);
  const [, told] = await profilesAt(bench, alice);
  assert.deepEqual(told, {
    ...profile({ name: "bob", searchable: false }),
    edited: bench.effects.now(),
  });
  assert.equal((await bench.store.accountByJid(BOB))?.name, "bob");
  assert.deepEqual(
    await toldProfileByGuid(bench.db, bob.guid),
    profile({ name: "bob", searchable: false }),
  );
});

test("the card's own wish to be found counts for nothing, the preference does", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await withContact(bench);
  await bench.within((tx) => tx.setPreferences(bob.key, { searchable: false }));
  await changes(bench, { vcard: { ...CARD, searchable: true } });
  await sent(bench);
  await bench.within((tx) => tx.setPreferences(bob.key, { searchable: true }));
  await changes(bench, {});
  await sent(bench);
  assert.deepEqual(
    (await profilesAt(bench, alice)).map(({ searchable }) => searchable),
    [false, true],
  );
});

test("of people who have not opted in, or have left, nothing is kept nor told", async () => {
  await using bench = await peopleBench();
  const { bob } = await withContact(bench);
  await profileChanged(jid("eve@example.org"), { vcard: CARD }, bench.store, bench.effects);
  assert.equal(await bench.count("own_profiles"), 0);
  await changes(bench, { vcard: CARD, avatar: AVATAR });
  await bench.store.closeAccount(bob);
  assert.equal(await sent(bench), 0);
  assert.equal(await toldProfileByGuid(bench.db, bob.guid), null);
});

test("pitfall 85: the end of an account takes card, picture and rights of others along", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await withContact(bench);
  await bench.contact(alice, bob, "unfollow");
  await bench.contact(alice, bob);
  await acceptFollower(BOB, alice.diasporaId, bench.store);
  await comes(bench, alice, ALICES, bob);
  await changes(bench, { vcard: CARD, avatar: AVATAR });
  await sent(bench);
  await bench.within((tx) => tx.endAccount(bob));
  assert.equal(await bench.store.reopenAccount(BOB), null);
  assert.equal(await ownAvatar(bench.db, bob.guid), null);
  assert.equal(await toldProfileByGuid(bench.db, bob.guid), null);
  assert.deepEqual(await bench.within((tx) => tx.limitedReaders(bob.key)), []);
  assert.equal((await bench.store.profileOf(alice, bob.key)).bio, undefined);
});

const comes = (
  bench: PeopleBench,
  author: KnownPerson,
  object: Profile,
  to: Account | null,
): Promise<void> =>
  bench.within((tx) =>
    receiveProfile(
      tx,
      {
        verb: "update",
        actor: { network: "diaspora", id: author.diasporaId },
        object,
        audience: to === null ? "public" : "limited",
        published: bench.effects.now(),
      },
      author,
      to,
    ),
  );

const ALICES = profile({ name: "Alice A.", tags: ["cats"], searchable: true, ...SECRETS });

test("the private half is seen by those alone to whom it was sent", async () => {
  await using bench = await peopleBench();
  const [bob, carol] = [await bench.account(), await bench.account("carol@example.org")];
  const alice = await bench.remote();
  await comes(bench, alice, ALICES, bob);
  const open = profile({ name: "Alice A.", tags: ["cats"], searchable: true });
  assert.deepEqual(await bench.store.profileOf(alice, bob.key), ALICES);
  assert.deepEqual(await bench.store.profileOf(alice, carol.key), open);
  assert.deepEqual(await bench.store.profileOf(alice, null), open);
});

test("what becomes public is everybody's; what becomes private again is those', to whom it comes", async () => {
  await using bench = await peopleBench();
  const [bob, carol] = [await bench.account(), await bench.account("carol@example.org")];
  const alice = await bench.remote();
  await comes(bench, alice, ALICES, bob);
  await comes(bench, alice, { ...ALICES, bio: "I purr." }, null);
  assert.equal((await bench.store.profileOf(alice, null)).bio, "I purr.");
  assert.equal((await bench.store.profileOf(alice, bob.key)).bio, "I purr.");
  await comes(bench, alice, { ...ALICES, bio: "I hide." }, carol);
  assert.equal((await bench.store.profileOf(alice, carol.key)).bio, "I hide.");
  assert.equal((await bench.store.profileOf(alice, bob.key)).bio, undefined);
  assert.equal((await bench.store.profileOf(alice, null)).bio, undefined);
});

test("pitfall 51: an old profile that is sent once more brings nothing back", async () => {
  await using bench = await peopleBench();
  const bob = await bench.account();
  const alice = await bench.remote();
  const old = { ...ALICES, edited: new Date("2026-01-01T00:00:00Z") };
  const now = { ...profile({ name: "A." }), edited: new Date("2026-02-01T00:00:00Z") };
  await comes(bench, alice, old, null);
  await comes(bench, alice, now, null);
  await comes(bench, alice, old, null);
  await comes(bench, alice, old, bob);
  assert.deepEqual(await bench.store.profileOf(alice, bob.key), now);
  assert.equal((await bench.store.remoteById(alice.diasporaId))?.name, "A.");
});

test("of who has sent no profile there is what discovery found", async () => {
  await using bench = await peopleBench();
  const alice = await bench.remote();
  const photoUrl = "https://pod.example/a.png";
  assert.deepEqual(
    await bench.store.profileOf({ ...alice, photoUrl }, null),
    profile({ name: "alice", photo: { large: photoUrl, medium: photoUrl, small: photoUrl } }),
  );
});

for (const [text, found] of [
  ["alice", ["alice@pod.example"]],
  [" ALICE a", ["alice@pod.example"]],
  ["a.", ["alice@pod.example"]],
  ["alice@pod.ex", ["alice@pod.example"]],
  ["lice", []],
  ["%", []],
  ["_lice", []],
  ["\\", []],
  ["  ", []],
  ["ann", []],
] as const) {
  test(`a search for ${JSON.stringify(text)} finds ${found.join(", ") || "nobody"}`, async () => {
    await using bench = await peopleBench();
    const [alice, ann] = [await bench.remote(), await bench.remote("ann@pod.example")];
    await comes(bench, alice, ALICES, null);
    await comes(bench, ann, profile({ name: "Ann, who hides" }), null);
    await bench.remote("annie@pod.example");
    const people = await bench.store.searchPeople(text, null, 20);
    assert.deepEqual(
      people.map(({ diasporaId }) => diasporaId),
      found,
    );
  });
}

test("nobody finds whom they have blocked, nor who does not want to be found any more", async () => {
  await using bench = await peopleBench();
  const bob = await bench.account();
  const alice = await bench.remote();
  await comes(bench, alice, ALICES, null);
  await block(BOB, alice.diasporaId, bench.store, bench.effects);
  assert.deepEqual(await bench.store.searchPeople("alice", bob.key, 20), []);
  assert.equal((await bench.store.searchPeople("alice", null, 20)).length, 1);
  await comes(bench, alice, { ...ALICES, searchable: false }, null);
  assert.deepEqual(await bench.store.searchPeople("alice", null, 20), []);
});
