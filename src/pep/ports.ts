/** What the nodes need of the rest of the daemon: facts to show, and somebody who does things. */
import type { Acts } from "../activitystreams/acts.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type {
  Above,
  Page,
  PageQuery,
  SeenAttachment,
  SeenPost,
  SeenReply,
} from "../activitystreams/stream.ts";
import type { XmlElement } from "../xml/element.ts";

/** What can be read and subscribed to. */
export type Readable =
  | { readonly type: "posts"; readonly person: DiasporaId }
  /** Of somebody here whose own server does not hold them. */
  | { readonly type: "hosted"; readonly owner: Jid }
  | { readonly type: "comments"; readonly post: Guid };

/** The nodes of a virtual person that show who it is, each by one name. */
export type ProfileNode =
  | "urn:xmpp:vcard4"
  | "urn:xmpp:avatar:metadata"
  | "urn:xmpp:avatar:data"
  | "http://jabber.org/protocol/nick"
  | "http://jabber.org/protocol/geoloc"
  | "urn:xmpp:pps:subscriptions:0"
  | "urn:xmpp:pps:subscribers:0/urn:xmpp:microblog:0"
  | "urn:xmpp:moved:1"
  /** buddycloud's, which begin with `/user/JID/`. */
  | "geo/previous"
  | "geo/current"
  | "geo/future"
  | "geo/next";

export interface ProfileItem {
  readonly id: string;
  readonly payload: XmlElement;
}

/** A reader sees what is there for them; the rest is null, as if it were not there. */
export interface PepReads {
  stream(person: DiasporaId, reader: Jid, query: PageQuery): Promise<Page<SeenPost> | null>;
  hosted(owner: Jid, reader: Jid, query: PageQuery): Promise<Page<SeenPost> | null>;
  thread(
    post: Guid,
    reader: Jid,
    query: PageQuery,
  ): Promise<{ readonly above: Above; readonly page: Page<SeenReply> } | null>;
  /** Newest first. */
  attachments(
    about: Guid,
    reader: Jid,
  ): Promise<{ readonly attachments: readonly SeenAttachment[] } | null>;
  /** Newest first; null: no such node. */
  profileItems(
    person: DiasporaId,
    node: ProfileNode,
    reader: Jid,
  ): Promise<readonly ProfileItem[] | null>;
  /** Those that have something in them. */
  profileNodes(person: DiasporaId, reader: Jid): Promise<readonly ProfileNode[]>;
  isSubscribed(reader: Jid, at: Readable): Promise<boolean>;
  /** At this virtual person, or, null, at the component. */
  subscribedTo(reader: Jid, person: DiasporaId | null): Promise<readonly Readable[]>;
  /** Those who let it be seen. */
  subscribers(at: Readable): Promise<readonly Jid[]>;
}

/** Each resolves when it is done and durable, and throws the DxError that the asker is told. */
export interface PepWrites extends Pick<Acts, "retract" | "unlike"> {
  /** To posts: a follow. */
  subscribe(reader: Jid, at: Readable): Promise<void>;
  /** Throws DX_ITEM_NOT_FOUND when there was no subscription. */
  unsubscribe(reader: Jid, at: Readable): Promise<void>;
  /**
   * An item in the comments node of a post: a comment, a like, a vote. Who it is from was
   * authenticated; what it says of its author was not. DX_FORBIDDEN for the id of an item of
   * somebody else.
   */
  comment(item: {
    readonly jid: Jid;
    readonly post: Guid;
    readonly itemId: string;
    readonly payload: XmlElement;
  }): Promise<void>;
  /** XEP-0470: all that this person attaches to a post or comment; null: nothing any more. */
  attach(item: {
    readonly jid: Jid;
    readonly about: Guid;
    readonly payload: XmlElement | null;
  }): Promise<void>;
}

export type PepPorts = PepReads & PepWrites;
