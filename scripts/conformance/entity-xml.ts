/** Kinds about one entity: values to XML and back, and what a relayable's author signs. */
import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import type { DiasporaId } from "../../src/activitystreams/ids.ts";
import { DxError } from "../../src/errors/error.ts";
import {
  migrationSignedText,
  signRelayable,
  signText,
  verifyText,
} from "../../src/salmon/author-signature.ts";
import { makeEntity, type Raw, type RawValue } from "../../src/salmon/entities/complete.ts";
import { DEFINITIONS, isEntityName, type Entity } from "../../src/salmon/entities/entity.ts";
import type {
  EntityDefinition,
  Properties,
  RelayableTraits,
} from "../../src/salmon/entities/property.ts";
import { readEntity } from "../../src/salmon/entities/read.ts";
import { parseTimestamp } from "../../src/salmon/entities/values.ts";
import { relayableSignedText, writeEntity } from "../../src/salmon/entities/write.ts";
import { importPublicKey } from "../../src/salmon/keys.ts";
import { readXml } from "../../src/xml/reader.ts";
import { dumpProperties, gemJson } from "./dump.ts";
import type { Produced } from "./kinds.ts";
import { depsOf, idOf, roleNamed, roleOf } from "./surroundings.ts";
import type { Role, Surroundings, Vector } from "./vectors.ts";

type JsonObject = Readonly<Record<string, unknown>>;
const OBJECT = z.record(z.string(), z.unknown());

const INPUT = z.object({
  entity_type: z.string(),
  set_properties: OBJECT,
  signature_order: z.array(z.string()).optional(),
  additional_data: z.record(z.string(), z.string()).optional(),
});

/** JSON has no timestamps: the table says which strings are some. */
function rawFrom(definition: EntityDefinition, json: JsonObject): Raw {
  const entries = Object.entries(definition.properties).map(([name, { form }]) => {
    const value = json[name];
    if (value === null || value === undefined) return [name, value];
    if (form.type === "timestamp") return [name, parseTimestamp(z.string().parse(value))];
    if (form.type === "entity") return [name, rawFrom(form.of, OBJECT.parse(value))];
    if (form.type !== "entities") return [name, value];
    return [
      name,
      z
        .array(OBJECT)
        .parse(value)
        .map((item) => rawFrom(form.of, item)),
    ];
  });
  return z.record(z.string(), z.custom<RawValue>()).parse(Object.fromEntries(entries));
}

async function signMigration(raw: Raw, roles: (id: string) => Role): Promise<Raw> {
  const profile = OBJECT.parse(raw["profile"]);
  const author = idOf(z.string().parse(raw["author"]));
  const newId = idOf(z.string().parse(profile["author"]));
  const oldId = idOf(z.string().parse(raw["old_identity"] ?? author));
  const signer = roles(author === newId ? oldId : newId);
  const key = createPrivateKey(signer.private_key_pkcs8_pem);
  const signature = await signText(migrationSignedText(oldId, newId), key);
  return { ...raw, signature, old_identity: oldId };
}

/** As the gem: whoever wrote the root post signs nothing. */
async function signed(
  entity: Entity,
  traits: RelayableTraits,
  surroundings: Surroundings,
): Promise<Entity> {
  const values: Properties = entity.properties;
  const type = traits.parentType === "parent_type" ? values["parent_type"] : traits.parentType;
  const parent = surroundings.world.related_entities.find(
    (known) => known.type === type && known.guid === values["parent_guid"],
  );
  const root = parent?.parent ?? parent;
  if (root?.author === values["author"]) return entity;
  const role = roleOf(surroundings, z.string().parse(values["author"]));
  return role === undefined
    ? entity
    : signRelayable(entity, createPrivateKey(role.private_key_pkcs8_pem));
}

async function entityFrom(vector: Vector, surroundings: Surroundings): Promise<Entity> {
  const input = INPUT.parse(vector.input);
  const { entity_type: type } = input;
  if (!isEntityName(type)) throw new DxError("DX_ENTITY_UNKNOWN");
  const definition: EntityDefinition = DEFINITIONS[type];
  let raw = rawFrom(definition, input.set_properties);
  if (type === "account_migration") {
    raw = await signMigration(raw, (id) => {
      const role = roleOf(surroundings, id);
      if (role === undefined) throw new RangeError(`nobody is ${id}`);
      return role;
    });
  }
  const relay =
    input.signature_order === undefined
      ? undefined
      : {
          order: input.signature_order,
          unknown: new Map(Object.entries(input.additional_data ?? {})),
        };
  const entity = makeEntity(type, raw, surroundings.now, relay);
  return definition.relayable === undefined
    ? entity
    : signed(entity, definition.relayable, surroundings);
}

export async function runEntityXml(vector: Vector, surroundings: Surroundings): Promise<Produced> {
  const entity = await entityFrom(vector, surroundings);
  const xml = writeEntity(entity);
  const back = readEntity(readXml(xml), surroundings.now);
  return {
    valid: true,
    xml,
    entity_type: entity.type,
    properties: dumpProperties(back, surroundings.now),
    json: gemJson(entity),
  };
}

const SIGNED = z.object({
  xml: z.string(),
  author: z.string(),
  parent_root_author: z.string(),
  key: z.string(),
});

async function isSigned(
  text: string,
  signature: string | null,
  author: DiasporaId,
  surroundings: Surroundings,
): Promise<boolean> {
  const pem = await depsOf(surroundings, null).keyOf(author);
  if (signature === null || typeof pem !== "string") return false;
  return verifyText(text, signature, importPublicKey(pem));
}

export async function runRelayable(vector: Vector, surroundings: Surroundings): Promise<Produced> {
  const input = SIGNED.parse(vector.input);
  const entity = readEntity(readXml(input.xml), surroundings.now);
  const values: Properties = entity.properties;
  const text = relayableSignedText(entity);
  const own = input.author === input.parent_root_author;
  const given = z.string().nullable().parse(values["author_signature"]);
  const key = createPrivateKey(roleNamed(surroundings, input.key).private_key_pkcs8_pem);
  return {
    valid: own || (await isSigned(text, given, idOf(input.author), surroundings)),
    signature_order: entity.relay?.order ?? [],
    signed_text: text,
    signed_text_base64: Buffer.from(text).toString("base64"),
    author_signature: own ? null : await signText(text, key),
    author_signature_present: given !== null,
    algorithm: "RSASSA-PKCS1-v1_5 SHA-256, base64 (standard alphabet, no line breaks)",
    rewritten: writeEntity(entity),
  };
}
