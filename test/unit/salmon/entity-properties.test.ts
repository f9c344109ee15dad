import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isDxError } from "../../../src/errors/error.ts";
import { makeEntity, type Raw } from "../../../src/salmon/entities/complete.ts";
import { DEFINITIONS, isEntityName } from "../../../src/salmon/entities/entity.ts";
import type { Entity, EntityName } from "../../../src/salmon/entities/entity.ts";
import { readEntity } from "../../../src/salmon/entities/read.ts";
import { relayableSignedText, writeEntity } from "../../../src/salmon/entities/write.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { rawOf } from "./arbitrary-entities.ts";

const NOW = new Date("2026-01-02T03:04:05Z");

/** null where the properties do not go together. */
function made(type: EntityName, raw: Raw): Entity | null {
  try {
    return makeEntity(type, raw, NOW);
  } catch (error) {
    if (isDxError(error, "DX_ENTITY_INVALID")) return null;
    throw error;
  }
}

for (const type of Object.keys(DEFINITIONS).filter(isEntityName)) {
  test(`${type}: what was written is read as the same entity`, () => {
    fc.assert(
      fc.property(rawOf(DEFINITIONS[type]), (raw) => {
        const entity = made(type, raw);
        fc.pre(entity !== null);
        const read = readEntity(readXml(writeEntity(entity)), NOW);
        assert.equal(read.type, type);
        assert.deepEqual(read.properties, entity.properties);
        assert.equal(writeEntity(read), writeEntity(entity));
        assert.equal(relayableSignedText(read), relayableSignedText(entity));
      }),
      { numRuns: 40 },
    );
  });
}
