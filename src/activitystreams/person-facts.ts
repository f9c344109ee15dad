/** What those who run the gateway may know of somebody: counts and dates, and nobody's words. */
import type { DiasporaId, Guid } from "./ids.ts";

export interface PersonFacts {
  readonly network: "xmpp" | "diaspora";
  readonly diasporaId: DiasporaId;
  readonly jid: string | null;
  readonly guid: Guid;
  readonly since: Date;
  readonly pod: string | null;
  readonly closedAt: Date | null;
  readonly endsAt: Date | null;
  readonly endedAt: Date | null;
  readonly returns: boolean;
  /** The XMPP account may have been deleted. */
  readonly doubtedAt: Date | null;
  readonly movedTo: DiasporaId | null;
  readonly standing: "silence" | "suspend" | null;
  /** Whom they follow on the other side, and who follows them there. */
  readonly follows: number;
  readonly followers: number;
  readonly posts: number;
}
