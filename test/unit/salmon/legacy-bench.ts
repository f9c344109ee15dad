/** Slaps of the golden vectors' people, made and opened. */
import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { messageOf } from "../../../src/federation/form-body.ts";
import { decryptEnvelope } from "../../../src/salmon/encrypted-envelope.ts";
import { makeEntity, type Raw } from "../../../src/salmon/entities/complete.ts";
import type { Entity } from "../../../src/salmon/entities/entity.ts";
import { importPrivateKey } from "../../../src/salmon/keys.ts";
import { writeLegacyPayload } from "../../../src/salmon/legacy/write-payload.ts";
import {
  addressSlap,
  sealPrivateSlap,
  sealSlap,
  slapForm,
} from "../../../src/salmon/legacy/write-slap.ts";
import type { PrivateRecipient } from "../../../src/salmon/receive/open.ts";
import type { OpenDeps, RelatedEntity } from "../../../src/salmon/receive/related.ts";
import { alice, bob, mallory, type TestPerson } from "./people.ts";

export const NOW = new Date("2026-01-02T03:04:05Z");
export const GUID = "0123456789abcdef";
const people = [alice, bob, mallory];
export const mallorysPost: RelatedEntity = { author: mallory.id, local: false, public: true };

/** Everybody's key is known, and everything is below mallory's post. */
export const deps: OpenDeps = {
  keyOf: (id) => Promise.resolve(people.find((one) => one.id === id)?.publicPem ?? null),
  related: () => Promise.resolve(mallorysPost),
  now: () => NOW,
};

const keys = new Map(people.map((one) => [one, importPrivateKey(one.privatePem)]));

function keyOf(person: TestPerson): KeyObject {
  const key = keys.get(person);
  assert.ok(key);
  return key;
}

/** `asked`: what was given to the private key. */
export function recipient(person: TestPerson, asked: Uint8Array[] = []): PrivateRecipient {
  return {
    id: person.id,
    decrypt: (body) => {
      asked.push(body);
      return Promise.resolve().then(() => decryptEnvelope(body, keyOf(person)));
    },
  };
}

export function payload(entity: Entity, by: TestPerson): Promise<string> {
  return writeLegacyPayload(entity, { guid: by.guid, key: keyOf(by) });
}

export function post(author: TestPerson, more: Raw = {}): Entity {
  const raw = { author: author.id, guid: GUID, created_at: NOW, public: true, text: "Hi", ...more };
  return makeEntity("status_message", raw, NOW);
}

export async function publicSlap(entity: Entity, by: TestPerson): Promise<string> {
  return sealSlap(await payload(entity, by), by.id, by.privatePem);
}

export async function privateSlap(entity: Entity, by: TestPerson, to: TestPerson): Promise<string> {
  const sealed = await sealPrivateSlap(await payload(entity, by), by.id, by.privatePem);
  return addressSlap(sealed, to.publicPem);
}

/** As it comes in: a form that was escaped once, or twice. */
export function posted(slap: string, twice: boolean): Buffer {
  const form = slapForm(twice ? slapForm(slap).slice("xml=".length) : slap);
  return messageOf(Buffer.from(form));
}
