/** The operations of contacts.ts, profiles.ts and own-profiles.ts as the bridge's ports want them. */
import type { Profile } from "../activitystreams/activity.ts";
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import type { OpenProfile, ProfileChange, ProfileDetails } from "../activitystreams/profile.ts";
import { accountsOf } from "./account-operations.ts";
import * as contacts from "./contacts.ts";
import * as newcomers from "./newcomers.ts";
import { tellNews } from "./news.ts";
import { guarded, type Database, type Queryable } from "./database.ts";
import { takeOverdueLetter } from "./overdue.ts";
import * as own from "./own-profiles.ts";
import type { StoredRemote } from "./people.ts";
import * as profiles from "./profiles.ts";
import type { RemotePeopleStore } from "./remote-cache.ts";

/** Those of a transaction, on its connection. */
export function peopleOperations(tx: Queryable, remotes: Pick<RemotePeopleStore, "forget">) {
  return {
    claimAsk: (localKey: string, remoteKey: string, ask: contacts.Ask) =>
      contacts.claimAsk(tx, localKey, remoteKey, ask),
    changePresence: (localKey: string, remoteKey: string, change: contacts.PresenceChange) =>
      contacts.changePresence(tx, localKey, remoteKey, change),
    limitedReaders: (localKey: string) => contacts.limitedReaders(tx, localKey),
    keepUntold: (localKey: string, remoteKey: string, dueAt: Date) =>
      contacts.keepUntold(tx, localKey, remoteKey, dueAt),
    takeDigest: (now: Date) => contacts.takeDigest(tx, now),
    keepProfile: (personKey: string, profile: OpenProfile, edited: Date | null) =>
      profiles.keepProfile(tx, personKey, profile, edited),
    keepDetails: (
      personKey: string,
      readerKey: string,
      details: ProfileDetails,
      edited: Date | null,
    ) => profiles.keepDetails(tx, personKey, readerKey, details, edited),
    dropDetails: (personKey: string) => profiles.dropDetails(tx, personKey),
    collectProfile: (accountKey: string, change: ProfileChange, dueAt: Date) =>
      own.collectProfile(tx, accountKey, change, dueAt),
    takeDueProfile: (now: Date) => own.takeDueProfile(tx, now),
    keepTold: (accountKey: string, profile: Profile) => own.keepTold(tx, accountKey, profile),
    toldProfile: (accountKey: string) => own.toldProfile(tx, accountKey),
    contactMailboxes: (localKey: string) => contacts.contactMailboxes(tx, localKey),
    followersOf: (personKey: string) => contacts.followersOf(tx, personKey),
    takeOverdueLetter: (before: Date) => takeOverdueLetter(tx, before),
    removeSubscriptions: (personKey: string, jid: Jid) =>
      contacts.removeSubscriptions(tx, personKey, jid),
    expectNewest: (accountKey: string, personKey: string) =>
      newcomers.expectNewest(tx, accountKey, personKey),
    takeNewcomers: (limit: number) => newcomers.takeNewcomers(tx, limit),
    putOffNewcomer: (one: newcomers.NewcomerKey, seconds: number | null) =>
      newcomers.putOffNewcomer(tx, one, seconds),
    markReadBack: (personKey: string) => newcomers.markReadBack(tx, personKey),
    newestFor: (one: newcomers.NewcomerKey, since: Date, limit: number) =>
      newcomers.newestFor(tx, one, since, limit),
    wantedForms: (personKey: string, jid: Jid) => newcomers.wantedForms(tx, personKey, jid),
    ...accountsOf(tx, remotes),
    closeRemote: async (person: StoredRemote) => {
      await profiles.closeRemote(tx, person.key);
      await tellNews(tx, { what: "person", id: person.diasporaId });
      remotes.forget(person.diasporaId);
    },
  };
}

/** Those that need no transaction. */
export function peopleReads(db: Database) {
  return {
    hasLeft: (id: DiasporaId) => guarded(() => profiles.hasLeft(db, id)),
    profileOf: (person: StoredRemote, readerKey: string | null) =>
      guarded(() => profiles.profileOf(db, person, readerKey)),
    searchPeople: (text: string, readerKey: string | null, limit: number) =>
      guarded(() => profiles.searchPeople(db, text, readerKey, limit)),
  };
}
