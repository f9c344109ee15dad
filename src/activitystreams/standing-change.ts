/** Changes of what the operator says of pods, people and addresses, and what they would do. */
import type { DiasporaId, Jid } from "./ids.ts";
import type { Standing } from "./standing.ts";

export type KeptStanding = Standing & { readonly since: Date; readonly madeBy: string };

/** New or changed ones, and those that are to go. */
export interface StandingChange {
  readonly put: readonly Standing[];
  readonly drop: readonly Pick<Standing, "kind" | "subject">[];
}

export interface Touched {
  readonly people: number;
  readonly posts: number;
  /** Between somebody here and one of these people, in either direction. */
  readonly contacts: number;
  readonly subscriptions: number;
  /** The first few. */
  readonly pods: readonly string[];
  readonly pairs: readonly { readonly local: Jid; readonly remote: DiasporaId }[];
}

/** What a change would hide or bring back. */
export interface Effect {
  /** Nothing of them is shown any more, and nothing goes to them. */
  readonly suspended: Touched;
  /** They are heard by who follows them. */
  readonly silenced: Touched;
  /** They are heard as anybody else is. */
  readonly opened: Touched;
  /** Accounts here that look closed from outside. */
  readonly accounts: readonly Jid[];
}
