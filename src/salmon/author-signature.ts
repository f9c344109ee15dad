/**
 * Signatures inside entities (diaspora-protocol.md §5 and §8): a relayable's author signs
 * its values, a moving person the two identities. RSASSA-PKCS1-v1_5 with SHA-256, standard
 * base64.
 */
import { sign, verify, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { DiasporaId } from "../activitystreams/ids.ts";
import { decodeBase64Lenient, encodeBase64 } from "./base64.ts";
import type { Entity } from "./entities/entity.ts";
import { relayableSignedText } from "./entities/write.ts";

const signAsync = promisify(sign);
const verifyAsync = promisify(verify);

/** RSASSA-PKCS1-v1_5 with SHA-256 over the text in UTF-8, in base64 without line breaks. */
export async function signText(text: string, privateKey: KeyObject): Promise<string> {
  return encodeBase64(await signAsync("RSA-SHA256", Buffer.from(text), privateKey));
}

/** Readers are lenient about the base64 here, unlike in the envelope. */
export async function verifyText(
  text: string,
  signature: string,
  publicKey: KeyObject,
): Promise<boolean> {
  const bytes = decodeBase64Lenient(signature);
  return verifyAsync("RSA-SHA256", Buffer.from(text), publicKey, bytes);
}

/**
 * The same relayable with its author's signature, over all of its values in order (§5); any
 * other entity as it is. The key is the author's; signing is done on the thread pool.
 */
export async function signRelayable<E extends Entity>(
  entity: E,
  privateKey: KeyObject,
): Promise<E> {
  if (!("parent_guid" in entity.properties && "author_signature" in entity.properties)) {
    return entity;
  }
  const signature = await signText(relayableSignedText(entity), privateKey);
  return { ...entity, properties: { ...entity.properties, author_signature: signature } };
}

/** What the identity that does not sign the envelope of an account_migration signs (§8). */
export function migrationSignedText(oldId: DiasporaId, newId: DiasporaId): string {
  return `AccountMigration:${oldId}:${newId}`;
}
