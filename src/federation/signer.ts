/**
 * One envelope signed per post, its bytes shared by all deliveries. RSASSA-PKCS1-v1_5 is
 * deterministic, so an envelope that was dropped from the cache comes back the same; it is
 * never stored. A signature takes 6–8 ms (RSA-4096), longer than a commit: `prepare` starts
 * it while the post is being stored.
 */
import type { KeyObject } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Activity } from "../activitystreams/activity.ts";
import type { LocalPerson } from "../activitystreams/person.ts";
import { DxError } from "../errors/error.ts";
import { signRelayable } from "../salmon/author-signature.ts";
import type { Entity } from "../salmon/entities/entity.ts";
import { writeEntity } from "../salmon/entities/write.ts";
import { importPrivateKey } from "../salmon/keys.ts";
import { sealEnvelope } from "../salmon/magic-envelope.ts";
import { activityToEntity } from "../salmon/translate/to-entity.ts";
import type { PrivateKeys } from "./ports.ts";

export interface Signer {
  /** The magic envelope of what this person did. Throws when the person has no key. */
  envelopeOf(activity: Activity, author: LocalPerson): Promise<string>;
  /** Starts signing; what goes wrong shows when the envelope is asked for. */
  prepare(activity: Activity, author: LocalPerson): void;
}

const MAX_KEYS = 1_000;
/** A large envelope is 1 MB; most are 2 kB. */
const MAX_ENVELOPE_BYTES = 64 * 1024 * 1024;

export function createSigner(keys: PrivateKeys): Signer {
  const privateKeys = new LRUCache<string, KeyObject>({ max: MAX_KEYS });
  const envelopes = new LRUCache<string, string>({
    maxSize: MAX_ENVELOPE_BYTES,
    sizeCalculation: (envelope) => envelope.length + 1,
  });
  const underWay = new Map<string, Promise<string>>();

  async function keyOf(author: LocalPerson): Promise<KeyObject> {
    const cached = privateKeys.get(author.guid);
    if (cached !== undefined) return cached;
    const pem = await keys.of(author.guid);
    if (pem === null) throw new DxError("DX_PERSON_NOT_FOUND");
    const key = importPrivateKey(pem);
    privateKeys.set(author.guid, key);
    return key;
  }

  async function seal(entity: Entity, payload: string, author: LocalPerson): Promise<string> {
    const key = await keyOf(author);
    const signed = await signRelayable(entity, key);
    const content = signed === entity ? payload : writeEntity(signed);
    return await sealEnvelope(content, author.diasporaId, key);
  }

  async function envelopeOf(activity: Activity, author: LocalPerson): Promise<string> {
    const entity = activityToEntity(activity, author.diasporaId);
    const payload = writeEntity(entity);
    const cacheKey = `${author.guid}\0${payload}`;
    const done = envelopes.get(cacheKey);
    if (done !== undefined) return done;
    const running = underWay.get(cacheKey) ?? seal(entity, payload, author);
    underWay.set(cacheKey, running);
    try {
      const envelope = await running;
      envelopes.set(cacheKey, envelope);
      return envelope;
    } finally {
      underWay.delete(cacheKey);
    }
  }

  return {
    envelopeOf,
    prepare(activity, author) {
      envelopeOf(activity, author).catch(() => undefined);
    },
  };
}
