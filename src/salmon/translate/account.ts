/**
 * account_deletion ⇄ terminate, account_migration ⇄ replace (diaspora-protocol.md §8). Lost
 * both ways: when it happened, and what profile.ts names.
 */
import type { MigrationActivity, TerminateActivity } from "../../activitystreams/activity.ts";
import type { DiasporaId } from "../../activitystreams/ids.ts";
import { DxError } from "../../errors/error.ts";
import { makeEntity, type Raw } from "../entities/complete.ts";
import type { EntityOf } from "../entities/entity.ts";
import { actorOf, audienceOf, given, type Reception } from "./common.ts";
import { profileFrom, profileRaw } from "./profile.ts";
import { webUrl } from "./web-url.ts";

export function terminateActivity(
  { properties }: EntityOf<"account_deletion">,
  { audience, receivedAt }: Reception,
): TerminateActivity {
  return {
    verb: "terminate",
    actor: actorOf(properties.author),
    object: { type: "account", id: properties.author },
    audience,
    published: receivedAt,
  };
}

/** Nobody closes the account of another. */
export function terminateEntity(
  { published }: TerminateActivity,
  author: DiasporaId,
): EntityOf<"account_deletion"> {
  return makeEntity("account_deletion", { author }, published);
}

/**
 * The identities as the gem reads them: the new one is the profile's author, and `old_identity`
 * counts only when the new one is the sender; else the sender is the old one. Throws
 * DX_ENTITY_INVALID.
 */
export function migrationActivity(
  { properties }: EntityOf<"account_migration">,
  { podUrl, receivedAt }: Reception,
): MigrationActivity {
  const { author, profile, signature, old_identity: old } = properties;
  const to = profile.author;
  const from = author === to ? old : author;
  if (from === null || signature === null) {
    const missing = from === null ? "old_identity" : "signature";
    throw new DxError("DX_ENTITY_INVALID", { detail: `account_migration.${missing} is missing` });
  }
  return {
    verb: "replace",
    actor: actorOf(author),
    object: {
      type: "migration",
      from,
      to,
      profile: profileFrom(profile, podUrl),
      signature,
      ...given({ photoPath: webUrl(properties.remote_photo_path ?? "") }),
    },
    audience: audienceOf(profile.public),
    published: receivedAt,
  };
}

/** Throws DX_ENTITY_INVALID. */
export function migrationEntity(
  { object, audience, published }: MigrationActivity,
  author: DiasporaId,
): EntityOf<"account_migration"> {
  const { from, to, profile, signature, photoPath } = object;
  if (author !== from && author !== to) {
    throw new DxError("DX_ENTITY_INVALID", { detail: "account_migration.author is neither" });
  }
  const raw: Raw = {
    author,
    profile: profileRaw(profile, to, audience === "public"),
    signature,
    // The gem writes it whoever sends.
    old_identity: from,
    remote_photo_path: webUrl(photoPath ?? ""),
  };
  return makeEntity("account_migration", raw, published);
}
