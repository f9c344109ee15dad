/** Rules about people over a real store, with a clock that the test moves. */
import type { Profile } from "../../../src/activitystreams/activity.ts";
import {
  personAddress,
  type DestinationKind,
  type PendingDelivery,
} from "../../../src/activitystreams/delivery.ts";
import type {
  Account,
  BridgeStore,
  BridgeTransaction,
  KnownPerson,
} from "../../../src/bridge/ports.ts";
import type { ProfileEffects } from "../../../src/bridge/profile-out.ts";
import { receiveRelation } from "../../../src/bridge/followers.ts";
import { DxError } from "../../../src/errors/error.ts";
import { createStore } from "../../../src/store/adapter.ts";
import { firstRow, type Database } from "../../../src/store/database.ts";
import { pendingDeliveries } from "../../../src/store/pending.ts";
import { insertLocal, rememberRemote } from "../../../src/store/people.ts";
import { createRemotePeople } from "../../../src/store/remote-cache.ts";
import { createVault } from "../../../src/store/vault.ts";
import { testDatabase } from "../../support/database.ts";
import { diasporaId, guidNumber, jid, localPerson, remotePerson } from "../../support/fixtures.ts";

export const NODE = "urn:xmpp:microblog:0";
export const BOB = jid("bob@example.org");
export const ALICE = diasporaId("alice@pod.example");
const HOUR_MS = 60 * 60_000;

export interface PeopleBench extends AsyncDisposable {
  readonly db: Database;
  readonly store: BridgeStore;
  readonly effects: ProfileEffects;
  readonly woken: Set<string>;
  later(hours: number): void;
  account(name?: string): Promise<Account>;
  remote(name?: string, podUrl?: string): Promise<KnownPerson>;
  within<T>(work: (tx: BridgeTransaction) => Promise<T>): Promise<T>;
  waiting(kind: DestinationKind, address: string): Promise<PendingDelivery[]>;
  /** What waits for a person's mailbox, or for a JID, in words. */
  told(whom: KnownPerson | Account): Promise<string[]>;
  /** As if everything that waits had been delivered. */
  deliverAll(): Promise<void>;
  count(table: string): Promise<number>;
  /** A `contact` comes. */
  contact(from: KnownPerson, to: Account, verb?: "follow" | "unfollow" | "block"): Promise<void>;
}

export async function peopleBench(): Promise<PeopleBench> {
  const database = await testDatabase();
  const { db } = database;
  const vault = createVault("a key for tests");
  const store: BridgeStore = createStore(db, vault, createRemotePeople(db));
  const woken = new Set<string>();
  let guids = 0;
  let now = new Date("2026-05-01T12:00:00Z");
  const effects: ProfileEffects = {
    digest: vault.digest,
    randomGuid: () => guidNumber(0xf000_0000 + (guids += 1)),
    photoAddress: (guid) => `https://dx.example.org/media/${guid}.jpg`,
    profileDelayMs: 60_000,
    avatarAddress: (guid, sha1, size) => `https://dx.example.org/avatars/${size}/${guid}/${sha1}`,
    now: () => now,
    findRemote: async (id) => {
      const known = await store.remoteById(id);
      if (known === null) throw new DxError("DX_PERSON_NOT_FOUND");
      return known;
    },
    generateKeys: () => Promise.resolve({ privatePem: "private", publicPem: "public" }),
    wake: (kind) => void woken.add(kind),
    prepare: () => undefined,
  };
  const within = <T>(work: (tx: BridgeTransaction) => Promise<T>) => store.transaction(work);
  const waiting = async (kind: DestinationKind, address: string) => {
    const row = await firstRow<{ id: string }>(
      db,
      "select id from destinations where kind = ? and address = ?",
      [kind, address],
    );
    return row === undefined ? [] : await pendingDeliveries(db, [row.id], 1_000);
  };
  return {
    db,
    store,
    effects,
    woken,
    later: (hours) => {
      now = new Date(now.getTime() + hours * HOUR_MS);
    },
    account: (name = BOB) => insertLocal(db, vault, localPerson({ jid: jid(name) })),
    remote: (name = ALICE, podUrl = "https://pod.example/") =>
      rememberRemote(db, remotePerson({ diasporaId: diasporaId(name), podUrl })),
    within,
    waiting,
    told: async (whom) =>
      ("jid" in whom
        ? await waiting("jid", whom.jid)
        : await waiting("person", personAddress(whom))
      ).map(wordOf),
    deliverAll: () => db.raw("delete from deliveries"),
    async count(table) {
      const [row] = await db(table).count();
      return Number(row?.["count"]);
    },
    contact: (from, to, verb = "follow") =>
      within((tx) =>
        receiveRelation(
          tx,
          {
            verb,
            actor: { network: "diaspora", id: from.diasporaId, name: from.name },
            object: { type: "person", id: to.diasporaId },
            audience: "limited",
            published: now,
          },
          from,
          to,
          effects,
        ),
      ),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** The verb of an activity with the type of its object; what a signal says. */
export function wordOf({ content }: PendingDelivery): string {
  if (content.type === "activity") {
    return `${content.activity.verb} ${content.activity.object.type}`;
  }
  const { from, signal } = content;
  const whose = from === null ? "" : `${from} `;
  switch (signal.kind) {
    case "words":
      return `${whose}says ${signal.text}`;
    case "presence":
      return `${whose}${signal.presence}`;
    case "receipt":
      return `${whose}receipt ${signal.messageId}`;
    case "failure":
      return `${whose}failure ${signal.messageId}`;
  }
}

export function profile(changes: Partial<Profile> = {}): Profile {
  return { type: "profile", tags: [], searchable: false, nsfw: false, ...changes };
}
