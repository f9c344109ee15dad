/**
 * COMPAT(diaspora* < 0.7): slaps for the pods that read nothing newer, when the operator
 * wants it.
 */
import type { KeyObject } from "node:crypto";
import type { Activity } from "../activitystreams/activity.ts";
import type { LocalPerson } from "../activitystreams/person.ts";
import { DxError } from "../errors/error.ts";
import { importPrivateKey } from "../salmon/keys.ts";
import { writeLegacyPayload } from "../salmon/legacy/write-payload.ts";
import { addressSlap, sealPrivateSlap, sealSlap } from "../salmon/legacy/write-slap.ts";
import { activityToEntity } from "../salmon/translate/to-entity.ts";
import type { WantsSlaps } from "./pod-form.ts";
import type { PrivateKeys } from "./ports.ts";

export interface Slaps {
  readonly wantedAt: WantsSlaps;
  /**
   * For everybody on the pod. Throws DX_PERSON_NOT_FOUND when the person has no key, and
   * DX_ENTITY_UNSUPPORTED when there was no such thing then.
   */
  publicSlap(activity: Activity, author: LocalPerson): Promise<string>;
  /** For the owner of this key. */
  privateSlap(activity: Activity, author: LocalPerson, recipient: KeyObject): Promise<string>;
}

export function createSlaps(keys: PrivateKeys, wantedAt: WantsSlaps): Slaps {
  // Not kept: old pods are few.
  async function prepared(
    activity: Activity,
    author: LocalPerson,
  ): Promise<{ readonly payload: string; readonly key: KeyObject }> {
    const pem = await keys.of(author.guid);
    if (pem === null) throw new DxError("DX_PERSON_NOT_FOUND");
    const key = importPrivateKey(pem);
    const entity = activityToEntity(activity, author.diasporaId);
    return { payload: await writeLegacyPayload(entity, { guid: author.guid, key }), key };
  }

  return {
    wantedAt,
    async publicSlap(activity, author) {
      const { payload, key } = await prepared(activity, author);
      return sealSlap(payload, author.diasporaId, key);
    },
    async privateSlap(activity, author, recipient) {
      const { payload, key } = await prepared(activity, author);
      return addressSlap(await sealPrivateSlap(payload, author.diasporaId, key), recipient);
    },
  };
}
