/**
 * One envelope signed per post, its bytes shared by all deliveries. RSASSA-PKCS1-v1_5 is
 * deterministic, so an envelope that was dropped from the cache comes back the same; it is
 * never stored. A signature takes 6–8 ms (RSA-4096), longer than a commit: `prepare` starts
 * it while the post is being stored.
 */
import type { KeyObject } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Activity } from "../activitystreams/activity.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";
import { DxError } from "../errors/error.ts";
import { signRelayable } from "../salmon/author-signature.ts";
import { DEFINITIONS, type Entity } from "../salmon/entities/entity.ts";
import { writeEntity } from "../salmon/entities/write.ts";
import { importPrivateKey } from "../salmon/keys.ts";
import { sealEnvelope } from "../salmon/magic-envelope.ts";
import { activityToEntity } from "../salmon/translate/to-entity.ts";
import type { PrivateKeys } from "./ports.ts";

/** What the author of a post passes on to its readers (diaspora-protocol.md §5). */
export interface Passing {
  readonly activity: Activity;
  /** Who said it: of here, or of another pod. */
  readonly author: LocalPerson | RemotePerson;
  /** Whose envelope it travels in. */
  readonly sealer: LocalPerson;
  /** As its author signed it, of another pod. */
  readonly relay: string | null;
}

export interface Signer {
  /** The magic envelope of what this person did. Throws when the person has no key. */
  envelopeOf(activity: Activity, author: LocalPerson): Promise<string>;
  /**
   * The magic envelope of what somebody else said. Throws DX_ENTITY_INVALID for what only its
   * author on another pod could sign.
   */
  passOn(passing: Passing): Promise<string>;
  /** Starts signing; what goes wrong shows when the envelope is asked for. */
  prepare(activity: Activity, author: LocalPerson): void;
}

const MAX_KEYS = 1_000;
/** A large envelope is 1 MB; most are 2 kB. */
const MAX_ENVELOPE_BYTES = 64 * 1024 * 1024;

/** Signs once, however often and at the same time an envelope is asked for. */
function onceEach(): (cacheKey: string, seal: () => Promise<string>) => Promise<string> {
  const envelopes = new LRUCache<string, string>({
    maxSize: MAX_ENVELOPE_BYTES,
    sizeCalculation: (envelope) => envelope.length + 1,
  });
  const underWay = new Map<string, Promise<string>>();
  return async (cacheKey, seal) => {
    const done = envelopes.get(cacheKey);
    if (done !== undefined) return done;
    const running = underWay.get(cacheKey) ?? seal();
    underWay.set(cacheKey, running);
    try {
      const envelope = await running;
      envelopes.set(cacheKey, envelope);
      return envelope;
    } finally {
      underWay.delete(cacheKey);
    }
  };
}

function entityOf({ activity, author }: Passing): Entity {
  return activityToEntity(activity, author.diasporaId);
}

/**
 * What an envelope is remembered by: all that is signed in it, and who seals it. Written once for
 * all who get the activity in one look at what waits.
 */
function namesOf(): (passing: Passing) => string {
  const names = new WeakMap<Activity, Pick<Passing, "author" | "sealer"> & { name: string }>();
  return (passing) => {
    const { activity, author, sealer } = passing;
    const known = names.get(activity);
    if (known?.author === author && known.sealer === sealer) return known.name;
    const name = `${sealer.guid}\0${writeEntity(entityOf(passing))}`;
    names.set(activity, { author, sealer, name });
    return name;
  };
}

export function createSigner(keys: PrivateKeys, seal: typeof sealEnvelope = sealEnvelope): Signer {
  const privateKeys = new LRUCache<string, KeyObject>({ max: MAX_KEYS });
  const once = onceEach();
  const nameOf = namesOf();

  async function keyOf(author: LocalPerson): Promise<KeyObject> {
    const cached = privateKeys.get(author.guid);
    if (cached !== undefined) return cached;
    const pem = await keys.of(author.guid);
    if (pem === null) throw new DxError("DX_PERSON_NOT_FOUND");
    const key = importPrivateKey(pem);
    privateKeys.set(author.guid, key);
    return key;
  }

  /** A relayable is signed by its author inside, whoever seals it. */
  async function signed(entity: Entity, author: Passing["author"]): Promise<string> {
    if ("jid" in author) return writeEntity(await signRelayable(entity, await keyOf(author)));
    if (DEFINITIONS[entity.type].relayable !== undefined) {
      throw new DxError("DX_ENTITY_INVALID", { detail: "its author's signature is not kept" });
    }
    return writeEntity(entity);
  }

  async function sealed(passing: Passing): Promise<string> {
    const { author, sealer } = passing;
    return await once(nameOf(passing), async () => {
      const payload = await signed(entityOf(passing), author);
      return await seal(payload, sealer.diasporaId, await keyOf(sealer));
    });
  }

  function envelopeOf(activity: Activity, author: LocalPerson): Promise<string> {
    return passOn({ activity, author, sealer: author, relay: null });
  }

  async function passOn(passing: Passing): Promise<string> {
    const { sealer, relay } = passing;
    if (relay === null) return await sealed(passing);
    return await once(`${sealer.guid}\0${relay}`, async () =>
      seal(relay, sealer.diasporaId, await keyOf(sealer)),
    );
  }

  return {
    envelopeOf,
    passOn,
    prepare(activity, author) {
      envelopeOf(activity, author).catch(() => undefined);
    },
  };
}
