/** Which kinds of vectors there is a runner for. */
import * as discovery from "./discovery.ts";
import { runEntityXml, runRelayable } from "./entity-xml.ts";
import { runLegacyEntity, runLegacyRelayable } from "./legacy-entity.ts";
import { runEncryptedSlap, runNegativeLegacy, runSlap } from "./legacy-slap.ts";
import { runPrivate, runPublic } from "./receive.ts";
import { runRule } from "./rules.ts";
import type { Surroundings, Vector } from "./vectors.ts";

/** What we made of a vector, under the names that `expected` uses; `error` is what was thrown. */
export type Produced = Readonly<Record<string, unknown>>;

export type Runner = (vector: Vector, surroundings: Surroundings) => Produced | Promise<Produced>;

export const RUNNERS: ReadonlyMap<string, Runner> = new Map<string, Runner>([
  ["discovery-hcard", discovery.runHCard],
  ["discovery-host-meta", discovery.runHostMeta],
  ["discovery-person", discovery.runPerson],
  ["discovery-webfinger", discovery.runWebfinger],
  ["discovery-webfinger-xrd", discovery.runWebfingerXrd],
  ["encrypted-magic-envelope", runPrivate],
  ["entity-xml", runEntityXml],
  ["friendica-encrypted", runPrivate],
  ["friendica-magic-envelope", runPublic],
  ["legacy-encrypted-slap", runEncryptedSlap],
  ["legacy-entity-xml", runLegacyEntity],
  ["legacy-relayable-signature", runLegacyRelayable],
  ["legacy-slap", runSlap],
  ["magic-envelope", runPublic],
  ["negative-legacy", runNegativeLegacy],
  ["negative-private", runPrivate],
  ["negative-public", runPublic],
  ["python-encrypted", runPrivate],
  ["python-magic-envelope", runPublic],
  ["relayable-signature", runRelayable],
  ["rule", runRule],
]);
