/** The rules over a real store, with a clock and a network of the test's own. */
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
import { createDeliveryQueue, createStore } from "../../../src/store/adapter.ts";
import { createRemotePeople } from "../../../src/store/remote-cache.ts";
import { firstRow, rows, type Database } from "../../../src/store/database.ts";
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
  /** What waits in streams for this reader, in order, once for each form in which it is wanted. */
  reading(reader: Jid): Promise<PendingDelivery[]>;
  /** Every address of this kind for which something waits. */
  addresses(kind: DestinationKind): Promise<string[]>;
  /** As if everything that waits had been delivered. */
  deliverAll(): Promise<void>;
  count(table: string): Promise<number>;
  /** The verified activity comes to everybody, or to this person. */
  receive(
    activity: Activity,
    sender: KnownPerson,
    recipient?: Account,
    relay?: string,
  ): Promise<boolean>;
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
    waiting: (kind, address) => waiting(db, kind, address),
    async reading(reader) {
      const queue = createDeliveryQueue(db, 1, false);
      const found: PendingDelivery[] = [];
      for (const address of await addressesOf(db, "stream")) {
        for (const delivery of await waiting(db, "stream", address)) {
          const readers = await queue.readers(delivery, null, 1_000);
          const forms = readers.find(({ jid }) => jid === reader)?.forms ?? [];
          found.push(...forms.map((form) => ({ ...delivery, form })));
        }
      }
      return found;
    },
    addresses: (kind) => addressesOf(db, kind),
    async deliverAll() {
      await db.raw("delete from deliveries");
    },
    async count(table) {
      const [row] = await db(table).count();
      return Number(row?.["count"]);
    },
    receive: (activity, sender, recipient, relay) =>
      receiveActivity(
        {
          activity,
          sender: sender.diasporaId,
          recipient: recipient?.guid ?? null,
          ...(relay === undefined ? {} : { relay }),
        },
        "0",
        store,
        effects,
      ),
    async stream(author, reader) {
      const readerKey = reader?.key ?? null;
      const query = { authorKey: author.key, readerKey, max: 50, order: "creation" } as const;
      const { items } = await store.streamPage(query);
      return items.map(({ activity }) => activity.object.guid);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

async function waiting(
  db: Database,
  kind: DestinationKind,
  address: string,
): Promise<PendingDelivery[]> {
  const row = await firstRow<{ id: string }>(
    db,
    "select id from destinations where kind = ? and address = ?",
    [kind, address],
  );
  return row === undefined ? [] : await createDeliveryQueue(db, 1, false).pending([row.id], 1_000);
}

async function addressesOf(db: Database, kind: DestinationKind): Promise<string[]> {
  const found = await rows<{ address: string }>(
    db,
    `select distinct t.address from destinations t join deliveries d on d.destination_id = t.id
     where t.kind = ? order by t.address`,
    [kind],
  );
  return found.map(({ address }) => address);
}

/** Words of what waits: the Markdown of what has words, the verb of everything else, signals. */
export function wordsOf(pending: readonly PendingDelivery[]): string[] {
  return pending.map(({ content }) => {
    if (content.type === "signal") {
      const { signal } = content;
      return signal.kind === "words" ? `notice: ${signal.text}` : signal.kind;
    }
    const { verb, object } = content.activity;
    return "markdown" in object ? object.markdown : verb;
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
  await bench.store.transaction((tx) => tx.addSubscription(author.key, NODE, reader, "pubsub"));
}
