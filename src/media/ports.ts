/** What serving pictures needs from the store. */
import type { Audience } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";

export interface PhotoSource {
  /** Where the picture itself lies: what its author's post named. */
  readonly url: string;
  /** Of the post. */
  readonly audience: Audience;
}

export interface PhotoSources {
  /**
   * null when no local person has published this photo, or its post or its author is gone. That
   * nothing else is ever fetched is why nobody can use us to fetch what they like.
   */
  of(guid: Guid): Promise<PhotoSource | null>;
}
