/** What the commands need from the rest of the daemon, which fits it in. */
import type { Acts } from "../activitystreams/acts.ts";
import type { PostReport, WantedReports } from "../activitystreams/delivery-report.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type { DraftReach, Reach } from "../activitystreams/reach.ts";
import type { Preferences, Relationship } from "../bridge/ports.ts";
import type { RegistrationPorts } from "./register.ts";

/** Somebody of the federation, as one person here sees them. */
export interface FoundPerson {
  readonly id: DiasporaId;
  readonly name: string;
  /** At which a client of this side reaches them. */
  readonly jid: Jid;
  /** Their page, where they have one. */
  readonly url?: string;
  readonly is: Relationship;
}

/**
 * What became of something in a person's own microblog. `not-possible`: their server does not let
 * us. `elsewhere`: it does not stand there.
 */
export type OwnOutcome = "done" | "not-possible" | "elsewhere";

/** Each throws a DxError that says what to do. */
export interface CommandPorts {
  readonly registration: RegistrationPorts;
  readonly acts: Acts;
  /** Without a subscription in the client: for `follow` the roster or node does the same. */
  follow(jid: Jid, id: DiasporaId): Promise<FoundPerson>;
  unfollow(jid: Jid, id: DiasporaId): Promise<FoundPerson>;
  /** Nothing goes either way any more. */
  block(jid: Jid, id: DiasporaId): Promise<FoundPerson>;
  unblock(jid: Jid, id: DiasporaId): Promise<FoundPerson>;
  /** Known, or found by discovery. */
  lookup(jid: Jid, id: DiasporaId): Promise<FoundPerson>;
  /** Whom they follow, and who follows them; by name. */
  contacts(jid: Jid): Promise<readonly FoundPerson[]>;
  preferences(jid: Jid): Promise<Preferences>;
  setPreferences(jid: Jid, change: Partial<Preferences>): Promise<void>;
  /** Newest first. */
  deliveries(jid: Jid, wanted: WantedReports): Promise<readonly PostReport[]>;
  /** To how many places a post is brought now that have not got it. */
  retry(jid: Jid, guid: Guid): Promise<number>;
  /** Who can see this; throws DX_ITEM_NOT_FOUND where the caller cannot. */
  whoSees(jid: Jid, guid: Guid): Promise<Reach>;
  /** Who would see what they post now. */
  whoWouldSee(jid: Jid): Promise<DraftReach>;
  /** All that is kept of somebody, but the first so many: each is a line of JSON (docs/export.md). */
  everything(jid: Jid, skip: number): AsyncIterable<object>;
  /**
   * Writes a public post into the person's own microblog, from where it is collected like any
   * other under this GUID; null where their server does not let us.
   */
  publishOwn(
    jid: Jid,
    post: { readonly markdown: string; readonly key: string },
  ): Promise<Guid | null>;
  /** Other words for a post there: collected like any other change. */
  editOwn(jid: Jid, guid: Guid, markdown: string): Promise<OwnOutcome>;
  /** Only there: the federation is another matter. */
  retractOwn(jid: Jid, guid: Guid): Promise<OwnOutcome>;
  /** Where a post lives that only this component holds. */
  hostedAt(jid: Jid, guid: Guid): string;
  /** What is called so by the item's address (an xmpp: URI), in any spelling. */
  guidOfItem(jid: Jid, uri: string): Promise<Guid | null>;
  /** The retraction of many posts that waits for the person's word; how many they were. */
  confirmPurge(jid: Jid): Promise<number>;
  /** Words typed in a chat or a form as Markdown. */
  markdownOf(text: string): string;
}
