/**
 * The addresses of local people's own pictures. The hash is in the name so that a new picture has
 * a new address, by which pods see that it changed; an old address shows the new picture.
 */
import { parseGuid, type Guid } from "../activitystreams/ids.ts";
import type { AvatarSize } from "../activitystreams/profile.ts";

const FOLDER = "avatars";
export const AVATAR_ROUTE = `/${FOLDER}/:name`;

/** People here carry a keyed digest as GUID (src/bridge/registration.ts). */
const NAME = /^([0-9a-f]{32})_[0-9a-f]{8}_(large|medium|small)$/;

export function avatarAddress(
  baseUrl: string,
  person: Guid,
  sha1: string,
  size: AvatarSize,
): string {
  return new URL(`${FOLDER}/${person}_${sha1.slice(0, 8)}_${size}`, baseUrl).href;
}

export function parseAvatarName(name: string): { guid: Guid; size: AvatarSize } | null {
  const [, digits, size] = NAME.exec(name) ?? [];
  const guid = parseGuid(digits ?? "");
  return guid === null || !isSize(size) ? null : { guid, size };
}

function isSize(text: string | undefined): text is AvatarSize {
  return text === "large" || text === "medium" || text === "small";
}
