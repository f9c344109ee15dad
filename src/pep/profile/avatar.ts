/**
 * Pictures of people (XEP-0084): what is told of one, and its bytes. Its name is the SHA-1 of
 * exactly the bytes that are sent, or clients fetch it for ever.
 */
import { createHash } from "node:crypto";
import type { Avatar } from "../../activitystreams/profile.ts";
import { childrenNamed, el, textOf, type XmlElement } from "../../xml/element.ts";
import { NS_AVATAR_DATA, NS_AVATAR_METADATA } from "../namespaces.ts";

export interface AvatarInfo {
  /** Lower-case hex, of the bytes. */
  readonly sha1: string;
  readonly bytes: number;
  readonly type: string;
  readonly width?: number;
  readonly height?: number;
  /** Where it lies, when it is not in the node of the data. */
  readonly url?: string;
}

/** Larger ones are not asked for. */
export const MAX_AVATAR_BYTES = 512 * 1024;
const MAX_INFOS = 10;
const SHA1 = /^[0-9a-f]{40}$/;

export function avatarOf(bytes: Buffer): Avatar {
  return { sha1: createHash("sha1").update(bytes).digest("hex"), bytes };
}

/** XEP-0084 §4.2.1; an empty one where there is no picture (any more). */
export function avatarMetadata(infos: readonly AvatarInfo[]): XmlElement {
  return el(
    "metadata",
    { xmlns: NS_AVATAR_METADATA },
    infos.map(({ sha1, bytes, type, width, height, url }) =>
      el("info", { id: sha1, bytes, type, width, height, url }),
    ),
  );
}

/** null for no metadata; what cannot be a picture's is left out. */
export function readAvatarMetadata(payload: XmlElement | undefined): AvatarInfo[] | null {
  if (payload?.local !== "metadata" || payload.ns !== NS_AVATAR_METADATA) return null;
  return childrenNamed(payload, "info", NS_AVATAR_METADATA).slice(0, MAX_INFOS).flatMap(infoOf);
}

function infoOf({ attrs }: XmlElement): AvatarInfo[] {
  const sha1 = attrs["id"]?.trim().toLowerCase() ?? "";
  const bytes = numberOf(attrs["bytes"]);
  const type = attrs["type"]?.trim().toLowerCase() ?? "";
  if (!SHA1.test(sha1) || bytes === null || !type.startsWith("image/")) return [];
  const [width, height, url] = [numberOf(attrs["width"]), numberOf(attrs["height"]), attrs["url"]];
  return [
    {
      sha1,
      bytes,
      type,
      ...(width === null ? {} : { width }),
      ...(height === null ? {} : { height }),
      ...(url === undefined ? {} : { url }),
    },
  ];
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** The one whose bytes are in the node of the data; null: none, or none of a size to ask for. */
export function avatarInNode(infos: readonly AvatarInfo[]): AvatarInfo | null {
  return infos.find(({ url, bytes }) => url === undefined && bytes <= MAX_AVATAR_BYTES) ?? null;
}

export function avatarData({ bytes }: Pick<Avatar, "bytes">): XmlElement {
  return el("data", { xmlns: NS_AVATAR_DATA }, bytes.toString("base64"));
}

/** null for what is none, or too big. The hash is of what came, not of what was said. */
export function readAvatarData(payload: XmlElement | undefined): Avatar | null {
  if (payload?.local !== "data" || payload.ns !== NS_AVATAR_DATA) return null;
  const bytes = pictureBytes(textOf(payload));
  return bytes === null ? null : avatarOf(bytes);
}

/** Base64 in lines of any length. */
export function pictureBytes(text: string): Buffer | null {
  if (text.length > 2 * MAX_AVATAR_BYTES) return null;
  const base64 = text.replace(/\s+/g, "");
  if (base64 === "" || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return null;
  const bytes = Buffer.from(base64, "base64");
  return bytes.length > MAX_AVATAR_BYTES ? null : bytes;
}

/** XEP-0153: in presence; an empty one says that there is no picture. */
export function avatarUpdate(sha1: string | null): XmlElement {
  return el("x", { xmlns: "vcard-temp:x:update" }, el("photo", {}, sha1));
}
