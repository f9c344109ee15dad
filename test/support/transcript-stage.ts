/** Who and what is on the stage while a transcript is played. */
import assert from "node:assert/strict";
import type { Stanza, TestClient } from "./e2e-client.ts";
import type { World } from "./e2e-world.ts";
import type { PeerPerson } from "./peer-person.ts";
import type { Values } from "./transcript-match.ts";

export interface Actor {
  readonly client: TestClient;
  /** How many of its stanzas have been passed over, by sender. */
  readonly passed: Set<Stanza>;
}

export interface Play {
  readonly world: World;
  readonly actors: ReadonlyMap<string, Actor>;
  readonly people: ReadonlyMap<string, PeerPerson>;
  readonly values: Values;
  /** Who has written what a GUID names; who is not there lives here. */
  readonly authors: Map<string, PeerPerson>;
  /** The last request, to which the bridge answers. */
  asked: {
    readonly actor: Actor;
    readonly stanza: Stanza;
    readonly id: string;
    readonly from: number;
  } | null;
}

/** A kind of step: what its sentence looks like, and what is done. */
export interface StepKind {
  readonly pattern: RegExp;
  run(play: Play, words: readonly string[], body: string): Promise<void>;
}

/** Long enough for anything that is on its way to arrive. */
export const QUIET_MS = 700;

export function actorOf(play: Play, who: string): Actor {
  const actor = play.actors.get(who.toLowerCase());
  assert.ok(actor !== undefined, `${who} is no client of this transcript`);
  return actor;
}
