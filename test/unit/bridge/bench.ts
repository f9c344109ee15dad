/** The rules over a real store, with a clock and a network of the test's own. */
import assert from "node:assert/strict";
import type { Activity, Note } from "../../../src/activitystreams/activity.ts";
import type { DestinationKind, PendingDelivery } from "../../../src/activitystreams/delivery.ts";
import type { DiasporaId, Guid, Jid } from "../../../src/activitystreams/ids.ts";
import type {
  Account,
  BridgeEffects,
  BridgeStore,
  KnownPerson,
} from "../../../src/bridge/ports.ts";
import { receiveActivity } from "../../../src/bridge/receive.ts";
import { DxError } from "../../../src/errors/error.ts";
import { createStore } from "../../../src/store/adapter.ts";
import { createRemotePeople } from "../../../src/store/remote-cache.ts";
import { firstRow, type Database } from "../../../src/store/database.ts";
import { pendingDeliveries } from "../../../src/store/deliveries.ts";
import { insertLocal, rememberRemote } from "../../../src/store/people.ts";
import { createVault } from "../../../src/store/vault.ts";
import { testDatabase } from "../../support/database.ts";
import {
  diasporaId,
  guidNumber,
  jid,
  localPerson,
  remotePerson,
  remotePost,
} from "../../support/fixtures.ts";

export const NODE = "urn:xmpp:microblog:0";
export const NOW = new Date("2026-05-01T12:00:00Z");

export interface Bench extends AsyncDisposable {
  readonly db: Database;
  readonly store: BridgeStore;
  readonly effects: BridgeEffects;
  readonly woken: string[];
  readonly prepared: Activity[];
  account(name?: string): Promise<Account>;
  remote(name?: string, podUrl?: string): Promise<KnownPerson>;
  /** What waits for an address of this kind. */
  waiting(kind: DestinationKind, address: string): Promise<PendingDelivery[]>;
  /** As if everything that waits had been delivered. */
  deliverAll(): Promise<void>;
  count(table: string): Promise<number>;
  /** The verified activity comes to everybody, or to this person. */
  receive(activity: Activity, sender: KnownPerson, recipient?: Account): Promise<boolean>;
  /** GUIDs that this reader sees in the author's stream. */
  stream(author: KnownPerson, reader: Account | null): Promise<Guid[]>;
}

export async function bridgeBench(): Promise<Bench> {
  const database = await testDatabase();
  const { db } = database;
  const vault = createVault("a key for tests");
  const store: BridgeStore = createStore(db, vault, createRemotePeople(db));
  const woken: string[] = [];
  const prepared: Activity[] = [];
  let guids = 0;
  const effects: BridgeEffects = {
    digest: vault.digest,
    randomGuid: () => guidNumber(0xf000_0000 + (guids += 1)),
    photoAddress: (guid) => `https://dx.example.org/media/${guid}.jpg`,
    now: () => NOW,
    findRemote: async (id: DiasporaId) => {
      const known = await store.remoteById(id);
      if (known === null) throw new DxError("DX_PERSON_NOT_FOUND");
      return known;
    },
    generateKeys: () => Promise.resolve({ privatePem: "private", publicPem: "public" }),
    wake: (kind) => {
      woken.push(kind);
    },
    prepare: (activity) => {
      prepared.push(activity);
    },
  };
  return {
    db,
    store,
    effects,
    woken,
    prepared,
    account: (name = "bob@example.org") => insertLocal(db, vault, localPerson({ jid: jid(name) })),
    remote: (name = "alice@pod.example", podUrl = "https://pod.example/") =>
      rememberRemote(db, remotePerson({ diasporaId: diasporaId(name), podUrl })),
    async waiting(kind, address) {
      const row = await firstRow<{ id: string }>(
        db,
        "select id from destinations where kind = ? and address = ?",
        [kind, address],
      );
      return row === undefined ? [] : await pendingDeliveries(db, [row.id], 100);
    },
    async deliverAll() {
      await db.raw("delete from deliveries");
    },
    async count(table) {
      const [row] = await db(table).count();
      return Number(row?.["count"]);
    },
    receive: (activity, sender, recipient) =>
      receiveActivity(
        { activity, sender: sender.diasporaId, recipient: recipient?.guid ?? null },
        "0",
        store,
        effects,
      ),
    async stream(author, reader) {
      const found = await store.readStream({
        authorKey: author.key,
        readerKey: reader?.key ?? null,
        limit: 50,
      });
      return found.map(({ activity }) => {
        assert.ok(activity.object.type === "note");
        return activity.object.guid;
      });
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** Words of what waits: the Markdown of posts, the verb of everything else, the text of notices. */
export function wordsOf(pending: readonly PendingDelivery[]): string[] {
  return pending.map(({ content }) => {
    if (content.type === "notice") return `notice: ${content.text}`;
    const { verb, object } = content.activity;
    return object.type === "note" ? object.markdown : verb;
  });
}

export function postOf(
  author: KnownPerson,
  object: Partial<Note>,
  audience: "public" | "limited" = "public",
): ReturnType<typeof remotePost> {
  const actor = { network: "diaspora", id: author.diasporaId, name: author.name } as const;
  return remotePost(object, { actor, audience });
}

export function deleteOf(author: KnownPerson, guid: Guid): Activity {
  return {
    ...remotePost(),
    actor: { network: "diaspora", id: author.diasporaId, name: author.name },
    verb: "delete",
    object: { type: "tombstone", guid, targetType: "Post" },
  };
}

export async function subscribe(bench: Bench, author: KnownPerson, reader: Jid): Promise<void> {
  await bench.store.transaction((tx) => tx.addSubscription(author.key, NODE, reader));
}
