import type { StandingChange } from "../../../src/activitystreams/standing-change.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import {
  createStandings,
  type Severity,
  type Standing,
  type StandingKind,
} from "../../../src/activitystreams/standing.ts";
import type { DiasporaId } from "../../../src/activitystreams/ids.ts";
import { silentLog } from "../../../src/log/log.ts";
import { attachmentsOf, streamPage, threadPage } from "../../../src/store/streams.ts";
import { ownAvatar } from "../../../src/store/avatars.ts";
import { rows, type Database } from "../../../src/store/database.ts";
import { enqueueActivity, enqueueForReaders } from "../../../src/store/deliveries.ts";
import { claimDestinations } from "../../../src/store/destinations.ts";
import { findActivity } from "../../../src/store/known.ts";
import { pendingDeliveries } from "../../../src/store/pending.ts";
import { localByJid, remoteByGuid, remoteById } from "../../../src/store/people.ts";
import { newestPublicPosts, postFacts, publicPost } from "../../../src/store/posts.ts";
import { keepProfile, searchPeople } from "../../../src/store/profiles.ts";
import { readersOf } from "../../../src/store/readers.ts";
import { recentPosts } from "../../../src/store/recent.ts";
import { contactPods } from "../../../src/store/recipients.ts";
import { changeRelationship, contactsOf } from "../../../src/store/relationships.ts";
import { createRemotePeople } from "../../../src/store/remote-cache.ts";
import { openStandings } from "../../../src/store/standings-cache.ts";
import { effectOf } from "../../../src/store/standings-effect.ts";
import { allStandings, applyStandings, changeStandings } from "../../../src/store/standings.ts";
import { addSubscription } from "../../../src/store/subscriptions.ts";
import { testDatabase } from "../../support/database.ts";
import { diasporaId, remotePerson } from "../../support/fixtures.ts";
import { NODE, social, type Said } from "./social-support.ts";

function said(severity: Severity, subject: string, kind: StandingKind = "pod"): Standing {
  const flags = { rejectMedia: false, rejectReports: false, obfuscate: false };
  return { kind, subject, severity, reason: null, ...flags };
}

async function put(db: Database, ...standings: Standing[]): Promise<void> {
  await changeStandings(db, { put: standings, drop: [] }, "a test");
  await applyStandings(db, false);
}

async function lift(db: Database, ...standings: Standing[]): Promise<void> {
  await changeStandings(db, { put: [], drop: standings }, "a test");
  await applyStandings(db, false);
}

/** Bob follows alice of pod.example and carol of other.example, who has passed on a post of alice. */
async function world(db: Database) {
  const people = await social(db);
  const { alice, bob, carol } = people;
  for (const remote of [alice, carol]) {
    await changeRelationship(db, bob.key, remote.key, { following: true, sharing: true });
    await addSubscription(db, remote.key, NODE, bob.jid, "pubsub");
  }
  const post = await people.post(alice);
  const share = await people.share(carol, post, alice);
  const own = await people.post(bob);
  const comment = await people.comment(alice, own);
  const like = await people.like(alice, own);
  const profile = {
    type: "profile",
    name: "Alice",
    tags: [],
    searchable: true,
    nsfw: false,
  } as const;
  await keepProfile(db, alice.key, profile, null);
  const query = { max: 50, order: "creation", readerKey: bob.key } as const;
  const stream = async (author: { key: string }, reader: string | null): Promise<boolean> => {
    const page = await streamPage(db, { ...query, readerKey: reader, authorKey: author.key });
    return page.items.length > 0;
  };
  const isAlice = ({ author }: { readonly author: { readonly guid: string } }): boolean =>
    author.guid === alice.guid;
  const places: Readonly<Record<string, () => Promise<boolean>>> = {
    stream: () => stream(alice, bob.key),
    "stream for strangers": () => stream(alice, null),
    reshare: () => stream(carol, bob.key),
    "reshare for strangers": () => stream(carol, null),
    comment: async () => {
      const thread = await threadPage(db, { ...query, postGuid: own.guid });
      return thread?.page.items.some(isAlice) === true;
    },
    like: async () => (await attachmentsOf(db, own.guid, bob.key))?.attachments.length === 1,
    thread: async () => (await threadPage(db, { ...query, postGuid: post.guid })) !== null,
    search: async () => (await searchPeople(db, "alice", bob.key, 5)).length > 0,
    fetch: async () => (await publicPost(db, "post", post.guid)) !== null,
    facts: async () => (await postFacts(db, "post", post.guid))?.gone === false,
    page: async () => (await remoteByGuid(db, alice.guid)) !== null,
    contact: async () =>
      (await contactsOf(db, bob.key)).some(({ person }) => person.guid === alice.guid),
    recent: async () => (await recentPosts(db, bob.jid, 9)).some(isAlice),
    delivery: async () => (await contactPods(db, bob.key)).includes("https://pod.example/"),
  };
  return {
    ...people,
    post,
    share,
    own,
    comment,
    like,
    /** All that bob, or anybody, can see of alice. */
    async seen(): Promise<string[]> {
      const found = await Promise.all(
        Object.entries(places).map(async ([name, look]) => ((await look()) ? [name] : [])),
      );
      return found.flat();
    },
    /** Who is told now of what alice has said before. */
    async told(news: Said, author: { key: string }): Promise<string[]> {
      const stream = { personKey: author.key, node: NODE, only: null };
      const root = { activityId: news.id, rootGuid: news.guid };
      await enqueueForReaders(db, { ...root, ...stream });
      const claimed = await claimDestinations(db, "stream", 1, 100);
      await db.raw("update destinations set lease_until = null");
      const ids = claimed.map(({ id }) => id);
      const [delivery] = await pendingDeliveries(db, ids, 100);
      const readers = delivery === undefined ? [] : await readersOf(db, delivery, null, 100);
      await db.raw("delete from deliveries");
      return readers.map(({ jid }) => jid);
    },
  };
}

