/**
 * Who may send what (diaspora-protocol.md §4, the sender rule, and §5): the envelope's
 * sender is the entity's author, except where a post's author passes on what others wrote
 * below it, or an owner takes something back.
 */
import type { KeyObject } from "node:crypto";
import type { DiasporaId } from "../../activitystreams/ids.ts";
import { DxError } from "../../errors/error.ts";
import { migrationSignedText, verifyText } from "../author-signature.ts";
import { DEFINITIONS, type Entity, type EntityOf } from "../entities/entity.ts";
import type { EntityDefinition, Properties } from "../entities/property.ts";
import { relayableSignedText } from "../entities/write.ts";
import { importPublicKey } from "../keys.ts";
import { rootOf, type OpenDeps, type RelatedEntity } from "./related.ts";

export type Relayable = Extract<Entity, { readonly properties: { readonly parent_guid: string } }> &
  EntityOf<"comment" | "like" | "poll_participation" | "event_participation">;

export function isRelayable(entity: Entity): entity is Relayable {
  const definition: EntityDefinition = DEFINITIONS[entity.type];
  return definition.relayable !== undefined;
}

async function keyOfAuthor(author: DiasporaId, deps: OpenDeps): Promise<KeyObject> {
  const key = await deps.keyOf(author);
  if (key === null) throw new DxError("DX_AUTHOR_KEY_NOT_FOUND");
  return typeof key === "string" ? importPublicKey(key) : key;
}

export async function verifyAuthor(
  text: string,
  signature: string | null,
  author: DiasporaId,
  deps: OpenDeps,
): Promise<void> {
  if (signature === null) throw new DxError("DX_AUTHOR_SIGNATURE_INVALID", { detail: "missing" });
  const key = await keyOfAuthor(author, deps);
  if (!(await verifyText(text, signature, key))) throw new DxError("DX_AUTHOR_SIGNATURE_INVALID");
}

function refuseUnless(allowed: boolean): void {
  if (!allowed) throw new DxError("DX_SENDER_FORBIDDEN");
}

async function parentOf(
  entity: Relayable,
  sender: DiasporaId,
  deps: OpenDeps,
): Promise<RelatedEntity> {
  if (deps.related === undefined) {
    throw new DxError("DX_ENTITY_UNSUPPORTED", { evidence: { entity: entity.type } });
  }
  const implied = DEFINITIONS[entity.type].relayable?.parentType;
  const type = entity.type === "like" ? entity.properties.parent_type : implied;
  if (entity.type === "like" && type !== "Post" && type !== "Comment") {
    throw new DxError("DX_ENTITY_INVALID", { detail: "like.parent_type breaks its rule" });
  }
  // The gem asks the author's pod, which only says where the root is. The sender is the author
  // or claims to be the root's, and is the one who is proven: nobody else can make us ask there.
  const { parent_guid: guid } = entity.properties;
  const parent = await deps.related(type ?? "Post", guid, sender, null);
  if (parent === null) throw new DxError("DX_PARENT_NOT_FOUND", { evidence: { parent: guid } });
  return parent;
}

async function checkRelayable(
  entity: Relayable,
  sender: DiasporaId,
  deps: OpenDeps,
): Promise<void> {
  const root = rootOf(await parentOf(entity, sender, deps));
  const { author, author_signature: signature } = entity.properties;
  // §5: for the author of the root post the envelope is signature enough.
  if (author !== root.author) {
    await verifyAuthor(relayableSignedText(entity), signature, author, deps);
  }
  refuseUnless(sender === root.author || (sender === author && root.local));
}

const RETRACTED_BY_PARENT_AUTHOR = new Set(["Comment", "Like", "PollParticipation"]);

/** The `author` element is not compared, as in the gem: the owner of the target is. */
async function checkRetraction(
  { properties }: EntityOf<"retraction">,
  sender: DiasporaId,
  deps: OpenDeps,
): Promise<void> {
  if (deps.related === undefined || deps.checkTargets === false) return;
  const type = properties.target_type;
  const target = await deps.related(type, properties.target_guid, null, null);
  if (target === null) throw new DxError("DX_TARGET_NOT_FOUND");
  const byParentAuthor = RETRACTED_BY_PARENT_AUTHOR.has(type) && target.parent?.author === sender;
  refuseUnless(target.author === sender || byParentAuthor);
}

async function checkRoot({ properties }: EntityOf<"reshare">, deps: OpenDeps): Promise<void> {
  const { root_author: rootAuthor, root_guid: guid } = properties;
  if (deps.related === undefined || rootAuthor === null || guid === null) return;
  const root = await deps.related("Post", guid, rootAuthor, rootAuthor);
  if (root === null) throw new DxError("DX_PARENT_NOT_FOUND", { evidence: { parent: guid } });
  if (root.author !== rootAuthor) {
    throw new DxError("DX_ENTITY_INVALID", { detail: "reshare.root_author is not the root's" });
  }
}

async function checkParticipation(
  { properties }: EntityOf<"participation">,
  deps: OpenDeps,
): Promise<void> {
  if (deps.related === undefined) return;
  // What is our own is known here, so nobody is asked.
  const parent = await deps.related(properties.parent_type, properties.parent_guid, null, null);
  if (parent?.local !== true) throw new DxError("DX_PARENT_NOT_LOCAL");
}

/** §8: the envelope proves one of the two identities, this signature the other one. */
async function checkMigration(
  { properties }: EntityOf<"account_migration">,
  deps: OpenDeps,
): Promise<void> {
  const { author, profile, signature } = properties;
  const newId = profile.author;
  // As the gem: whoever is not the new identity speaks as the old one, and names no other.
  const oldId = author === newId ? properties.old_identity : author;
  if (oldId === null) throw new DxError("DX_AUTHOR_KEY_NOT_FOUND");
  const other = author === newId ? oldId : newId;
  await verifyAuthor(migrationSignedText(oldId, newId), signature, other, deps);
}

/** Throws DX_SENDER_FORBIDDEN or what is wrong with the entity's own signatures and relations. */
export async function checkAuthorship(
  entity: Entity,
  sender: DiasporaId,
  deps: OpenDeps,
): Promise<void> {
  if (isRelayable(entity)) {
    await checkRelayable(entity, sender, deps);
    return;
  }
  if (entity.type === "retraction") {
    await checkRetraction(entity, sender, deps);
    return;
  }
  const { author }: Properties = entity.properties;
  // Parts of others (poll, location …) have no author and are nothing by themselves.
  if (author === undefined) {
    throw new DxError("DX_ENTITY_UNSUPPORTED", { evidence: { entity: entity.type } });
  }
  if (entity.type === "account_migration") await checkMigration(entity, deps);
  refuseUnless(author === sender);
  // Only now: an unknown root is fetched for nobody but the reshare's author.
  if (entity.type === "reshare") await checkRoot(entity, deps);
  if (entity.type === "participation") await checkParticipation(entity, deps);
}
