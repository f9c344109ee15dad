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
import { verifyEnvelope, type MagicEnvelope } from "../magic-envelope.ts";
import { readEnvelope } from "../read-envelope.ts";
import { checkAuthorship } from "./authorship.ts";
import type { OpenDeps } from "./related.ts";

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
  /** From the body to the magic envelope inside, with this person's key: see decrypt-pool.ts. */
  decrypt(body: Uint8Array): Promise<Uint8Array>;
}

async function openEnvelope(envelope: MagicEnvelope, deps: OpenDeps): Promise<OpenedMessage> {
  const { sender, signingString } = envelope;
  const key = sender === null ? null : await deps.keyOf(sender);
  if (sender === null || key === null) throw new DxError("DX_SENDER_KEY_NOT_FOUND");
  if (!(await verifyEnvelope(envelope, key))) throw new DxError("DX_SIGNATURE_INVALID");
  const payloadXml = decodeXml(envelope.data);
  const entity = readEntity(readXml(payloadXml), deps.now?.() ?? new Date());
  await checkAuthorship(entity, sender, deps);
  return { sender, entity, payloadXml, signingString };
}

const PRIVATE_PROFILE_PARTS = ["bio", "birthday", "gender", "location"] as const;

/**
 * §4.1: what can be public and is not, has no business at the public end point; a profile
 * without its private half has.
 */
function checkPublic({ type, properties }: Entity): void {
  const values: Properties = properties;
  if (values["public"] === undefined || values["public"] === true) return;
  const harmless =
    type === "profile" && PRIVATE_PROFILE_PARTS.every((name) => values[name] === null);
  if (!harmless) throw new DxError("DX_NOT_PUBLIC", { evidence: { entity: type } });
}

/** A body that came to `/receive/public`. Throws a DxError for each thing that can be wrong. */
export async function openPublic(
  body: Uint8Array | string,
  deps: OpenDeps,
): Promise<OpenedMessage> {
  const opened = await openEnvelope(readEnvelope(body), deps);
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

/** A body that came to `/receive/users/:guid`. */
export async function openPrivate(
  body: Uint8Array | string,
  recipient: PrivateRecipient,
  deps: OpenDeps,
): Promise<OpenedMessage> {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const opened = await openEnvelope(readDecrypted(await recipient.decrypt(bytes)), deps);
  // §15: the gem does not compare; the Rails app looks the recipient up by the element, so a
  // contact could be planted on somebody whom it was never sent to.
  if (opened.entity.type === "contact" && opened.entity.properties.recipient !== recipient.id) {
    throw new DxError("DX_RECIPIENT_MISMATCH");
  }
  return opened;
}