const ALL = [
  "stream",
  "stream for strangers",
  "reshare",
  "reshare for strangers",
  "comment",
  "like",
  "thread",
  "search",
  "fetch",
  "facts",
  "page",
  "contact",
  "recent",
  "delivery",
];

const CLOSED: readonly [string, Standing][] = [
  ["the pod", said("suspend", "pod.example")],
  ["a domain above it", said("suspend", "example")],
  ["the person", said("suspend", "alice@pod.example", "person")],
];

for (const [what, standing] of CLOSED) {
  test(`who is suspended by ${what} is seen nowhere, not by way of others either, and comes back whole`, async () => {
    await using store = await testDatabase();
    const { db } = store;
    const { alice, bob, carol, post, share, seen, told } = await world(db);
    assert.deepEqual(await seen(), ALL);
    assert.deepEqual(await told(post, alice), [bob.jid]);
    assert.deepEqual(await told(share, carol), [bob.jid]);
    await put(db, said("allow", "other.example"), standing);
    assert.deepEqual(await seen(), []);
    assert.deepEqual(await told(post, alice), []);
    // It waited: now there is nothing in it that could be shown.
    assert.equal((await findActivity(db, post.guid))?.suspended, true);
    assert.equal((await remoteById(db, alice.diasporaId))?.standing, "suspend");
    assert.equal((await remoteById(db, carol.diasporaId))?.standing, undefined);
    await lift(db, standing);
    assert.deepEqual(await seen(), ALL);
    assert.deepEqual(await told(post, alice), [bob.jid]);
  });
}

test("who is silenced is heard by who follows, and by nobody else", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { alice, bob, carol, eve, own, post, share, comment, seen, told } = await world(db);
  await addSubscription(db, carol.key, NODE, eve.jid, "pubsub");
  await changeRelationship(db, eve.key, carol.key, { following: true });
  await put(db, said("silence", "pod.example"));
  const strangers = (one: string): boolean => one !== "reshare for strangers";
  assert.deepEqual(await seen(), ALL.filter(strangers));
  assert.deepEqual(await told(post, alice), [bob.jid]);
  assert.deepEqual(await told(share, carol), [bob.jid]);
  const query = { max: 9, order: "creation", postGuid: own.guid } as const;
  const below = async (readerKey: string | null): Promise<string[]> => {
    const thread = await threadPage(db, { ...query, readerKey });
    return (thread?.page.items ?? []).map(({ activity }) => activity.object.guid);
  };
  assert.equal((await below(bob.key)).includes(comment.guid), true);
  assert.deepEqual(await below(eve.key), []);
  assert.deepEqual(await below(null), []);
  assert.deepEqual(await searchPeople(db, "alice", eve.key, 5), []);
  await changeRelationship(db, bob.key, alice.key, { following: false });
  assert.deepEqual(await told(share, carol), []);
  assert.deepEqual(await searchPeople(db, "alice", bob.key, 5), []);
});

