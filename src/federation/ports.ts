/** What the HTTP side needs from the rest of the daemon. main.ts fits it in. */
import type { Activity } from "../activitystreams/activity.ts";
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
}

export interface ServedPeople {
  byId(id: DiasporaId): Promise<LocalPerson | null>;
  byGuid(guid: Guid): Promise<LocalPerson | null>;
  /** For NodeInfo. */
  usage(): Promise<{ readonly people: number; readonly posts: number }>;
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
}
