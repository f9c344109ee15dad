/** What the rules about the end of accounts and about moves need from the store: see ports.ts. */
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";

type KnownLocal = LocalPerson & { readonly key: string };
type KnownRemote = RemotePerson & { readonly key: string };

/** How somebody leaves; see src/store/leaving.ts. */
export interface Leave {
  /** Until then it can be undone; null: for ever. */
  readonly endsAt: Date | null;
  /** False: only the operator brings them back. */
  readonly returns: boolean;
}

/** Somebody who has left and may come back. */
export interface Leaver extends Leave {
  readonly key: string;
  readonly guid: Guid;
  /** They let us see their presence: had the XMPP account been deleted, it would be known. */
  readonly letIn: boolean;
}

/** Somebody who takes part, and may be somebody else by now: see src/store/leaving.ts. */
export interface Doubt {
  readonly jid: Jid;
  /** Doubted before the time that was asked for. */
  readonly due: boolean;
  /** It was seen once that it is somebody else: what is shown later proves nothing. */
  readonly held: boolean;
  /** Of how many this is one. */
  readonly total: number;
}

/** `departed`: its account has ended. A name that was used is never given to anybody else. */
export type NameUse = "free" | "taken" | "departed";

export interface AccountTransaction {
  /** Whose time to undo it is over. null: nobody's. */
  takeEnding(now: Date): Promise<KnownLocal | null>;
  /** Pods that were ever sent something of this person, or are to be, and those of the contacts. */
  everyPod(localKey: string): Promise<string[]>;
  /** What was said, told and known goes; tombstones stay. The JID is anybody's again. */
  endAccount(account: KnownLocal): Promise<void>;
  /** Whose end every pod was told, or will not be any more. null: nobody. */
  takeTold(
    givenUpBefore: Date,
  ): Promise<{ readonly key: string; readonly diasporaId: string } | null>;
  /** The key and the last names go; `digestOfId` stands for the diaspora* ID. */
  wipeAccount(localKey: string, digestOfId: string): Promise<void>;
  /** False when one of the two has closed or moved already: then nothing has changed. */
  moveRemote(from: KnownRemote, to: KnownRemote): Promise<boolean>;
  /** `hosted`: how the node is called that the component has for the one and the other. */
  moveLocal(
    from: KnownLocal,
    to: KnownLocal,
    hosted: { readonly from: string; readonly to: string },
  ): Promise<boolean>;
  /** People here who read this one. */
  localFollowers(remoteKey: string): Promise<KnownLocal[]>;
}

export interface AccountStore {
  nameUse(id: DiasporaId): Promise<NameUse>;
  /** Hidden at once; ends as `leave` says, or never by itself. */
  closeAccount(account: KnownLocal, leave?: Leave): Promise<void>;
  /** Whoever has not left, suspended and doubted ones too. */
  openAccount(jid: Jid): Promise<KnownLocal | null>;
  /** A doubt is settled with it. null when there is nobody to come back. */
  reopenAccount(jid: Jid): Promise<KnownLocal | null>;
  /** null for who is here, was never here, or whose account has ended. */
  leaverOf(jid: Jid): Promise<Leaver | null>;
  /** From now on only the operator can undo it; with another end where one is named. */
  holdLeaver(leaver: { readonly key: string }, endsAt?: Date): Promise<void>;
  /** The XMPP account may have been deleted: see src/store/leaving.ts. */
  isDoubted(jid: Jid): Promise<boolean>;
  /** Any of them. */
  doubted(before: Date, limit: number): Promise<readonly Doubt[]>;
  trust(jid: Jid): Promise<void>;
  /** Where a remote person is now; null for who is where they were. */
  movedTo(id: DiasporaId): Promise<DiasporaId | null>;
}
