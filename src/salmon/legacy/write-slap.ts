/**
 * COMPAT(diaspora* < 0.7): slaps for those who read nothing newer (diaspora-protocol.md §7),
 * byte for byte as gem v0.1.9 wrote them, and the form in which they are posted.
 */
import type { KeyObject } from "node:crypto";
import type { DiasporaId } from "../../activitystreams/ids.ts";
import { el, type XmlElement } from "../../xml/element.ts";
import { serialiseDocument } from "../../xml/serialise.ts";
import { encryptAes, newAesKey, type Random } from "../aes.ts";
import { encodeBase64 } from "../base64.ts";
import { encryptFor } from "../encrypted-envelope.ts";
import { NS_MAGIC_ENVELOPE, sealedElement } from "../magic-envelope.ts";
import { NS_SLAP } from "./read-slap.ts";

export const SLAP_TYPE = "application/x-www-form-urlencoded";

function slapXml(header: XmlElement, envelope: XmlElement): string {
  // The prefix is bound above already.
  const bound = { ...envelope, attrs: {} };
  const namespaces = { xmlns: NS_SLAP, "xmlns:me": NS_MAGIC_ENVELOPE };
  return serialiseDocument(el("diaspora", namespaces, header, bound));
}

/** For `/receive/public`. */
export async function sealSlap(
  payloadXml: string,
  author: DiasporaId,
  privateKey: KeyObject | string,
): Promise<string> {
  const header = el("header", {}, el("author_id", {}, author));
  return slapXml(header, await sealedElement(payloadXml, author, privateKey));
}

/** Encrypted and signed once; who can read it, is up to the headers. */
export interface PrivateSlap {
  readonly envelope: XmlElement;
  /** Cleartext: it has the key. */
  readonly header: string;
}

export async function sealPrivateSlap(
  payloadXml: string,
  author: DiasporaId,
  privateKey: KeyObject | string,
  random?: Random,
): Promise<PrivateSlap> {
  const key = newAesKey(random);
  const data = encodeBase64(encryptAes(payloadXml, key));
  const header = el(
    "decrypted_header",
    {},
    el("iv", {}, encodeBase64(key.iv)),
    el("aes_key", {}, encodeBase64(key.key)),
    el("author_id", {}, author),
  );
  return {
    envelope: await sealedElement(data, undefined, privateKey),
    header: serialiseDocument(header).trimEnd(),
  };
}

/** For `/receive/users/:guid` of the owner of this key. */
export function addressSlap(
  { envelope, header }: PrivateSlap,
  recipientKey: KeyObject | string,
  random?: Random,
): string {
  const { aesKey, ciphertext } = encryptFor(recipientKey, header, random);
  const json = JSON.stringify({ aes_key: aesKey, ciphertext });
  return slapXml(el("encrypted_header", {}, encodeBase64(Buffer.from(json))), envelope);
}

/**
 * The body of the POST. Escaped once, as 0.6 did: readers unescape twice, and find nothing
 * the second time.
 */
export function slapForm(slap: string): string {
  return new URLSearchParams({ xml: slap }).toString();
}
