/**
 * What is encrypted at rest, and what is derived from the one configured key. AES-256-GCM
 * with a fresh nonce for each value and the value's owner as additional data, so that a
 * row copied to somebody else's does not open.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { DxError } from "../errors/error.ts";
import { firstRow, type Database } from "./database.ts";

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Vault {
  seal(plain: string, owner: string): Buffer;
  /** Throws DX_KEY_MISMATCH. */
  open(sealed: Buffer, owner: string): string;
  /** Keyed digest, 32 hex digits: the same for the same input for ever. */
  digest(purpose: string, ...parts: readonly string[]): string;
}

export function createVault(configuredKey: string): Vault {
  const sealing = derive(configuredKey, "seal");
  const digesting = derive(configuredKey, "digest");
  return {
    seal(plain, owner) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", sealing, nonce);
      cipher.setAAD(Buffer.from(owner, "utf8"));
      const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      return Buffer.concat([Buffer.from([VERSION]), nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, owner) {
      try {
        if (sealed[0] !== VERSION) throw new Error("unknown version");
        const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
        const tag = sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
        const decipher = createDecipheriv("aes-256-gcm", sealing, nonce);
        decipher.setAAD(Buffer.from(owner, "utf8"));
        decipher.setAuthTag(tag);
        const body = sealed.subarray(1 + NONCE_BYTES + TAG_BYTES);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
      } catch (error) {
        throw new DxError("DX_KEY_MISMATCH", { cause: error, evidence: { owner } });
      }
    },
    digest(purpose, ...parts) {
      // NUL cannot occur in a JID, a node or an item id, so the parts cannot run together.
      return createHmac("sha256", digesting)
        .update([purpose, ...parts].join("\0"))
        .digest("hex")
        .slice(0, 32);
    },
  };
}

function derive(configuredKey: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", configuredKey, "diaspora-x", purpose, 32));
}

const PROOF = "key-proof";

/**
 * The first start leaves a sealed word behind; every later one must be able to open it.
 * Throws DX_KEY_MISMATCH before anything else is done with a wrong key.
 */
export async function proveKey(db: Database, vault: Vault): Promise<void> {
  await db("settings")
    .insert({ name: PROOF, value: vault.seal(PROOF, PROOF).toString("base64") })
    .onConflict("name")
    .ignore();
  const row = await firstRow<{ value: string }>(db, "select value from settings where name = ?", [
    PROOF,
  ]);
  vault.open(Buffer.from(row?.value ?? "", "base64"), PROOF);
}
