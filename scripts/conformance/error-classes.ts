/**
 * Our error codes beside the gem's exceptions. Where the gem stumbles (ArgumentError,
 * NoMethodError, an OpenSSL error) there is nothing to compare, nor where the XML reader
 * refuses a document that libxml2 would have repaired first.
 */
import type { ErrorCode } from "../../src/errors/registry.ts";

const CLASSES: Partial<Record<ErrorCode, readonly string[]>> = {
  DX_SLAP_AUTHOR: ["Salmon::MissingAuthor"],
  DX_SLAP_HEADER: ["Salmon::MissingHeader"],
  DX_SLAP_ENVELOPE: ["Salmon::MissingMagicEnvelope"],
  DX_ENVELOPE_INVALID: ["Salmon::InvalidEnvelope"],
  DX_ENVELOPE_TYPE: ["Salmon::InvalidDataType"],
  DX_ENVELOPE_ENCODING: ["Salmon::InvalidEncoding"],
  DX_ENVELOPE_ALGORITHM: ["Salmon::InvalidAlgorithm"],
  DX_SENDER_KEY_NOT_FOUND: ["Salmon::SenderKeyNotFound"],
  DX_SIGNATURE_INVALID: ["Salmon::InvalidSignature"],
  DX_ENTITY_NAME_INVALID: ["Entity::InvalidEntityName", "Parsers::BaseParser::InvalidRootNode"],
  DX_ENTITY_UNKNOWN: ["Entity::UnknownEntity"],
  // A parent's type that cannot be one is refused before anything is fetched for it.
  DX_ENTITY_INVALID: ["Entity::ValidationError", "Federation::Fetcher::NotFetchable"],
  DX_AUTHOR_KEY_NOT_FOUND: [
    "Entities::Signable::PublicKeyNotFound",
    "Entities::Relayable::PublicKeyNotFound",
  ],
  DX_AUTHOR_SIGNATURE_INVALID: [
    "Entities::Signable::SignatureVerificationFailed",
    "Entities::Relayable::SignatureVerificationFailed",
  ],
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

/** As gem v0.1.9 named them. */
const LEGACY_CLASSES: Partial<Record<ErrorCode, string>> = {
  DX_AUTHOR_KEY_NOT_FOUND: "Entities::Relayable::PublicKeyNotFound",
  DX_AUTHOR_SIGNATURE_INVALID: "Entities::Relayable::SignatureVerificationFailed",
};

/** Of a slap, by the last gem that read some: what is no XML is a slap without its first part. */
export function bridgeClassOf(code: ErrorCode): string | null {
  return gemClassOf(code === "DX_XML_MALFORMED" ? "DX_SLAP_AUTHOR" : code);
}

export function legacyClassOf(code: ErrorCode): string | null {
  const name = LEGACY_CLASSES[code];
  return name === undefined ? bridgeClassOf(code) : GEM + name;
}

/** False only where both sides name what is wrong, and differ. */
export function agrees(code: ErrorCode, gemClass: string): boolean {
  const classes = CLASSES[code];
  if (classes === undefined || !gemClass.startsWith(GEM)) return true;
  return classes.includes(gemClass.slice(GEM.length));
}

/** Of what the gem calls by a class of its own, the same; it may stumble over the rest. */
export function sameClass(theirs: string | null, ours: string | null): boolean {
  return ours === null || theirs === null || !theirs.startsWith(GEM) ? true : ours === theirs;
}
