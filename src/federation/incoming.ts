/**
 * A kept message on its way in: opened, its sender's key found, verified, validated, and
 * translated (the receiver's checks of the diaspora* federation, in their order). What is
 * wrong with it is a DxError, whose `retryable` tells the queue whether to try again: a key
 * that could not be looked up now, yes; a bad signature, never.
 */
import { hostOf, type DiasporaId } from "../activitystreams/ids.ts";
import type { RemotePerson } from "../activitystreams/person.ts";
import { DxError, isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { DecryptPool } from "../salmon/decrypt-pool.ts";
import { isRelayable } from "../salmon/receive/authorship.ts";
import {
  openPrivate,
  openPublic,
  type OpenedMessage,
  type PrivateRecipient,
} from "../salmon/receive/open.ts";
import type { OpenDeps } from "../salmon/receive/related.ts";
import { relayedPayload } from "../salmon/relay.ts";
import { entityToActivity } from "../salmon/translate/from-entity.ts";
import type { Discover } from "./discovery-cache.ts";
import type { Fetcher, OpenFetched } from "./fetch.ts";
import { startTree, TREE_LIMITS, type FetchTree } from "./fetch-tree.ts";
import type {
  IncomingMessage,
  KnownPosts,
  PrivateKeys,
  ReceivedActivity,
  RemotePeople,
  ServedPeople,
} from "./ports.ts";
import { followLinks, relatedTo } from "./related.ts";

export interface IncomingDeps {
  readonly local: Pick<ServedPeople, "byId" | "byGuid">;
  /** Hosts of the diaspora* IDs that are issued here: nobody there is looked up elsewhere. */
  readonly idHosts: readonly string[];
  readonly remote: RemotePeople;
  readonly discover: Discover;
  readonly keys: PrivateKeys;
  /** Off the event loop: decrypt-pool.ts. */
  readonly decrypt: DecryptPool["decrypt"];
  readonly known: KnownPosts;
  readonly fetcher: Fetcher;
  readonly log: Log;
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
  const to = message.kind === "public" ? null : await recipientOf(message, deps);
  const toOpen = openDeps(deps, pods, startTree());
  const opened = await (to === null
    ? openPublic(message.body, toOpen)
    : openPrivate(message.body, to, toOpen));
  follow(opened, deps);
  const podUrl = pods.get(opened.sender);
  const activity = entityToActivity(opened.entity, {
    sender: opened.sender,
    receivedAt: deps.now(),
    audience: to === null ? "public" : "limited",
    ...(to === null ? {} : { recipient: to.id }),
    ...(podUrl === undefined ? {} : { podUrl }),
  });
  return {
    activity,
    sender: opened.sender,
    recipient: message.recipient,
    payloadXml: opened.payloadXml,
    ...(isRelayable(opened.entity) ? { relay: relayedPayload(opened.entity) } : {}),
    ...given(message.quietBefore),
  };
}

function given(quietBefore: Date | null = null): { readonly quietBefore?: Date } {
  return quietBefore === null ? {} : { quietBefore };
}

/** `tree`: what may be fetched for what is opened. */
function openDeps(deps: IncomingDeps, pods: Map<DiasporaId, string>, tree: FetchTree): OpenDeps {
  let { asker } = tree;
  return {
    keyOf: (id) => {
      // The first whose key is wanted is the sender, and no more is asked for before it has verified.
      asker ??= hostOf(id);
      return keyOf(id, deps, pods);
    },
    related: (type, guid, from, author) =>
      relatedTo({ type, guid, from, author }, { ...tree, asker }, openFetched(deps), deps),
    // The bridge keeps a tombstone for what is yet to come.
    checkTargets: false,
    now: deps.now,
  };
}

/** With all checks of a message to /receive/public. */
export function openFetched(deps: IncomingDeps): OpenFetched {
  return (body, tree) => openPublic(body, openDeps(deps, new Map(), tree));
}

/** §14: after all checks, and beside the message, which waits for none of it. */
function follow({ entity, sender }: OpenedMessage, deps: IncomingDeps): void {
  if (entity.type !== "status_message" || entity.properties.text === null) return;
  const { guid, text } = entity.properties;
  // Nobody waits: the links of what was fetched for a link are counted from where that was.
  const tree = startTree(deps.fetcher.depthOf(guid), TREE_LIMITS, { asker: hostOf(sender) });
  void followLinks(text, tree, openFetched(deps), deps);
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
