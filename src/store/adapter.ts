/** The tables as the bridge's and the wires' ports want them. */
import type { DeliveryQueue } from "../activitystreams/delivery.ts";
import type { WantedReports } from "../activitystreams/delivery-report.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type { LocalPerson } from "../activitystreams/person.ts";
import { guarded, inTransaction, type Database } from "./database.ts";
import {
  deliveryProgress,
  finishDeliveries,
  retryDelivery,
  type DeliveryOutcomes,
} from "./deliveries.ts";
import { releaseDestination, releaseDrained, type Drained } from "./destinations.ts";
import { inGroups } from "./grouped.ts";
import { createKeptPosts } from "./kept-posts.ts";
import { findActivity } from "./known.ts";
import { pendingDeliveries, pendingOfEach, type WantedDeliveries } from "./pending.ts";
import { insertLocal, localByGuid, localByJid, remoteByGuid } from "./people.ts";
import { accountOperations } from "./account-operations.ts";
import { peopleReads } from "./people-operations.ts";
import { noteClient, preferencesOf } from "./preferences.ts";
import { readersOf } from "./readers.ts";
import { contactsOf } from "./relationships.ts";
import { forgetting, type RemotePeopleStore } from "./remote-cache.ts";
import { deliveriesOf } from "./delivery-reports.ts";
import { countsOf, everythingOf, receivedBy } from "./reports.ts";
import * as streams from "./streams.ts";
import { createTogether } from "./together.ts";
import { transactionOf } from "./transaction.ts";
import type { Vault } from "./vault.ts";

type Query<F extends (...args: never[]) => unknown> = Parameters<F>[1];

export function createStore(db: Database, vault: Vault, remotes: RemotePeopleStore) {
  const keptPosts = createKeptPosts();
  return {
    ...peopleReads(db),
    ...accountOperations(db, vault),
    transaction: <T>(work: (tx: ReturnType<typeof transactionOf>) => Promise<T>) =>
      forgetting(remotes, (noted) => inTransaction(db, (tx) => work(transactionOf(tx, noted)))),
    together: createTogether(db, remotes),
    accountByJid: (jid: Jid) => guarded(() => localByJid(db, jid)),
    accountByGuid: (guid: Guid) => guarded(() => localByGuid(db, guid)),
    remoteById: (id: DiasporaId) => remotes.known(id),
    remoteByGuid: (guid: Guid) => guarded(() => remoteByGuid(db, guid)),
    insertAccount: (person: LocalPerson & { readonly privateKeyPem: string }) =>
      guarded(() => db.transaction((tx) => insertLocal(tx, vault, person))),
    findActivity: (guid: Guid) => guarded(() => findActivity(db, guid)),
    streamPage: (query: Query<typeof streams.streamPage>) =>
      guarded(() => streams.streamPage(db, query, keptPosts)),
    threadPage: (query: Query<typeof streams.threadPage>) =>
      guarded(() => streams.threadPage(db, query)),
    attachmentsOf: (guid: Guid, readerKey: string | null) =>
      guarded(() => streams.attachmentsOf(db, guid, readerKey)),
    preferencesOf: (accountKey: string) => guarded(() => preferencesOf(db, accountKey)),
    noteClient: (jid: Jid, asks: boolean) => guarded(() => noteClient(db, jid, asks)),
    contactsOf: (accountKey: string) => guarded(() => contactsOf(db, accountKey)),
    deliveriesOf: (accountKey: string, wanted: WantedReports) =>
      guarded(() => deliveriesOf(db, accountKey, wanted)),
    everythingOf: (accountKey: string, skip?: number) => everythingOf(db, accountKey, skip),
    receivedBy: (accountKey: string, skip?: number) => receivedBy(db, accountKey, skip),
    countsOf: (accountKey: string) => guarded(() => countsOf(db, accountKey)),
  };
}

/** In one statement. */
const MOST = 50;

/**
 * `keepLedger`: who got what is remembered for pods and persons. What many destinations want at the
 * same time is asked of the database together.
 */
export function createDeliveryQueue(
  db: Database,
  worker: number,
  keepLedger: boolean,
): DeliveryQueue {
  const pendingOf = inGroups({
    most: MOST,
    run: (wanted: readonly WantedDeliveries[]) => pendingOfEach(db, wanted),
  });
  const drained = inGroups({
    most: MOST,
    run: async (done: readonly Drained[]) => {
      await releaseDrained(db, "deliveries", worker, done);
      return done.map(() => undefined);
    },
  });
  return {
    pending: async (destinationIds, limit, after) => {
      const [destinationId, ...others] = destinationIds;
      return destinationId === undefined || others.length > 0
        ? await pendingDeliveries(db, destinationIds, limit)
        : await pendingOf({ destinationId, limit, after: after?.id ?? "0" });
    },
    readers: (delivery, after, limit) => readersOf(db, delivery, after, limit),
    progress: (delivery, jid) => deliveryProgress(db, delivery, jid),
    finish: inGroups({ most: MOST, run: (all) => finishAll(db, all, keepLedger) }),
    retry: (delivery, next, error) => retryDelivery(db, delivery, next, error),
    release: (destination, release) =>
      release.state === "drained" || release.state === "more"
        ? drained({ destination, more: release.state === "more" })
        : releaseDestination(db, destination, worker, release),
  };
}

async function finishAll(
  db: Database,
  all: readonly DeliveryOutcomes[],
  keepLedger: boolean,
): Promise<undefined[]> {
  const delivered = all.flatMap((outcomes) => outcomes.delivered);
  const refused = all.flatMap((outcomes) => outcomes.refused);
  await finishDeliveries(db, { delivered, refused }, keepLedger);
  return all.map(() => undefined);
}
