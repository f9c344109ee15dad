import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { RUNNERS } from "../../../scripts/conformance/kinds.ts";
import { runVectors, type Outcome } from "../../../scripts/conformance/run.ts";
import { VECTORS } from "./people.ts";

const OBJECT = z.record(z.string(), z.unknown());
const DIR = fileURLToPath(VECTORS);

async function outcomes(dir: string, kinds: readonly string[] = []): Promise<Outcome[]> {
  const all: Outcome[] = [];
  for await (const outcome of runVectors(dir, { kinds })) all.push(outcome);
  return all;
}

for (const kind of RUNNERS.keys()) {
  test(`every vector of ${kind} that must agree does`, async () => {
    const all = await outcomes(DIR, [kind]);
    assert.ok(all.length > 0);
    const failed = all.filter(({ state }) => state === "failed");
    assert.deepEqual(
      failed.map(({ vector, differences }) => [vector.name, differences]),
      [],
    );
  });
}

let temp = "";
before(async () => {
  temp = await mkdtemp(join(tmpdir(), "vectors-"));
  await cp(join(DIR, "keys.json"), join(temp, "keys.json"));
  await cp(join(DIR, "world.json"), join(temp, "world.json"));
});
after(() => rm(temp, { recursive: true, force: true }));

async function alone(
  kind: string,
  change: (vector: Record<string, unknown>) => void,
): Promise<Outcome> {
  const text = await readFile(join(DIR, kind, "status_message-text.json"), "utf8");
  const vector = OBJECT.parse(JSON.parse(text));
  change(vector);
  const folder = join(temp, String(vector["kind"]));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await writeFile(join(folder, "one.json"), JSON.stringify(vector));
  const [outcome] = await outcomes(temp, [String(vector["kind"])]);
  assert.ok(outcome);
  return outcome;
}

const fields = {
  "magic-envelope": [
    "sender",
    "entity_type",
    "properties",
    "payload_xml",
    "signing_string",
    "signature",
    "key_id",
    "key_bits",
  ],
  "encrypted-magic-envelope": ["magic_envelope_xml", "aes", "recipient_key_bits", "payload_xml"],
  "entity-xml": ["xml", "properties", "json"],
} as const;

for (const [kind, names] of Object.entries(fields)) {
  for (const name of names) {
    test(`the runner of ${kind} notices when ${name} is another one`, async () => {
      const { state, differences } = await alone(kind, (vector) => {
        vector["expected"] = { ...Object(vector["expected"]), [name]: "something else" };
      });
      assert.equal(state, "failed");
      assert.match(differences.join(), new RegExp(`^${name}: `));
    });
  }
}

test("a field that nobody here produces is a failure, not a silence", async () => {
  const { state } = await alone("magic-envelope", (vector) => {
    vector["expected"] = { ...Object(vector["expected"]), brand_new: 1 };
  });
  assert.equal(state, "failed");
});

test("without expected values it says what was made, and judges nothing", async () => {
  const { state, produced } = await alone("magic-envelope", (vector) => delete vector["expected"]);
  assert.equal(state, "reported");
  assert.equal(produced["sender"], "alice@pod-a.example");
});

test("a kind without a runner is skipped, and failed when it was asked for by name", async () => {
  const { state } = await alone("magic-envelope", (vector) => {
    vector["kind"] = "carrier-pigeon";
  });
  assert.equal(state, "failed");
  const skipped = (await outcomes(temp)).filter(({ vector }) => vector.kind === "carrier-pigeon");
  assert.deepEqual(
    skipped.map((outcome) => outcome.state),
    ["skipped"],
  );
});
