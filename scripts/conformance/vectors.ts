/**
 * A folder of golden vectors (test/fixtures/diaspora/README.md): keys.json, world.json and a
 * sub-folder for each kind. `expected` may be missing: then there is only something to
 * produce, and nothing to compare.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const VECTOR = z.object({
  name: z.string(),
  kind: z.string(),
  input: z.record(z.string(), z.unknown()),
  expected: z
    .looseObject({
      valid: z.boolean(),
      policy: z.enum(["must", "gem-lenient", "gem-strict"]).default("must"),
      error: z.object({ class: z.string(), message: z.string() }).optional(),
    })
    .optional(),
});
export type Vector = z.infer<typeof VECTOR>;

const KEYS = z.record(
  z.string(),
  z.object({
    diaspora_id: z.string(),
    bits: z.number(),
    private_key_pkcs8_pem: z.string(),
    public_key_pem: z.string(),
  }),
);
export type Role = z.infer<typeof KEYS>[string];

const RELATION = z.object({ author: z.string(), local: z.boolean(), public: z.boolean() });
const WORLD = z.object({
  persons: z.array(z.string()),
  related_entities: z.array(
    RELATION.extend({ type: z.string(), guid: z.string(), parent: RELATION.optional() }),
  ),
});
export type World = z.infer<typeof WORLD>;

export interface Surroundings {
  /** Where the vectors are: some belong together. */
  readonly dir: string;
  readonly roles: ReadonlyMap<string, Role>;
  readonly world: World;
  /** The time of receipt of everything. */
  readonly now: Date;
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, "utf8"));
}

/** Undefined when there is none. */
export async function readVector(
  dir: string,
  kind: string,
  name: string,
): Promise<Vector | undefined> {
  const json = await readJsonIfThere(join(dir, kind, `${name}.json`));
  return json === undefined ? undefined : VECTOR.parse(json);
}

async function readJsonIfThere(path: string): Promise<unknown> {
  try {
    return await readJson(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

export async function readSurroundings(dir: string, now: Date): Promise<Surroundings> {
  const keys = KEYS.parse((await readJsonIfThere(join(dir, "keys.json"))) ?? {});
  const world = (await readJsonIfThere(join(dir, "world.json"))) ?? {
    persons: [],
    related_entities: [],
  };
  return { dir, roles: new Map(Object.entries(keys)), world: WORLD.parse(world), now };
}

/** The vectors of the named kinds, or of all, in the order of their names. */
export async function* readVectors(dir: string, kinds: readonly string[]): AsyncGenerator<Vector> {
  const folders = (await readdir(dir, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && (kinds.length === 0 || kinds.includes(entry.name)))
    .map((entry) => entry.name);
  for (const folder of folders.toSorted()) {
    const files = await readdir(join(dir, folder));
    for (const file of files.filter((name) => name.endsWith(".json")).toSorted()) {
      yield VECTOR.parse(await readJson(join(dir, folder, file)));
    }
  }
}
