/** What `npm run conformance -- DIR --json` says where nobody told it what to expect. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { VECTORS } from "./people.ts";

const OBJECT = z.record(z.string(), z.unknown());
const DIR = fileURLToPath(VECTORS);
const SCRIPT = fileURLToPath(new URL("../../../scripts/conformance.ts", import.meta.url));
const KINDS = [
  "legacy-encrypted-slap",
  "legacy-entity-xml",
  "legacy-relayable-signature",
  "legacy-slap",
  "negative-legacy",
] as const;

const expected = new Map<string, Record<string, unknown>>();
const produced = new Map<string, Record<string, unknown>>();
let temp = "";

before(async () => {
  temp = await mkdtemp(join(tmpdir(), "conformance-json-"));
  for (const file of ["keys.json", "world.json"]) await cp(join(DIR, file), join(temp, file));
  for (const kind of KINDS) {
    await mkdir(join(temp, kind));
    for (const file of await readdir(join(DIR, kind))) {
      const vector = OBJECT.parse(JSON.parse(await readFile(join(DIR, kind, file), "utf8")));
      expected.set(String(vector["name"]), OBJECT.parse(vector["expected"]));
      delete vector["expected"];
      await writeFile(join(temp, kind, file), JSON.stringify(vector));
    }
  }
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, temp, "--json"], {
    maxBuffer: 64 << 20,
  });
  for (const line of stdout.trim().split("\n")) {
    const outcome = OBJECT.parse(JSON.parse(line));
    produced.set(String(outcome["name"]), outcome);
  }
});
after(() => rm(temp, { recursive: true, force: true }));

const ERROR = z.object({ class: z.string().nullable() });
const BRIDGE = "read_by_gem_v0.2.8";
/** The gem stumbles where we say what is wrong. */
const STUMBLES = /^(?:JSON|OpenSSL)::/;

/** Without what is an error's own wording, and what was the clock where the vector was made. */
function comparable(value: unknown): unknown {
  const reading = OBJECT.safeParse(value).data;
  const error = ERROR.safeParse(reading?.["error"]).data;
  if (error !== undefined) {
    return { ...reading, error: STUMBLES.test(error.class ?? "") ? null : error.class };
  }
  const properties = OBJECT.safeParse(reading?.["properties"]).data;
  if (properties?.["guid"] !== "bff7858bb9f36607477eee3ab6d37ab8") return value;
  return { ...reading, properties: { ...properties, created_at: null } };
}

for (const kind of KINDS) {
  test(`every field that is expected of ${kind} is there, and the same`, () => {
    const all = [...expected].filter(([name]) => name.startsWith(`${kind}/`));
    assert.ok(all.length > 0);
    for (const [name, { policy: _policy, error, ...fields }] of all) {
      const ours = OBJECT.parse(produced.get(name));
      assert.equal(ours["state"], "reported", name);
      for (const [field, value] of Object.entries(fields)) {
        const both = [ours[field], value].map(field === BRIDGE ? comparable : (same) => same);
        assert.deepEqual(both[0], both[1], `${name}: ${field}`);
      }
      const wanted = comparable({ error: error ?? { class: null } });
      assert.deepEqual(comparable({ error: ours["error"] ?? { class: null } }), wanted, name);
    }
  });
}
