/**
 * A kept message on its way in: opened, its sender's key found, verified, validated, and
 * translated (the receiver's checks of the diaspora* federation, in their order). What is
 * wrong with it is a DxError, whose `retryable` tells the queue whether to try again: a key
 * that could not be looked up now, yes; a bad signature, never.
 */
import { hostOf, type DiasporaId } from "../activitystreams/ids.ts";
import type { RemotePerson } from "../activitystreams/person.ts";
import { DxError, isDxError } from "../errors/error.ts";
import type { DecryptPool } from "../salmon/decrypt-pool.ts";
import {
  openPrivate,
  openPublic,
  type OpenedMessage,
  type PrivateRecipient,
} from "../salmon/receive/open.ts";
import type { OpenDeps } from "../salmon/receive/related.ts";
import { entityToActivity } from "../salmon/translate/from-entity.ts";
import type { Discover } from "./discovery-cache.ts";
import type {
  IncomingMessage,
  PrivateKeys,
  ReceivedActivity,
  RemotePeople,
  ServedPeople,
} from "./ports.ts";

export interface IncomingDeps {
  readonly local: Pick<ServedPeople, "byId" | "byGuid">;
  /** Hosts of the diaspora* IDs that are issued here: nobody there is looked up elsewhere. */
  readonly idHosts: readonly string[];
  readonly remote: RemotePeople;
  readonly discover: Discover;
  readonly keys: PrivateKeys;
  /** Off the event loop: decrypt-pool.ts. */
  readonly decrypt: DecryptPool["decrypt"];
  readonly now: () => Date;
}

export type IncomingResult =
  | { readonly kind: "activity"; readonly received: ReceivedActivity }
  /** A valid message of a kind that is not bridged (yet): done, and nothing to do. */
  | { readonly kind: "unsupported"; readonly entity: string };

export async function processIncoming(
  message: IncomingMessage,
  deps: IncomingDeps,
): Promise<IncomingResult> {
  try {
    return { kind: "activity", received: await open(message, deps) };
  } catch (error) {
    if (!isDxError(error, "DX_ENTITY_UNSUPPORTED")) throw error;
    return { kind: "unsupported", entity: String(error.evidence["entity"] ?? "") };
  }
}

async function open(message: IncomingMessage, deps: IncomingDeps): Promise<ReceivedActivity> {
  const pods = new Map<DiasporaId, string>();
  const openDeps: OpenDeps = {
    keyOf: (id) => keyOf(id, deps, pods),
    now: deps.now,
  };
  const opened = await openMessage(message, deps, openDeps);
  const podUrl = pods.get(opened.sender);
  const activity = entityToActivity(opened.entity, {
    sender: opened.sender,
    receivedAt: deps.now(),
    audience: message.kind === "public" ? "public" : "limited",
    ...(podUrl === undefined ? {} : { podUrl }),
  });
  return {
    activity,
    sender: opened.sender,
    recipient: message.recipient,
    payloadXml: opened.payloadXml,
  };
}

async function openMessage(
  message: IncomingMessage,
  deps: IncomingDeps,
  openDeps: OpenDeps,
): Promise<OpenedMessage> {
  if (message.kind === "public") return openPublic(message.body, openDeps);
  return openPrivate(message.body, await recipientOf(message, deps), openDeps);
}

/** Whoever closed the account since the message came can read it no more. */
async function recipientOf(
  message: IncomingMessage,
  deps: IncomingDeps,
): Promise<PrivateRecipient> {
  const { recipient: guid } = message;
  const person = guid === null ? null : await deps.local.byGuid(guid);
  const privateKey = person === null ? null : await deps.keys.of(person.guid);
  if (person === null || privateKey === null) throw new DxError("DX_ITEM_NOT_FOUND");
  return { id: person.diasporaId, decrypt: (body) => deps.decrypt(body, privateKey) };
}

/**
 * The key of a known person is the one that was known first; keys never change on the
 * federation, so a signature that does not fit it is bad, and is no reason to look again.
 * A person of our own proves an echo of ours by our own key, and by nothing else.
 */
async function keyOf(
  id: DiasporaId,
  deps: IncomingDeps,
  pods: Map<DiasporaId, string>,
): Promise<string | null> {
  if (deps.idHosts.includes(hostOf(id))) {
    return (await deps.local.byId(id))?.publicKeyPem ?? null;
  }
  const person = (await deps.remote.known(id)) ?? (await discoverAndRemember(id, deps));
  if (person === null) return null;
  pods.set(id, person.podUrl);
  return person.publicKeyPem;
}

async function discoverAndRemember(
  id: DiasporaId,
  deps: IncomingDeps,
): Promise<RemotePerson | null> {
  try {
    return await deps.remote.remember(await deps.discover(id));
  } catch (error) {
    if (isDxError(error, "DX_PERSON_NOT_FOUND")) return null;
    throw error;
  }
}
