/**
 * What the rules need from the wings and the store. The bridge knows neither: main.ts fits
 * them in, tests fit in what they like.
 */
import type { Activity } from "../activitystreams/activity.ts";
import type { PostReport, WantedReports } from "../activitystreams/delivery-report.ts";
import type { DeliveryForm, DestinationKind, Signal } from "../activitystreams/delivery.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";
import type {
  Above,
  Page,
  PageQuery,
  Seen,
  SeenAttachment,
  SeenPost,
  SeenReply,
} from "../activitystreams/stream.ts";
import type { PeopleStore, PeopleTransaction } from "./people-ports.ts";

/** `key` is the store's own name of the row. */
export type Account = LocalPerson & { readonly key: string };
export type KnownPerson = RemotePerson & {
  readonly key: string;
  /** What the operator says of this person, or of the pod: see standing.ts. */
  readonly standing?: "silence" | "suspend";
};

export interface Relationship {
  /** The local person reads the remote one. */
  readonly following: boolean;
  /** The remote person reads the local one. */
  readonly sharing: boolean;
  /** The remote person wants nothing of the local one. */
  readonly blocking: boolean;
  /** The local person wants nothing of the remote one. */
  readonly blocked: boolean;
}

/** A pubsub subscription to the node, or one to the person's presence, which is all that chat clients can do. */
export type SubscribedBy = "pubsub" | "presence";

/** See src/store/feeds.ts for what each state means. */
export type ItemState = "before" | "withheld" | "published";

export interface ItemKey {
  readonly personKey: string;
  readonly node: string;
  readonly itemId: string;
}

/** What is known of a GUID. */
export interface KnownActivity {
  readonly id: string;
  readonly guid: Guid;
  readonly authorKey: string;
  readonly author: LocalPerson | RemotePerson;
  readonly audience: Activity["audience"];
  readonly deleted: boolean;
  /** By the operator's word its author is not heard here. */
  readonly suspended?: boolean;
  /** null once it is deleted. */
  readonly activity: Activity | null;
  /** The post at the top of what it belongs to: its own GUID for a post. */
  readonly rootGuid: Guid;
  readonly itemId: string;
}

/** What stands beside an activity in the store. */
export interface ActivityFacts {
  /** What it is about: the post of a comment or vote, the post or comment of a like, the root of a share. */
  readonly aboveGuid?: Guid;
  /** The post at the top; its own GUID when absent. */
  readonly rootGuid?: Guid;
  /** How its author's XMPP client called its item; its GUID when absent. */
  readonly itemId?: string;
  /** A relayable of another pod as its author signed it: what the readers of a local post get. */
  readonly relay?: string;
  /** It was asked for, and is not shown as news. */
  readonly quiet?: boolean;
}

/** How somebody wants to read, and what they want to be spared. */
export interface Preferences {
  /** `auto`: as their clients do. */
  readonly reads: "auto" | "feed" | "chat" | "both";
  /** Comments below the posts that they get, in a chat: of all, of those they take part in, none. */
  readonly comments: "all" | "mine" | "none";
  /** New followers ask to see their presence; quiet: they are only named in a message. */
  readonly followers: "ask" | "quiet";
  /** What becomes of a changed post on pods that know no changes. */
  readonly edits: "nothing" | "correction" | "replace";
  /**
   * Posts in a node that is not for everybody. `home`: they stay on the XMPP side. `contacts`: those
   * contacts get them to whom the person's server shows them.
   */
  readonly limited: "home" | "contacts";
  /** Who they follow and who follows them is shown to everybody (XEP-0465). */
  readonly listed: boolean;
  /** Found by jabber:iq:search and shown as searchable on pods. */
  readonly searchable: boolean;
}

export interface PublishedPhoto {
  readonly guid: Guid;
  /** Absolute URL of the picture, as its author's post names it. */
  readonly source: string;
}

export interface Recipients {
  readonly kind: "pod" | "person" | "jid" | "node";
  /** Pod URLs; `personAddress`es; bare JIDs; `nodeAddress`es. */
  readonly addresses: readonly string[];
  /** `event` when absent. */
  readonly form?: DeliveryForm;
  /** Whose envelope it travels in; the author's when absent. */
  readonly sealerKey?: string;
}

