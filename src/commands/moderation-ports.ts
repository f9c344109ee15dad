/** What the commands of those who run the gateway need from the rest of the daemon. */
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import type { PersonFacts } from "../activitystreams/person-facts.ts";
import type { Effect, KeptStanding, StandingChange } from "../activitystreams/standing-change.ts";
import type { Subject } from "./standing-subject.ts";

/** What is known here of a pod, of nobody's words. */
export interface PodFacts {
  readonly host: string;
  readonly verdict: "silence" | "suspend" | null;
  /** What it follows from; null: from nothing, or from there being a list of pods. */
  readonly because: KeptStanding | null;
  readonly firstSeen: Date | null;
  readonly people: number;
  readonly posts: number;
  readonly contacts: number;
  readonly waiting: number;
  /** null: it is reached. */
  readonly trouble: string | null;
  readonly quarantined: number;
}

/** Strangers who wait for somebody's yes. */
export interface Waiting {
  readonly sender: DiasporaId;
  readonly to: Jid;
  readonly what: "follow" | "message";
  readonly count: number;
  readonly since: Date;
}

export interface ModerationPorts {
  isAdmin(jid: Jid): boolean;
  /** Pods, people and addresses of this gateway itself, and what stands above them. */
  isOwn(subject: Subject): boolean;
  all(): Promise<readonly KeptStanding[]>;
  effectOf(change: StandingChange): Promise<Effect>;
  /** It counts in all running daemons. */
  change(change: StandingChange, by: string): Promise<void>;
  pod(host: string): Promise<PodFacts>;
  /** By JID or diaspora* ID; null: nobody who is known here. */
  person(name: string): Promise<PersonFacts | null>;
  /** `to`: only what is addressed to this person. */
  waiting(to: Jid | null): Promise<readonly Waiting[]>;
  /** Returns how many messages go on their way, or are forgotten. */
  accept(sender: DiasporaId, to: Jid | null): Promise<number>;
  reject(sender: DiasporaId, to: Jid | null): Promise<number>;
}
