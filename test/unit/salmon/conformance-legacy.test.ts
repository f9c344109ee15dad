import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { runVectors, type Outcome } from "../../../scripts/conformance/run.ts";
import { VECTORS } from "./people.ts";

const OBJECT = z.record(z.string(), z.unknown());
const DIR = fileURLToPath(VECTORS);
const FILE = "v0.1.9-comment-relayed.json";

let temp = "";
before(async () => {
  temp = await mkdtemp(join(tmpdir(), "conformance-legacy-"));
  // An entity's XML is in the slap of the same name.
  for (const file of ["keys.json", "world.json", join("legacy-encrypted-slap", FILE)]) {
    await cp(join(DIR, file), join(temp, file));
  }
});
after(() => rm(temp, { recursive: true, force: true }));

type Json = Record<string, unknown>;

/** The outcome of one vector with these changes. */
async function changed(
  kind: string,
  change: (input: Json, expected: Json) => void,
): Promise<Outcome> {
  const vector = OBJECT.parse(JSON.parse(await readFile(join(DIR, kind, FILE), "utf8")));
  const [input, expected] = [OBJECT.parse(vector["input"]), OBJECT.parse(vector["expected"])];
  change(input, expected);
  await mkdir(join(temp, kind), { recursive: true });
  await writeFile(join(temp, kind, FILE), JSON.stringify({ ...vector, input, expected }));
  for await (const outcome of runVectors(temp, { kinds: [kind] })) return outcome;
  throw new Error("no vector");
}

const fields: Readonly<Record<string, readonly string[]>> = {
  "legacy-entity-xml": ["xml", "wrapped_xml", "entity_type", "properties"],
  "legacy-slap": [
    "sender",
    "entity_type",
    "properties",
    "payload_xml",
    "signing_string",
    "author_id",
  ],
  "legacy-encrypted-slap": [
    "sender",
    "entity_type",
    "properties",
    "outer_aes",
    "decrypted_header",
    "envelope_data_decoded_is",
    "payload_xml",
  ],
  "legacy-relayable-signature": [
    "signed_text",
    "signed_text_base64",
    "author_signature",
    "parent_author_signature",
  ],
};

for (const [kind, names] of Object.entries(fields)) {
  for (const name of names) {
    test(`the runner of ${kind} notices when ${name} is another one`, async () => {
      const { state, differences } = await changed(kind, (_, expected) => {
        expected[name] = "something else";
      });
      assert.equal(state, "failed");
      assert.match(differences.join(), new RegExp(`^${name}: `));
    });
  }
}

const BRIDGE = "read_by_gem_v0.2.8";
const readings: readonly [what: string, reading: unknown][] = [
  ["refuses it", { valid: false, error: { class: "x", message: "x" } }],
  ["has another sender", { valid: true, sender: "x", entity_type: "comment", properties: {} }],
];

for (const [what, reading] of readings) {
  test(`the runner of legacy-slap notices when v0.2.8 ${what}`, async () => {
    const { state, differences } = await changed("legacy-slap", (_, expected) => {
      expected[BRIDGE] = reading;
    });
    assert.equal(state, "failed");
    assert.match(differences.join(), /^read_by_gem_v0\.2\.8: /);
  });
}

for (const form of ["form_body_single", "form_body_double"]) {
  test(`the runner notices when ${form} has another message`, async () => {
    const { state } = await changed("legacy-slap", (input) => {
      input[form] = "xml=hello";
    });
    assert.equal(state, "failed");
  });
}
