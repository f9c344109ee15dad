/**
 * Our error codes beside the gem's exceptions. Where the gem stumbles (ArgumentError,
 * NoMethodError, an OpenSSL error) there is nothing to compare, nor where the XML reader
 * refuses a document that libxml2 would have repaired first.
 */
import type { ErrorCode } from "../../src/errors/registry.ts";

const CLASSES: Partial<Record<ErrorCode, readonly string[]>> = {
  DX_ENVELOPE_INVALID: ["Salmon::InvalidEnvelope"],
  DX_ENVELOPE_TYPE: ["Salmon::InvalidDataType"],
  DX_ENVELOPE_ENCODING: ["Salmon::InvalidEncoding"],
  DX_ENVELOPE_ALGORITHM: ["Salmon::InvalidAlgorithm"],
  DX_SENDER_KEY_NOT_FOUND: ["Salmon::SenderKeyNotFound"],
  DX_SIGNATURE_INVALID: ["Salmon::InvalidSignature"],
  DX_ENTITY_NAME_INVALID: ["Entity::InvalidEntityName"],
  DX_ENTITY_UNKNOWN: ["Entity::UnknownEntity"],
  // A parent's type that cannot be one is refused before anything is fetched for it.
  DX_ENTITY_INVALID: ["Entity::ValidationError", "Federation::Fetcher::NotFetchable"],
  DX_AUTHOR_KEY_NOT_FOUND: ["Entities::Signable::PublicKeyNotFound"],
  DX_AUTHOR_SIGNATURE_INVALID: ["Entities::Signable::SignatureVerificationFailed"],
  DX_PARENT_NOT_FOUND: ["Federation::Fetcher::NotFetchable"],
  DX_PARENT_NOT_LOCAL: ["Entities::Participation::ParentNotLocal"],
  DX_TARGET_NOT_FOUND: ["Entities::Retraction::TargetNotFound"],
  DX_SENDER_FORBIDDEN: ["Federation::Receiver::InvalidSender"],
  DX_NOT_PUBLIC: ["Federation::Receiver::NotPublic"],
  DX_DISCOVERY_DOCUMENT: ["Discovery::InvalidDocument"],
  DX_DISCOVERY_INCOMPLETE: ["Discovery::InvalidData"],
  DX_DISCOVERY_INVALID: ["Entity::ValidationError"],
  DX_DISCOVERY_MISMATCH: ["Discovery::DiscoveryError"],
};

const GEM = "DiasporaFederation::";

export function gemClassOf(code: ErrorCode): string | null {
  const name = CLASSES[code]?.[0];
  return name === undefined ? null : GEM + name;
}

/** False only where both sides name what is wrong, and differ. */
export function agrees(code: ErrorCode, gemClass: string): boolean {
  const classes = CLASSES[code];
  if (classes === undefined || !gemClass.startsWith(GEM)) return true;
  return classes.includes(gemClass.slice(GEM.length));
}
