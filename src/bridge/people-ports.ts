/** What the rules about people need from the store: see ports.ts. */
import type { Profile } from "../activitystreams/activity.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";
import type { PresenceState, ProfileChange, ProfileDetails } from "../activitystreams/profile.ts";
import type { AccountStore, AccountTransaction } from "./account-ports.ts";

/** Account and KnownPerson of ports.ts, which is built on this file. */
type KnownLocal = LocalPerson & { readonly key: string };
type KnownRemote = RemotePerson & { readonly key: string };

export interface DueProfile {
  readonly account: KnownLocal;
  readonly vcard: Profile | null;
  readonly nick: string | null;
  readonly avatarSha1: string | null;
  /** null: nothing was told yet. */
  readonly told: Profile | null;
}

/** Somebody on the XMPP side who follows a remote person, or was asked to be followed. */
export interface Follower {
  readonly jid: Jid;
  /** They see the remote person's presence. */
  readonly sees: boolean;
  readonly presence: PresenceState;
}

/** Somebody here who began to follow a remote person, and is to be shown what that one wrote before. */
export interface Newcomer {
  readonly accountKey: string;
  readonly jid: Jid;
  readonly personKey: string;
  readonly personGuid: Guid;
  readonly since: Date;
  /** How often it was taken, this time among them. */
  readonly attempts: number;
  /** The person's older posts were fetched. */
  readonly isRead: boolean;
}

export interface PeopleTransaction extends AccountTransaction {
  /** True when nobody was asked nor told for so long; now they are. False when it is asked or granted. */
  claimAsk(
    localKey: string,
    remoteKey: string,
    ask: { readonly now: Date; readonly notSince: Date },
  ): Promise<boolean>;
  /** Returns what it was before. */
  changePresence(
    localKey: string,
    remoteKey: string,
    change: { readonly from: readonly PresenceState[]; readonly to: PresenceState },
  ): Promise<PresenceState>;
  /**
   * Who gets what the local person means for contacts: to whom the presence was granted, and,
   * where nobody asked for it, who follows and is followed. Nobody who blocks or is blocked.
   */
  limitedReaders(localKey: string): Promise<KnownRemote[]>;
  /** Told later, with the others. The first one sets the time. */
  keepUntold(localKey: string, remoteKey: string, dueAt: Date): Promise<void>;
  /** Somebody whose digest is due, with those who still share; by name. null: nobody. */
  takeDigest(
    now: Date,
  ): Promise<{ readonly account: KnownLocal; readonly sharers: readonly KnownRemote[] } | null>;
  /** False for what is older than what is known. */
  keepProfile(personKey: string, profile: Profile, edited: Date | null): Promise<boolean>;
  /** For this reader alone. */
  keepDetails(
    personKey: string,
    readerKey: string,
    details: ProfileDetails,
    edited: Date | null,
  ): Promise<void>;
  /** Everybody may see them now, so nobody needs an own copy. */
  dropDetails(personKey: string): Promise<void>;
  /** What was found changes what is known; it is due at this time, unless it is due already. */
  collectProfile(accountKey: string, change: ProfileChange, dueAt: Date): Promise<void>;
  /** Nobody else gets it until it is due again. null: none is due. */
  takeDueProfile(now: Date): Promise<DueProfile | null>;
  /** What the federation knows from now on; its name is the person's. */
  keepTold(accountKey: string, profile: Profile): Promise<void>;
  toldProfile(accountKey: string): Promise<Profile | null>;
  /** One mailbox (`personAddress`) of a contact on each pod where there are contacts. */
  contactMailboxes(localKey: string): Promise<string[]>;
  followersOf(personKey: string): Promise<Follower[]>;
  /** A private message that waits since before then; each is taken once. null: none. */
  takeOverdueLetter(
    before: Date,
  ): Promise<{ readonly account: KnownLocal; readonly conversation: Guid } | null>;
  /** Every subscription of this JID to nodes of this person, by whichever way. */
  removeSubscriptions(personKey: string, jid: Jid): Promise<boolean>;
  /** For the first time only: who comes back has seen it. */
  expectNewest(accountKey: string, personKey: string): Promise<void>;
  /** Those that are due; nobody else has them for a while. */
  takeNewcomers(limit: number): Promise<Newcomer[]>;
  /** `seconds`: when it is due again; null: it is done. */
  putOffNewcomer(
    newcomer: Pick<Newcomer, "accountKey" | "personKey">,
    seconds: number | null,
  ): Promise<void>;
  markReadBack(personKey: string): Promise<void>;
  /**
   * Public posts and shares that somebody who follows `since` has not got as news, newest first:
   * they were here before, or were asked for.
   */
  newestFor(
    newcomer: Pick<Newcomer, "accountKey" | "personKey">,
    since: Date,
    limit: number,
  ): Promise<readonly { readonly id: string; readonly guid: Guid }[]>;
  /** How this JID reads that person's posts; neither where it does not. */
  wantedForms(
    personKey: string,
    jid: Jid,
  ): Promise<{ readonly event: boolean; readonly chat: boolean }>;
  /** Closed for good: what they said, told and read is gone, the name stays taken. */
  closeRemote(person: KnownRemote): Promise<void>;
}

export interface PeopleStore extends AccountStore {
  /** A remote person who has closed the account. */
  hasLeft(id: DiasporaId): Promise<boolean>;
  /** As this reader may see them; null for a stranger. */
  profileOf(person: KnownRemote, readerKey: string | null): Promise<Profile>;
  /** Of those who want to be found, by the beginning of a word of the name or of the ID. */
  searchPeople(
    text: string,
    readerKey: string | null,
    limit: number,
  ): Promise<readonly KnownRemote[]>;
}
