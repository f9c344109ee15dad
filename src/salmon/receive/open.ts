/**
 * From the body of a POST to an entity that is proven, checked and may be acted upon: the
 * receiver's checks in the order of diaspora-protocol.md §4 and §15. Pure but for what is
 * asked of the injected effects.
 */
import type { DiasporaId } from "../../activitystreams/ids.ts";
import { DxError, isDxError } from "../../errors/error.ts";
import { decodeXml, readXml } from "../../xml/reader.ts";
import type { Entity } from "../entities/entity.ts";
import type { Properties } from "../entities/property.ts";
import { readEntity } from "../entities/read.ts";
import { checkParentSignature } from "../legacy/parent-signature.ts";
import { isWrapped, readLegacyPayload, type LegacyPayload } from "../legacy/read-payload.ts";
import { isSlap, readEncryptedSlap, readSlap, type Slap } from "../legacy/read-slap.ts";
import { verifyEnvelope, verifyEnvelopeHere, type MagicEnvelope } from "../magic-envelope.ts";
import { readEnvelope } from "../read-envelope.ts";
import { checkAuthorship } from "./authorship.ts";
import type { OpenDeps } from "./related.ts";

/** A message that passed every check. */
export interface OpenedMessage {
  /** Whose key signed the envelope: the one proven identity. */
  readonly sender: DiasporaId;
  readonly entity: Entity;
  /** The payload exactly as it was signed. */
  readonly payloadXml: string;
  readonly signingString: string;
}

/** The local person whom a private message was addressed to. */
export interface PrivateRecipient {
  readonly id: DiasporaId;
  /**
   * From the body to the magic envelope inside, with this person's key: see decrypt-pool.ts.
   * Of an encrypted slap it is given the header only, which has the same form.
   */
  decrypt(body: Uint8Array): Promise<Uint8Array>;
}

async function senderOf(
  envelope: MagicEnvelope,
  deps: OpenDeps,
  verify: typeof verifyEnvelope | typeof verifyEnvelopeHere = verifyEnvelope,
): Promise<DiasporaId> {
  const { sender } = envelope;
  const key = sender === null ? null : await deps.keyOf(sender);
  if (sender === null || key === null) throw new DxError("DX_SENDER_KEY_NOT_FOUND");
  if (!(await verify(envelope, key))) throw new DxError("DX_SIGNATURE_INVALID");
  return sender;
}

async function openEnvelope(
  envelope: MagicEnvelope,
  deps: OpenDeps,
  verify?: typeof verifyEnvelopeHere,
): Promise<OpenedMessage> {
  const sender = await senderOf(envelope, deps, verify);
  const payloadXml = decodeXml(envelope.data);
  const root = readXml(payloadXml);
  const now = deps.now?.() ?? new Date();
  // COMPAT(diaspora* 0.6): what it lets be fetched is in an envelope, and wrapped.
  const entity = isWrapped(root) ? readLegacyPayload(root, now).entity : readEntity(root, now);
  await checkAuthorship(entity, sender, deps);
  return { sender, entity, payloadXml, signingString: envelope.signingString };
}

/**
 * COMPAT(diaspora* < 0.7): the same checks. The signature of the author of a post under what
 * is passed on is left to the caller.
 */
export async function openSlap(
  { envelope, payloadOf }: Slap,
  deps: OpenDeps,
): Promise<OpenedMessage & LegacyPayload> {
  // Nothing is decrypted that nobody signed, so that no padding is ever tried out on us.
  const sender = await senderOf(envelope, deps);
  const payloadXml = decodeXml(payloadOf(envelope.data));
  const payload = readLegacyPayload(readXml(payloadXml), deps.now?.() ?? new Date());
  await checkAuthorship(payload.entity, sender, deps);
  return { sender, ...payload, payloadXml, signingString: envelope.signingString };
}

