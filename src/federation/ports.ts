/** What the HTTP side needs from the rest of the daemon. main.ts fits it in. */
import type { Activity, Profile } from "../activitystreams/activity.ts";
import type { DiasporaId, Guid } from "../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";

/** One POST to /receive, as it is kept until it has been worked on. */
export interface IncomingMessage {
  readonly kind: "public" | "private";
  /** The addressed local person; null for /receive/public. */
  readonly recipient: Guid | null;
  readonly body: Buffer;
  /**
   * Whose turn it counts against, unproven: the host in the envelope's key_id, else the
   * sender's network address. One slow host then holds only its own.
   */
  readonly claimedHost: string;
  /** It was asked for: what was written before is not shown as news. */
  readonly quietBefore?: Date | null;
}

export interface ServedPeople {
  byId(id: DiasporaId): Promise<LocalPerson | null>;
  byGuid(guid: Guid): Promise<LocalPerson | null>;
  /** What a registered person has told the federation; null: nothing yet. */
  profileOf(guid: Guid): Promise<Profile | null>;
  /** For NodeInfo. */
  usage(): Promise<{ readonly people: number; readonly posts: number }>;
}

/** By which GUID a post is found: its own, or that of the question or the event inside it. */
export type PostKey = "post" | "question" | "event";

export interface PostFacts {
  readonly author: DiasporaId;
  /** The author lives here. */
  readonly local: boolean;
  readonly public: boolean;
  /** Deleted, or its author's account is closed. */
  readonly gone: boolean;
}

export interface KnownPosts {
  facts(key: PostKey, guid: Guid): Promise<PostFacts | null>;
  /** Of a comment, and of the post above it. */
  comment(guid: Guid): Promise<(PostFacts & { readonly post: PostFacts }) | null>;
}

export interface ServedPosts {
  /** Public, not deleted, and of an open account; null for everything else. */
  find(
    key: PostKey,
    guid: Guid,
  ): Promise<{ readonly activity: Activity; readonly author: LocalPerson | RemotePerson } | null>;
  /** The newest public ones of a local person, newest first. */
  newest(author: Guid, limit: number): Promise<Guid[]>;
}

export interface Inbox {
  /** Resolves when the message is durable. Throws DX_BACKLOG_FULL or DX_STORE_UNAVAILABLE. */
  add(message: IncomingMessage): Promise<void>;
}

export interface RemotePeople {
  known(id: DiasporaId): Promise<RemotePerson | null>;
  /** Keeps who was discovered. Throws DX_PERSON_CHANGED when key or guid differ from what is known. */
  remember(person: RemotePerson): Promise<RemotePerson>;
}

export interface PrivateKeys {
  /** PKCS#8 PEM of a registered person, null for anybody else. */
  of(guid: Guid): Promise<string | null>;
}

/** What an opened, verified and validated message says. */
export interface ReceivedActivity {
  readonly activity: Activity;
  /** Whose key signed the envelope. */
  readonly sender: DiasporaId;
  /** null when it came to /receive/public. */
  readonly recipient: Guid | null;
  /** The payload exactly as it was signed. */
  readonly payloadXml: string;
  /** Of a relayable: what the author of the post passes on to its readers. */
  readonly relay?: string;
  /** See IncomingMessage. */
  readonly quietBefore?: Date;
}
