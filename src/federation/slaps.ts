/**
 * COMPAT(diaspora* < 0.7): slaps for the pods that read nothing newer, when the operator
 * wants it.
 */
import type { KeyObject } from "node:crypto";
import type { LocalPerson } from "../activitystreams/person.ts";
import { DxError } from "../errors/error.ts";
import { signText } from "../salmon/author-signature.ts";
import type { Entity } from "../salmon/entities/entity.ts";
import { readEntity } from "../salmon/entities/read.ts";
import { importPrivateKey } from "../salmon/keys.ts";
import { isLegacySigned, legacySignedText, type LegacySigned } from "../salmon/legacy/sign.ts";
import { writeLegacyPayload } from "../salmon/legacy/write-payload.ts";
import { addressSlap, sealPrivateSlap, sealSlap } from "../salmon/legacy/write-slap.ts";
import { activityToEntity } from "../salmon/translate/to-entity.ts";
import type { WantsSlaps } from "./pod-form.ts";
import { readXml } from "../xml/reader.ts";
import type { PrivateKeys } from "./ports.ts";
import type { Passing } from "./signer.ts";

export interface Slaps {
  readonly wantedAt: WantsSlaps;
  /**
   * For everybody on the pod. Throws DX_PERSON_NOT_FOUND when a person has no key, and
   * DX_ENTITY_UNSUPPORTED when there was no such thing then.
   */
  publicSlap(said: Passing): Promise<string>;
  /** For the owner of this key. */
  privateSlap(said: Passing, recipient: KeyObject): Promise<string>;
}

export function createSlaps(keys: PrivateKeys, wantedAt: WantsSlaps): Slaps {
  // Not kept: old pods are few.
  async function keyOf({ guid }: LocalPerson): Promise<KeyObject> {
    const pem = await keys.of(guid);
    if (pem === null) throw new DxError("DX_PERSON_NOT_FOUND");
    return importPrivateKey(pem);
  }

  /** With its author's signature, where somebody else will send it. */
  async function entityOf({ activity, author, sealer, relay }: Passing): Promise<Entity> {
    if (relay !== null) return readEntity(readXml(relay), activity.published);
    const entity = activityToEntity(activity, author.diasporaId);
    if (author.guid === sealer.guid || !isLegacySigned(entity)) return entity;
    return "jid" in author ? await signedByAuthor(entity, await keyOf(author)) : entity;
  }

  async function prepared(
    said: Passing,
  ): Promise<{ readonly payload: string; readonly key: KeyObject }> {
    const key = await keyOf(said.sealer);
    const entity = await entityOf(said);
    return { payload: await writeLegacyPayload(entity, { guid: said.sealer.guid, key }), key };
  }

  return {
    wantedAt,
    async publicSlap(said) {
      const { payload, key } = await prepared(said);
      return sealSlap(payload, said.sealer.diasporaId, key);
    },
    async privateSlap(said, recipient) {
      const { payload, key } = await prepared(said);
      return addressSlap(await sealPrivateSlap(payload, said.sealer.diasporaId, key), recipient);
    },
  };
}

async function signedByAuthor<E extends LegacySigned>(entity: E, key: KeyObject): Promise<E> {
  if (!("author_signature" in entity.properties)) return entity;
  const signature = await signText(legacySignedText(entity), key);
  return { ...entity, properties: { ...entity.properties, author_signature: signature } };
}