test("whoever blocks somebody gets nothing of them by a reshare either", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { alice, bob, carol, share, told } = await world(db);
  await changeRelationship(db, bob.key, alice.key, { blocked: true });
  assert.deepEqual(await told(share, carol), []);
  const query = { max: 9, order: "creation", authorKey: carol.key } as const;
  const count = async (readerKey: string | null): Promise<number> =>
    (await streamPage(db, { ...query, readerKey })).count;
  assert.equal(await count(bob.key), 0);
  assert.equal(await count(null), 1);
  assert.deepEqual(await recentPosts(db, bob.jid, 9), []);
});

test("an account here that is suspended looks closed, and is as it was when that ends", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { bob, own } = await world(db);
  await db.raw("insert into own_avatars values (?, 'sha', 'bytes')", [bob.key]);
  await enqueueActivity(db, own.id, own.guid, { kind: "pod", addresses: ["https://pod.example/"] });
  const found = async (): Promise<readonly unknown[]> => [
    await localByJid(db, bob.jid),
    await publicPost(db, "post", own.guid),
    (await newestPublicPosts(db, bob.guid, 5))[0] ?? null,
    await ownAvatar(db, bob.guid),
  ];
  assert.equal((await found()).includes(null), false);
  await put(db, said("suspend", "example.org", "jid"));
  assert.deepEqual(await found(), [null, null, null, null]);
  const claimed = await claimDestinations(db, "pod", 1, 10);
  assert.equal(claimed.length, 1);
  const ids = claimed.map(({ id }) => id);
  assert.deepEqual(await pendingDeliveries(db, ids, 10), []);
  await put(db, said("allow", bob.jid, "jid"));
  assert.equal((await found()).includes(null), false);
});

test("with a list of pods all others are suspended, and a pod is put on it and taken from it", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { seen } = await world(db);
  await changeStandings(db, { put: [said("allow", "other.example")], drop: [] }, "a test");
  await applyStandings(db, true);
  assert.deepEqual(await seen(), []);
  await changeStandings(db, { put: [said("allow", "pod.example")], drop: [] }, "a test");
  await applyStandings(db, true);
  assert.deepEqual(await seen(), ALL);
});

test("five thousand domains are tried, put and taken back, and everything is as it was", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { alice, bob, seen } = await world(db);
  const list = Array.from({ length: 4_999 }, (_, n) => said("suspend", `bad${String(n)}.example`));
  const change: StandingChange = { put: [...list, said("suspend", "pod.example")], drop: [] };
  const before = await rows(db, "select * from people order by id");
  const effect = await effectOf(db, change, false);
  assert.deepEqual(effect.suspended, {
    people: 1,
    posts: 1,
    contacts: 1,
    subscriptions: 1,
    pods: ["pod.example"],
    pairs: [{ local: bob.jid, remote: alice.diasporaId }],
  });
  assert.equal(effect.silenced.people + effect.opened.people + effect.accounts.length, 0);
  // It was tried only.
  assert.deepEqual(await allStandings(db), []);
  assert.deepEqual(await seen(), ALL);
  await put(db, ...change.put);
  assert.equal((await allStandings(db)).length, 5_000);
  assert.deepEqual(await seen(), []);
  const back = await effectOf(db, { put: [], drop: change.put }, false);
  assert.deepEqual([back.opened.people, back.suspended.people], [1, 0]);
  await lift(db, ...change.put);
  assert.deepEqual(await allStandings(db), []);
  assert.deepEqual(await seen(), ALL);
  const after = await rows(db, "select * from people order by id");
  assert.deepEqual(after, before);
});

async function standingsOf(
  db: Database,
  people: readonly { readonly diasporaId: DiasporaId }[],
): Promise<(string | null)[]> {
  const rowsOf = people.map(({ diasporaId: id }) => remoteById(db, id));
  return (await Promise.all(rowsOf)).map((row) => row?.standing ?? null);
}

