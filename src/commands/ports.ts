/** What the commands need from the rest of the daemon, which fits it in. */
import type { Acts } from "../activitystreams/acts.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type { Seen } from "../activitystreams/stream.ts";
import type { PostReport, Preferences, Relationship } from "../bridge/ports.ts";
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
  deliveries(jid: Jid, limit: number): Promise<readonly PostReport[]>;
  /** All that is kept of somebody, oldest first. */
  everything(jid: Jid): AsyncIterable<Seen>;
  /**
   * Writes a public post into the person's own microblog, from where it is collected like any
   * other; `not-possible` where their server does not let us.
   */
  publishOwn(
    jid: Jid,
    post: { readonly markdown: string; readonly key: string },
  ): Promise<"published" | "not-possible">;
  /** Where a post lives that only this component holds. */
  hostedAt(jid: Jid, guid: Guid): string;
  /** What is called so by the item's address (an xmpp: URI), in any spelling. */
  guidOfItem(jid: Jid, uri: string): Promise<Guid | null>;
  /** The retraction of many posts that waits for the person's word; how many they were. */
  confirmPurge(jid: Jid): Promise<number>;
  /** Words typed in a chat or a form as Markdown. */
  markdownOf(text: string): string;
}
