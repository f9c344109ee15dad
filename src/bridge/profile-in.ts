/**
 * What people of the federation tell of themselves. The open half is everybody's; the other one
 * is kept for those to whom it was sent.
 */
import type { ProfileActivity } from "../activitystreams/activity.ts";
import { splitProfile } from "../activitystreams/profile.ts";
import type { Account, BridgeTransaction, KnownPerson } from "./ports.ts";

/** `addressed`: null when it came to everybody. */
export async function receiveProfile(
  tx: BridgeTransaction,
  { object, audience }: ProfileActivity,
  author: KnownPerson,
  addressed: Account | null,
): Promise<void> {
  const { open, details } = splitProfile(object);
  const edited = object.edited ?? null;
  const isPublic = audience === "public";
  const known = isPublic ? { ...open, ...details } : open;
  // An old envelope that somebody sends once more brings nothing back.
  if (!(await tx.keepProfile(author.key, known, edited))) return;
  const { name, photo } = open;
  await tx.changeRemote(author, {
    ...(name === undefined ? {} : { name }),
    ...(photo === undefined ? {} : { photoUrl: photo.large }),
  });
  if (isPublic) await tx.dropDetails(author.key);
  else if (addressed !== null) await tx.keepDetails(author.key, addressed.key, details, edited);
}