test("what stands in people's rows is what the lists say of each, and what a trial has said", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const hosts = ["a.example", "b.a.example", "c.b.a.example", "other.org"];
  const everybody = await Promise.all(
    hosts.flatMap((host) =>
      hosts.map((pod, n) =>
        createRemotePeople(db).remember(
          remotePerson({
            diasporaId: diasporaId(`p${String(n)}@${host}`),
            podUrl: `https://${pod}/`,
          }),
        ),
      ),
    ),
  );
  const subjects: [StandingKind, string][] = [
    ...[...hosts, "example", "org"].map((host): [StandingKind, string] => ["pod", host]),
    ...everybody.slice(0, 6).map(({ diasporaId: id }): [StandingKind, string] => ["person", id]),
  ];
  const severity = fc.constantFrom<Severity | null>("allow", "silence", "suspend", null);
  const lists = fc.tuple(...subjects.map(() => severity));
  await fc.assert(
    fc.asyncProperty(lists, fc.boolean(), async (chosen, listed) => {
      const list = subjects.flatMap(([kind, subject], n) => {
        const one = chosen[n] ?? null;
        return one === null ? [] : [said(one, subject, kind)];
      });
      const drop = (await allStandings(db)).map(({ kind, subject }) => ({ kind, subject }));
      const change = { put: list, drop };
      const expected = createStandings(list, listed);
      const tried = await effectOf(db, change, listed);
      const before = await standingsOf(db, everybody);
      await changeStandings(db, change, "a test");
      await applyStandings(db, listed);
      const now = await standingsOf(db, everybody);
      const wanted = everybody.map(({ diasporaId: id, podUrl }) => expected.ofPerson(id, podUrl));
      assert.deepEqual(now, wanted);
      const became = (one: string | null): number =>
        now.filter((standing, n) => standing === one && before[n] !== one).length;
      assert.deepEqual(
        [tried.suspended.people, tried.silenced.people, tried.opened.people],
        [became("suspend"), became("silence"), became(null)],
      );
    }),
    { numRuns: 25 },
  );
});

test("a trial names people and accounts of whom something is said by name", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { bob } = await world(db);
  const change = {
    put: [said("silence", "alice@pod.example", "person"), said("suspend", bob.jid, "jid")],
    drop: [],
  };
  const effect = await effectOf(db, change, false);
  assert.deepEqual([effect.silenced.people, effect.accounts], [1, [bob.jid]]);
});

test("who is found on a suspended pod is suspended from the first moment", async () => {
  await using store = await testDatabase();
  const standings = createStandings([said("suspend", "bad.example")], false);
  const remotes = createRemotePeople(store.db, ({ diasporaId: id, podUrl }) =>
    standings.ofPerson(id, podUrl),
  );
  const person = remotePerson({
    diasporaId: diasporaId("mallory@nice.example"),
    podUrl: "https://pod.bad.example/",
  });
  assert.equal((await remotes.remember(person)).standing, "suspend");
  assert.equal((await remotes.known(person.diasporaId))?.standing, "suspend");
});

test("a change counts at once in every process that listens", async () => {
  await using store = await testDatabase();
  const { db, url } = store;
  const { alice } = await world(db);
  let changes = 0;
  const options = { url, db, log: silentLog, listed: () => false, againMs: 50 };
  const one = await openStandings({ ...options, onChange: () => (changes += 1) });
  const other = await openStandings({ ...options, onChange: () => undefined });
  try {
    const before = changes;
    await changeStandings(db, { put: [said("suspend", "pod.example")], drop: [] }, "a third");
    const began = Date.now();
    const heard = (): boolean =>
      [one, other].every((cache) => cache.now().ofHost("pod.example") === "suspend");
    while (!heard() && Date.now() - began < 20_000) await sleep(10);
    assert.ok(heard());
    assert.ok(changes > before);
    // Who was found meanwhile is put right, also when whoever changed the lists did not live to do it.
    const hidden = async (): Promise<boolean> =>
      (await remoteById(db, alice.diasporaId))?.standing === "suspend";
    while (!(await hidden()) && Date.now() - began < 20_000) await sleep(10);
    assert.ok(await hidden());
  } finally {
    await one.close();
    await other.close();
  }
});