/** Everything inside is done together or not at all. */
export interface BridgeTransaction extends PeopleTransaction {
  seenItem(key: ItemKey): Promise<{ readonly hash: string; readonly state: ItemState } | null>;
  /** True when the item was never seen; then it is recorded so. */
  claimItem(key: ItemKey, hash: string, state: ItemState): Promise<boolean>;
  recordItem(key: ItemKey, hash: string, state: ItemState): Promise<void>;
  /** True for the first caller only. */
  claimPrivateNotice(personKey: string): Promise<boolean>;
  /** null when the GUID is known. Locks it as `lockGuid` does. */
  insertActivity(
    guid: Guid,
    authorKey: string,
    activity: Activity,
    facts?: ActivityFacts,
  ): Promise<string | null>;
  /**
   * New words, or another verb, under the same GUID; the time of the change is in the object's
   * `edited`. `relay` takes the place of the one that came with the words before.
   */
  changeActivity(activityId: string, activity: Activity, relay?: string): Promise<void>;
  /** What may be fetched for those who ask for a post's pictures. */
  insertPhotos(activityId: string, photos: readonly PublishedPhoto[]): Promise<void>;
  /** Nobody else inserts under this GUID until the transaction ends. */
  lockGuid(guid: Guid): Promise<void>;
  findActivity(guid: Guid): Promise<KnownActivity | null>;
  /** The post that holds the question or the event with this GUID: who came first has it. */
  findPostWith(inside: "question" | "event", guid: Guid): Promise<KnownActivity | null>;
  /** Somebody said something below it, or about it, that is there still. */
  isAnswered(postGuid: Guid): Promise<boolean>;
  entombActivity(activityId: string): Promise<void>;
  /** All that was said below it and about it: comments, likes, votes. */
  entombBelow(rootGuid: Guid): Promise<void>;
  /**
   * The newest shares of this post say from then on that it is gone. `jid`: of an author who is
   * of here.
   */
  outdateShares(
    rootGuid: Guid,
    at: Date,
    limit: number,
  ): Promise<
    readonly {
      readonly id: string;
      readonly guid: Guid;
      readonly authorKey: string;
      readonly jid: Jid | null;
    }[]
  >;
  /** What this person said about it already: a like, a vote, an answer. null: nothing (any more). */
  ownAbout(
    authorKey: string,
    aboveGuid: Guid,
    type: "opinion" | "vote" | "attendance" | "participation" | "share",
  ): Promise<KnownActivity | null>;
  /** By the name that its author's client gave it, in the node of that post. */
  findReply(rootGuid: Guid, itemId: string): Promise<KnownActivity | null>;
  /**
   * False when this person could see it already. `asContact`: nothing more of it goes to them
   * when they are no contact of its author any more.
   */
  addAudience(activityId: string, personKey: string, asContact?: boolean): Promise<boolean>;
  audienceOf(activityId: string): Promise<Guid[]>;
  /** Only these of its audience get what becomes of it. */
  narrowAudience(activityId: string, to: readonly Guid[]): Promise<void>;
  /** Remote people of its audience; `still`: more of it may go to them. */
  limitedAudience(
    activityId: string,
  ): Promise<readonly { readonly person: KnownPerson; readonly still: boolean }[]>;
  changeRelationship(
    localKey: string,
    remoteKey: string,
    change: Partial<Relationship>,
  ): Promise<Relationship>;
  /** Without a name the known one stays; without a photo there is none. */
  changeRemote(
    person: KnownPerson,
    change: { readonly name?: string; readonly photoUrl?: string },
  ): Promise<void>;
  contactPods(localKey: string): Promise<string[]>;
  /** Pods that got this activity, or were to get it: whoever must hear what is said below it. */
  podsOf(activityId: string): Promise<string[]>;
  /** `personAddress`es of the people of its audience who may see more of it. */
  mailboxesOf(activityId: string): Promise<string[]>;
  /** Everybody to whom it was ever sent, or something below it: who must hear that it is gone. */
  holdersOf(activityId: string, kind: "pod" | "person"): Promise<string[]>;
  /** Somebody here told the author of this post that they take part. */
  isTakenPart(postGuid: Guid): Promise<boolean>;
  /** Somebody of here who follows this person. */
  anyFollower(personKey: string): Promise<Account | null>;
  /** What was said below a local post and has not gone to this pod: the newest, oldest first. */
  backlogFor(
    postGuid: Guid,
    podUrl: string,
    limit: number,
  ): Promise<readonly { readonly id: string; readonly authorKey: string }[]>;
  /** Those of these people, as far as they are of here, who do not read this node of somebody. */
  notReading(personKey: string, node: string, ids: readonly DiasporaId[]): Promise<Account[]>;
  addSubscription(personKey: string, node: string, jid: Jid, by: SubscribedBy): Promise<void>;
  /** `left`: it goes on by the other way. `none`: there was none. */
  removeSubscription(
    personKey: string,
    node: string,
    jid: Jid,
    by: SubscribedBy,
  ): Promise<"gone" | "left" | "none">;
  deliver(activityId: string, rootGuid: string, to: Recipients): Promise<void>;
  /**
   * A post of this person goes at once to every place that has not got it, those that refused it
   * too. How many they are; null: it is none of theirs.
   */
  retryDeliveries(accountKey: string, guid: Guid): Promise<number | null>;
  /** To everybody on the XMPP side who reads this node of this person; to `only` these people. */
  deliverToReaders(
    activityId: string,
    rootGuid: string,
    stream: {
      readonly personKey: string;
      readonly node: string;
      readonly only: readonly Guid[] | null;
    },
  ): Promise<void>;
  /**
   * What was said below a post, to those on the XMPP side who read there: subscribers of its
   * comments node get an event, people who read in a chat and got the post a message (their
   * Preferences decide). `only`: of these people only.
   */
  deliverToThread(
    activityId: string,
    post: {
      readonly guid: Guid;
      readonly authorKey: string;
      readonly only: readonly Guid[] | null;
    },
    except?: { readonly accountKey: string },
  ): Promise<void>;
  /** Where the comments of a local post are kept by its author's client; null: nowhere that is known. */
  commentsOf(postGuid: Guid): Promise<{ readonly service: string; readonly node: string } | null>;
  setComments(
    postGuid: Guid,
    at: { readonly service: string; readonly node: string } | null,
  ): Promise<void>;
  preferencesOf(accountKey: string): Promise<Preferences>;
  setPreferences(accountKey: string, change: Partial<Preferences>): Promise<void>;
  relationship(localKey: string, remoteKey: string): Promise<Relationship>;
  /** True for the first caller of this purpose only. */
  claimNotice(accountKey: string, purpose: string): Promise<boolean>;
  /** True when less than `most` of this purpose were counted for the account today; then one more is. */
  countToday(accountKey: string, purpose: string, most: number): Promise<boolean>;
  /** What a message of a chat client became: for its correction and its retraction. */
  rememberSaid(accountKey: string, messageId: string, guid: Guid, receipt?: boolean): Promise<void>;
  /** Whether the client that sent it so asked for a receipt. */
  wantsReceipt(jid: Jid, messageId: string): Promise<boolean>;
  saidAs(accountKey: string, messageId: string): Promise<Guid | null>;
  /** A private conversation: who takes part in it, by its GUID. null: not known. */
  findConversation(guid: Guid): Promise<KnownConversation | null>;
  /** The one that a chat with this person goes on in, by thread; null: none yet. */
  conversationFor(
    accountKey: string,
    personKey: string,
    thread: string | null,
  ): Promise<KnownConversation | null>;
  insertConversation(conversation: NewConversation): Promise<void>;
  /** It goes on: the next message without a thread belongs to the one touched last. */
  touchConversation(guid: Guid, accountKey: string, thread: string | null): Promise<void>;
  /** Words of the bridge itself to somebody. */
  tell(jid: Jid, text: string): Promise<void>;
  /** See Signal. What has the same `rootGuid` goes out in order. */
  signal(jid: Jid, from: DiasporaId | null, signal: Signal, rootGuid?: string): Promise<void>;
  finishInbox(inboxId: string): Promise<void>;
  /** These are here now: what waited for one of them is due. False when nothing did. */
  arrived(guids: readonly Guid[]): Promise<boolean>;
}

