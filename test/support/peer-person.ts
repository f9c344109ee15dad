/**
 * Somebody who lives on the test peer, with a key of their own. Signing and decrypting go
 * through node-forge; only the making of a key is left to Node, because forge takes seconds.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import forge from "node-forge";

export interface PeerPerson {
  /** diaspora* ID. */
  readonly id: string;
  readonly guid: string;
  readonly name: string;
  readonly privateKey: forge.pki.rsa.PrivateKey;
  /** SPKI. */
  readonly publicPem: string;
}

export type VectorRole = "alice" | "bob" | "carol" | "dave" | "erin" | "mallory";

const VECTORS = new URL("../fixtures/diaspora/", import.meta.url);

/** Somebody of the golden vectors, whose envelopes can then be sent as they are. */
export function vectorPerson(role: VectorRole): PeerPerson {
  const keys = record(JSON.parse(readFileSync(new URL("keys.json", VECTORS), "utf8")));
  const person = record(keys[role]);
  return {
    id: text(person["diaspora_id"]),
    guid: text(person["guid"]),
    name: role,
    privateKey: forge.pki.privateKeyFromPem(text(person["private_key_pkcs1_pem"])),
    publicPem: text(person["public_key_pem"]),
  };
}

export function newPerson(id: string, bits = 2048): PeerPerson {
  const pair = generateKeyPairSync("rsa", {
    modulusLength: bits,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return {
    id,
    guid: randomBytes(16).toString("hex"),
    name: id.slice(0, id.indexOf("@")),
    privateKey: forge.pki.privateKeyFromPem(pair.privateKey),
    publicPem: pair.publicKey,
  };
}

/** `host` or `host:port`, as the ID names it. */
export function hostOfPerson(person: { readonly id: string }): string {
  return person.id.slice(person.id.lastIndexOf("@") + 1);
}

export interface GoldenEnvelope {
  readonly body: string;
  readonly sender: string;
  readonly guid: string;
  /** null where the vector has no text, or only its digest. */
  readonly text: string | null;
  readonly payloadXml: string | null;
}

/** A vector of magic-envelope/ by its name: `status_message-text`. */
export function goldenEnvelope(name: string): GoldenEnvelope {
  return golden(`magic-envelope/${name}`);
}

/** The payload of a vector of encrypted-magic-envelope/, whose recipient is not ours. */
export function goldenPrivatePayload(name: string): GoldenEnvelope {
  return golden(`encrypted-magic-envelope/${name}`);
}

function golden(path: string): GoldenEnvelope {
  const vector = record(JSON.parse(readFileSync(new URL(`${path}.json`, VECTORS), "utf8")));
  const expected = record(vector["expected"]);
  const properties = record(expected["properties"]);
  const { text: words } = properties;
  const payload = expected["payload_xml"];
  return {
    body: text(record(vector["input"])["body"]),
    sender: text(expected["sender"]),
    guid: text(properties["guid"]),
    text: typeof words === "string" ? words : null,
    payloadXml: typeof payload === "string" ? payload : null,
  };
}

/** Golden JSON is checked where it enters: a broken fixture must not look like a broken daemon. */
export function record(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new Error("not a JSON object");
  return Object.fromEntries(Object.entries(value));
}

export function text(value: unknown): string {
  if (typeof value !== "string") throw new Error("not a JSON string");
  return value;
}