async function openInOldForm(slap: Slap, deps: OpenDeps): Promise<OpenedMessage> {
  const opened = await openSlap(slap, deps);
  await checkParentSignature(opened, opened.sender, deps);
  return opened;
}

const PRIVATE_PROFILE_PARTS = ["bio", "birthday", "gender", "location"] as const;

/**
 * §4.1: what can be public and is not, has no business at the public end point; a profile
 * without its private half has.
 */
export function checkPublic({ type, properties }: Entity): void {
  const values: Properties = properties;
  if (values["public"] === undefined || values["public"] === true) return;
  const harmless =
    type === "profile" && PRIVATE_PROFILE_PARTS.every((name) => values[name] === null);
  if (!harmless) throw new DxError("DX_NOT_PUBLIC", { evidence: { entity: type } });
}

/**
 * A body that came to `/receive/public`, with every check of a receiver (§15). A slap (§7) is
 * taken as well, out of its form field.
 * @throws {DxError} `DX_XML_*`, `DX_ENVELOPE_*` or `DX_SLAP_*` for its form,
 * `DX_SENDER_KEY_NOT_FOUND`, `DX_KEY_INVALID`, `DX_SIGNATURE_INVALID`, `DX_ENTITY_*` for the
 * payload, `DX_AUTHOR_KEY_NOT_FOUND`, `DX_AUTHOR_SIGNATURE_INVALID`, `DX_PARENT_NOT_FOUND`,
 * `DX_PARENT_NOT_LOCAL`, `DX_TARGET_NOT_FOUND`, `DX_SENDER_FORBIDDEN`, `DX_NOT_PUBLIC`
 */
export async function openPublic(
  body: Uint8Array | string,
  deps: OpenDeps,
): Promise<OpenedMessage> {
  const document = typeof body === "string" ? body : decodeXml(body);
  const opened = isSlap(document)
    ? await openInOldForm(readSlap(document), deps)
    : await openEnvelope(readEnvelope(document), deps);
  checkPublic(opened.entity);
  return opened;
}

/** A junk cleartext is what a wrong key gives too (implicit rejection), so it is called the same. */
function readDecrypted(cleartext: Uint8Array): MagicEnvelope {
  try {
    return readEnvelope(cleartext);
  } catch (error) {
    const junk = isDxError(error, "DX_XML_MALFORMED") || isDxError(error, "DX_XML_ENCODING");
    throw junk ? new DxError("DX_DECRYPT_FAILED") : error;
  }
}

async function openFor(
  body: Uint8Array,
  recipient: PrivateRecipient,
  deps: OpenDeps,
): Promise<OpenedMessage> {
  // An encrypted envelope is JSON. What is neither fails where it is decrypted.
  if (isSlap(Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1", 0, 1024))) {
    const decrypt = (header: Uint8Array): Promise<Uint8Array> => recipient.decrypt(header);
    return openInOldForm(await readEncryptedSlap(decodeXml(body), decrypt), deps);
  }
  const envelope = readDecrypted(await recipient.decrypt(body));
  return openEnvelope(envelope, deps, verifyEnvelopeHere);
}

/**
 * A body that came to `/receive/users/:guid`: decrypted, then as {@link openPublic}, but that
 * it need not be public.
 * @throws {DxError} what `openPublic` throws but `DX_NOT_PUBLIC`; `DX_DECRYPT_FAILED`,
 * `DX_RECIPIENT_MISMATCH`, and what the recipient's `decrypt` throws
 */
export async function openPrivate(
  body: Uint8Array | string,
  recipient: PrivateRecipient,
  deps: OpenDeps,
): Promise<OpenedMessage> {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const opened = await openFor(bytes, recipient, deps);
  // §15: the gem does not compare; the Rails app looks the recipient up by the element, so a
  // contact could be planted on somebody whom it was never sent to.
  if (opened.entity.type === "contact" && opened.entity.properties.recipient !== recipient.id) {
    throw new DxError("DX_RECIPIENT_MISMATCH");
  }
  return opened;
}