export interface KnownConversation {
  readonly guid: Guid;
  readonly subject: string;
  /** All of them, of both networks, the one who began it among them. */
  readonly participants: readonly (
    (LocalPerson & { readonly key: string }) | (RemotePerson & { readonly key: string })
  )[];
  /** XMPP threads of local participants differ: null where none was ever named. */
  readonly thread: string | null;
  readonly touched: Date;
}

export interface NewConversation {
  readonly guid: Guid;
  readonly subject: string;
  readonly participantKeys: readonly string[];
}

export interface BridgeStore extends PeopleStore {
  transaction<T>(work: (tx: BridgeTransaction) => Promise<T>): Promise<T>;
  /**
   * The same, in one transaction with other work of this kind. What comes in crowds and seldom
   * fails is quicker so. The work waits for nothing but the transaction's own operations.
   */
  together<T>(work: (tx: BridgeTransaction) => Promise<T>): Promise<T>;
  accountByJid(jid: Jid): Promise<Account | null>;
  accountByGuid(guid: Guid): Promise<Account | null>;
  remoteById(id: DiasporaId): Promise<KnownPerson | null>;
  insertAccount(person: LocalPerson & { readonly privateKeyPem: string }): Promise<Account>;
  remoteByGuid(guid: Guid): Promise<KnownPerson | null>;
  findActivity(guid: Guid): Promise<KnownActivity | null>;
  /** Posts and shares of one person that this reader may see; a JID of nobody is a stranger. */
  streamPage(
    query: PageQuery & {
      readonly authorKey: string;
      /** Spares the reading of who it is with each post. */
      readonly author?: LocalPerson | RemotePerson;
    } & ({ readonly readerKey: string | null } | { readonly readerJid: Jid }),
  ): Promise<Page<SeenPost>>;
  /** Comments, and likes of the post itself; null: no such post, or not for this reader. */
  threadPage(
    query: PageQuery & { readonly postGuid: Guid; readonly readerKey: string | null },
  ): Promise<{ readonly above: Above; readonly page: Page<SeenReply> } | null>;
  /** Likes, votes and answers about a post or a comment, newest first; at most 1,000. */
  attachmentsOf(
    guid: Guid,
    readerKey: string | null,
  ): Promise<{ readonly above: Above; readonly attachments: readonly SeenAttachment[] } | null>;
  preferencesOf(accountKey: string): Promise<Preferences>;
  /** People whom this account follows, and who share with it; by name. */
  contactsOf(
    accountKey: string,
  ): Promise<readonly { readonly person: KnownPerson; readonly is: Relationship }[]>;
  /** Where a person's own posts are going: the newest first. */
  deliveriesOf(accountKey: string, wanted: WantedReports): Promise<readonly PostReport[]>;
  /** All that is kept of an account, oldest first, in pieces. */
  everythingOf(accountKey: string, skip?: number): AsyncIterable<Seen>;
  /** What was said to this account by name, and not to everybody; the same. */
  receivedBy(accountKey: string, skip?: number): AsyncIterable<Seen>;
  countsOf(accountKey: string): Promise<{ readonly said: number; readonly received: number }>;
}

export interface BridgeEffects {
  /** Of one person, in a day; DAILY of limits.ts when absent. */
  readonly daily?: { readonly posts: number; readonly follows: number };
  /** Keyed digest of the parts, 32 hex digits, the same for ever. */
  digest(purpose: string, ...parts: readonly string[]): string;
  randomGuid(): Guid;
  /** Where we serve the photo with this GUID, whose picture lies at `source`. */
  photoAddress(guid: Guid, source: string): string;
  now(): Date;
  /** Known or found by discovery, and then remembered. Throws DX_PERSON_NOT_FOUND and the like. */
  findRemote(id: DiasporaId): Promise<KnownPerson>;
  /** RSA-4096, off the event loop. */
  generateKeys(): Promise<{ readonly privatePem: string; readonly publicPem: string }>;
  /** After a commit: workers have something to do. */
  wake(kind: DestinationKind): void;
  /** What will be needed soon may be computed now: signing takes longer than storing. */
  prepare(activity: Activity, author: Account): void;
}
