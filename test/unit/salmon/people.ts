/** The people of the golden vectors, with the keys that the vectors were made with. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { DiasporaId, Guid } from "../../../src/activitystreams/ids.ts";
import { parseDiasporaId, parseGuid } from "../../../src/activitystreams/ids.ts";
import { describeError, isDxError } from "../../../src/errors/error.ts";

export const VECTORS = new URL("../../fixtures/diaspora/", import.meta.url);

const KEYS = z.record(
  z.string(),
  z.object({
    diaspora_id: z.string(),
    guid: z.string(),
    private_key_pkcs8_pem: z.string(),
    public_key_pem: z.string(),
    public_key_pkcs1_pem: z.string(),
  }),
);

export interface TestPerson {
  readonly id: DiasporaId;
  readonly guid: Guid;
  readonly privatePem: string;
  readonly publicPem: string;
  readonly publicPkcs1Pem: string;
}

const keys = KEYS.parse(JSON.parse(readFileSync(new URL("keys.json", VECTORS), "utf8")));

export function id(text: string): DiasporaId {
  const parsed = parseDiasporaId(text);
  if (parsed === null) throw new RangeError(text);
  return parsed;
}

export function guid(text: string): Guid {
  const parsed = parseGuid(text);
  if (parsed === null) throw new RangeError(text);
  return parsed;
}

export function person(role: string): TestPerson {
  const key = keys[role];
  if (key === undefined) throw new RangeError(role);
  return {
    id: id(key.diaspora_id),
    guid: guid(key.guid),
    privatePem: key.private_key_pkcs8_pem,
    publicPem: key.public_key_pem,
    publicPkcs1Pem: key.public_key_pkcs1_pem,
  };
}

export const alice = person("alice");
export const bob = person("bob");
export const mallory = person("mallory");

/** The code of what was thrown: tests compare it, so that a failure says what came instead. */
export async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    return isDxError(error) ? error.code : `not a DxError: ${describeError(error)}`;
  }
  return "no error";
}
