/** What the receiver knows of other entities, asked of whoever has the store and may fetch. */
import type { KeyObject } from "node:crypto";
import type { DiasporaId, Guid } from "../../activitystreams/ids.ts";

/** What is known of an entity that another one belongs to. */
export interface RelatedEntity {
  readonly author: DiasporaId;
  /** The author lives here. */
  readonly local: boolean;
  readonly public: boolean;
  /** Of a comment or a like: what it belongs to. */
  readonly parent?: RelatedEntity;
}

/** What opening a message asks of the world. What these throw comes out unchanged. */
export interface OpenDeps {
  /** The person's public key, by discovery if need be; null when there is none to be found. */
  keyOf(id: DiasporaId): Promise<KeyObject | string | null>;
  /**
   * The entity of this type (`Post`, `Comment`, `Poll` …), fetched from this person's pod
   * where it is unknown, unless `from` is null; null when there is none to be had. `author` is
   * whose it must be, where the message says so: another one's must not be taken for it.
   * Without it, relayables are DX_ENTITY_UNSUPPORTED, and whether the target of a retraction
   * or the root of a reshare fits, is left to the caller.
   */
  related?(
    type: string,
    guid: Guid,
    from: DiasporaId | null,
    author: DiasporaId | null,
  ): Promise<RelatedEntity | null>;
  /**
   * False: the caller compares a retraction's sender with what it knows, and remembers what
   * was taken back before it came. Default: `related` is asked.
   */
  readonly checkTargets?: boolean;
  /** Default: the clock. */
  now?(): Date;
}

export function rootOf(entity: RelatedEntity): RelatedEntity {
  return entity.parent === undefined ? entity : rootOf(entity.parent);
}
