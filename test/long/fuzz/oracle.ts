/**
 * What must hold of every message that was taken, found out another way: its sender's key
 * signed exactly the payload, its values are the ones that stand there, whoever it says
 * wrote it did, and who may not send it did not.
 */
import { verify } from "node:crypto";
import type { Role, World } from "../../../scripts/conformance/vectors.ts";
import { messageOf } from "../../../src/federation/form-body.ts";
import type { OpenedMessage } from "../../../src/salmon/receive/open.ts";
import type { Corpus } from "./corpus.ts";
import type { Input } from "./inputs.ts";
import { lenient, readOwnMessage, readOwnPayload, type OwnElement } from "./own-reader.ts";
import { valuesDiffer, writtenValue } from "./own-values.ts";

function keyOf(id: string, corpus: Corpus): string {
  const roles: readonly Role[] = [...corpus.surroundings.roles.values()];
  return roles.find((role) => role.diaspora_id === id)?.public_key_pem ?? "";
}

function recipientOf({ door, recipient }: Input, corpus: Corpus): Role | null {
  if (door !== "private") return null;
  return corpus.surroundings.roles.get(recipient ?? "alice") ?? null;
}

type Known = World["related_entities"][number];

function knownAt(guid: unknown, type: string | null, corpus: Corpus): Known | undefined {
  return corpus.surroundings.world.related_entities.find(
    (entity) => entity.guid === guid && (type === null || entity.type === type),
  );
}

const RELAYABLES = new Set(["comment", "like", "poll_participation", "event_participation"]);

type Values = Readonly<Record<string, unknown>>;

/** §5: what is known in its one form, and nothing where there is no value; the rest as it stands. */
function signedValue({ local, text }: OwnElement, values: Values): string {
  if (!Object.hasOwn(values, local)) return text;
  const value = values[local];
  return writtenValue(value) ?? (typeof value === "string" ? value : "");
}

/** §5: in the order of the document, whatever has `signature` in its name left out. */
function signedText(payload: OwnElement, values: Values): string {
  return payload.children
    .filter(({ local }) => !local.includes("signature"))
    .map((element) => signedValue(element, values))
    .join(";");
}

function relayableFault(taken: OpenedMessage, payload: OwnElement, corpus: Corpus): string | null {
  const values: Values = taken.entity.properties;
  const parent = knownAt(values["parent_guid"], null, corpus);
  const root = parent?.parent ?? parent;
  if (root === undefined) return "a relayable without a parent was taken";
  const { sender } = taken;
  const author = String(values["author"]);
  if (sender !== root.author && !(sender === author && root.local)) return "sent by a third party";
  if (author === root.author) return null;
  if (values["author_signature"] === null) return "the author has not signed";
  const signature = lenient(values["author_signature"]);
  const text = Buffer.from(signedText(payload, values));
  return verify("RSA-SHA256", text, keyOf(author, corpus), signature)
    ? null
    : "the author has not signed these values";
}

/** §8: whichever of the two identities did not send it has signed both. */
function migrationFault({ entity, sender }: OpenedMessage, corpus: Corpus): string | null {
  if (entity.type !== "account_migration") return null;
  const { author, profile, old_identity: named, signature } = entity.properties;
  const old = named ?? author;
  const other = sender === profile.author ? old : profile.author;
  const text = Buffer.from(`AccountMigration:${old}:${profile.author}`);
  return verify("RSA-SHA256", text, keyOf(other, corpus), lenient(signature ?? ""))
    ? null
    : "the other identity has not signed";
}

function authorFault(taken: OpenedMessage, payload: OwnElement, corpus: Corpus): string | null {
  const { entity, sender } = taken;
  if (RELAYABLES.has(entity.type)) return relayableFault(taken, payload, corpus);
  const values: Values = entity.properties;
  if (entity.type !== "retraction") {
    const fault = migrationFault(taken, corpus);
    return values["author"] === sender ? fault : "the sender is not the author";
  }
  const target = knownAt(values["target_guid"], String(values["target_type"]), corpus);
  const may = [target?.author, target?.parent?.author];
  return may.includes(sender) ? null : "retracted by somebody who may not";
}

const SECRETS = ["bio", "birthday", "gender", "location"];

function doorFault({ entity }: OpenedMessage, input: Input, corpus: Corpus): string | null {
  const values: Values = entity.properties;
  if (input.door === "private") {
    const me = recipientOf(input, corpus)?.diaspora_id;
    return entity.type === "contact" && values["recipient"] !== me ? "for somebody else" : null;
  }
  const secret = entity.type !== "profile" || SECRETS.some((name) => values[name] !== null);
  return values["public"] === false && secret ? "not public" : null;
}

/** What is wrong with having taken this message, or null. */
export function faultOf(taken: OpenedMessage, input: Input, corpus: Corpus): string | null {
  const own = readOwnMessage(messageOf(input.bytes), recipientOf(input, corpus));
  if (own.sender !== taken.sender) return `it says that it is from ${own.sender}`;
  const signed = Buffer.from(own.signed);
  if (!verify("RSA-SHA256", signed, keyOf(own.sender, corpus), own.signature)) {
    return "the sender has not signed these bytes";
  }
  if (own.payload !== taken.payloadXml) return "the payload is not the signed one";
  if (own.signed !== taken.signingString) return "the signed text is another one";
  const payload = readOwnPayload(own.payload);
  return (
    valuesDiffer(payload, taken.entity.properties) ??
    authorFault(taken, payload, corpus) ??
    doorFault(taken, input, corpus)
  );
}
