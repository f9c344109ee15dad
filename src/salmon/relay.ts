/**
 * What the author of a post sends on to its readers: a relayable that somebody else wrote
 * below it, as that author signed it, in an envelope of the post's author
 * (diaspora-protocol.md §5).
 */
import type { KeyObject } from "node:crypto";
import type { DiasporaId } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { DEFINITIONS, type Entity } from "./entities/entity.ts";
import type { EntityDefinition } from "./entities/property.ts";
import { writeEntity } from "./entities/write.ts";
import { sealEnvelope } from "./magic-envelope.ts";

/**
 * The payload: every element at the place that it came with, those that nobody here knows
 * among them, and the author's signature, last. `author_signature` is missing only where the
 * post's author wrote the relayable too.
 *
 * There is no `parent_author_signature`: the gem ignores it since 0.2.0, the Python library
 * does not read it, and Friendica checks it only where it is present; so the envelope, which
 * says the same, is enough for all of them, and one that a peer sent is not passed on.
 *
 * Throws DX_ENTITY_INVALID for what is no relayable.
 */
export function relayedPayload(entity: Entity): string {
  const definition: EntityDefinition = DEFINITIONS[entity.type];
  if (definition.relayable === undefined) {
    throw new DxError("DX_ENTITY_INVALID", { detail: `${entity.type} is not relayed` });
  }
  return writeEntity(entity);
}

/**
 * The magic envelope for the readers of the post. The relayable must have been verified.
 * @param rootAuthorKey - the private key of the post's author
 * @throws {DxError} `DX_ENTITY_INVALID` for what is no relayable
 */
export async function relayEnvelope(
  entity: Entity,
  rootAuthor: DiasporaId,
  rootAuthorKey: KeyObject,
): Promise<string> {
  return await sealEnvelope(relayedPayload(entity), rootAuthor, rootAuthorKey);
}
