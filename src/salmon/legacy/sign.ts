/**
 * COMPAT(diaspora* < 0.7): what was signed inside an entity then, beside the envelope
 * (diaspora-protocol.md §7): relayables by their author and by the author of the post,
 * retractions by whoever takes something back. RSASSA-PKCS1-v1_5 with SHA-256, base64.
 */
import type { KeyObject } from "node:crypto";
import { signText } from "../author-signature.ts";
import type { Entity, EntityOf } from "../entities/entity.ts";
import type { Properties } from "../entities/property.ts";
import { formatScalar } from "../entities/write.ts";
import { isSignature, LAYOUTS, type LegacyName } from "./layouts.ts";

/** As Ruby prints a time. */
function inWords(time: Date): string {
  return time
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
}

/** A property as it was written, and signed, then; nil is the empty text. */
export function legacyText(name: LegacyName, property: string, values: Properties): string {
  const value = values[property];
  if (name === "message" && value instanceof Date) return inWords(value);
  // A message's parent was its conversation, named twice; a reshare was public without a word.
  if (name === "message" && property === "parent_guid") {
    return formatScalar(values["conversation_guid"]);
  }
  if (name === "reshare" && property === "public") return "true";
  // A picture had to have a size, and one without took its whole post with it.
  if (name === "photo" && (property === "height" || property === "width")) {
    return formatScalar(value ?? 0);
  }
  return formatScalar(value);
}

/** Without the signatures; fixed, unless the author has signed another one. */
export function legacyOrder(name: LegacyName, relay?: Entity["relay"]): readonly string[] {
  return relay?.order ?? Object.keys(LAYOUTS[name]).filter((property) => !isSignature(property));
}

const SIGNED = [
  "comment",
  "like",
  "message",
  "participation",
  "poll_participation",
  "retraction",
] as const;
export type LegacySigned = Extract<Entity, { readonly type: (typeof SIGNED)[number] }>;

export function isLegacySigned(entity: Entity): entity is LegacySigned {
  return SIGNED.some((type) => type === entity.type);
}

/** All values in their order, joined by `;`; of a retraction, its target. */
export function legacySignedText({ type, properties, relay }: LegacySigned): string {
  if (type === "retraction") return `${properties.target_guid};${properties.target_type}`;
  return legacyOrder(type, relay)
    .map((property) => relay?.unknown.get(property) ?? legacyText(type, property, properties))
    .join(";");
}

/** By the name of their element. */
export type LegacySignatures = Readonly<Record<string, string>>;

/** Of an entity, or of one inside, by its properties. */
export type SignaturesOf = (properties: Properties) => LegacySignatures;

async function signaturesBy(entity: LegacySigned, key: KeyObject): Promise<LegacySignatures> {
  const own = await signText(legacySignedText(entity), key);
  const { author_signature: given = null }: Properties = entity.properties;
  return {
    author_signature: typeof given === "string" ? given : own,
    // Under somebody else's post nobody looks at it, under an own one it must be there.
    parent_author_signature: own,
    target_author_signature: own,
  };
}

/**
 * All signatures that an entity needs when this key's owner sends it; the author's own is
 * kept when there is one.
 */
export async function signLegacy(entity: Entity, key: KeyObject): Promise<SignaturesOf> {
  const messages = entity.type === "conversation" ? entity.properties.messages : [];
  const signed: LegacySigned[] = [
    ...(isLegacySigned(entity) ? [entity] : []),
    ...messages.map((properties): EntityOf<"message"> => ({ type: "message", properties })),
  ];
  const found = await Promise.all(
    signed.map(async (one) => [one.properties, await signaturesBy(one, key)] as const),
  );
  const all = new Map<Properties, LegacySignatures>(found);
  return (properties) => all.get(properties) ?? {};
}
