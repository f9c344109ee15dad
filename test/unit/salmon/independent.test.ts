/**
 * What we write is read by others: every entity in its envelope, by three readers that share
 * nothing with src/ (test/support/peer-readers.ts).
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import { signRelayable, signText } from "../../../src/salmon/author-signature.ts";
import type { Entity } from "../../../src/salmon/entities/entity.ts";
import { readEntity } from "../../../src/salmon/entities/read.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { importPrivateKey } from "../../../src/salmon/keys.ts";
import { sealEnvelope } from "../../../src/salmon/magic-envelope.ts";
import { entityToActivity } from "../../../src/salmon/translate/from-entity.ts";
import { activityToEntity } from "../../../src/salmon/translate/to-entity.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { PEER_READERS, rawValues, type Reading } from "../../support/peer-readers.ts";
import { activities, WILD } from "./arbitrary-activities.ts";
import { alice } from "./people.ts";

const PAIRS = new URL("../../fixtures/translate/", import.meta.url);
const NOW = new Date("2026-01-02T03:04:05Z");
const privateKey = importPrivateKey(alice.privatePem);

function keyOf(id: string): string {
  assert.equal(id, alice.id);
  return alice.publicPem;
}

/** As it is sent: relayables signed, in an envelope. */
async function sent(entity: Entity): Promise<{ readonly payload: string; readonly body: string }> {
  const payload = writeEntity(await signRelayable(entity, privateKey));
  return { payload, body: await sealEnvelope(payload, alice.id, privateKey) };
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

/** Each of the three verifies it, over these very letters, and understands the same. */
async function readByAll(entity: Entity): Promise<Reading> {
  const { payload, body } = await sent(entity);
  const readings = Object.values(PEER_READERS).map((read) => read(body, keyOf));
  for (const reading of readings) {
    assert.equal(reading.sender, alice.id);
    assert.equal(reading.payload, payload);
    assert.equal(
      reading.signingString,
      `${base64url(payload)}.YXBwbGljYXRpb24veG1s.YmFzZTY0dXJs.UlNBLVNIQTI1Ng==`,
    );
    // Nothing was mended on the way in: what was written is what each of them understands.
    assert.deepEqual(reading.values, rawValues(payload));
    assert.equal(reading.authorText, readings[0]?.authorText);
  }
  const [reading] = readings;
  assert.ok(reading !== undefined);
  return reading;
}

function meaning(name: string): Activity {
  const xml = readFileSync(new URL(`${name}.xml`, PAIRS), "utf8").trimEnd();
  const reception = { sender: alice.id, receivedAt: NOW, audience: "public" } as const;
  return entityToActivity(readEntity(readXml(xml), NOW), reception);
}

const names = readdirSync(PAIRS)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length));

for (const name of names) {
  test(`${name} is read by the gem, by Friendica and by the Python library alike`, async () => {
    const { entity } = await readByAll(activityToEntity(meaning(name), alice.id));
    assert.equal(entity, name.replace(/-.*$/, "").replace("person", "profile"));
  });
}

const AUTHOR = "alice@pod-a.example;0123456789abcdef01;0123456789abcdef02";

/** What diaspora*, Friendica and the Python library go by (§9): their own flag, or both. */
for (const [name, wanted] of [
  ["contact-start", "true"],
  ["contact-stop", "false"],
  ["contact-block", "false"],
  ["contact-sharing-only", "true"],
] as const) {
  test(`${name} means the same to all three, whichever flag they go by`, async () => {
    const { values } = await readByAll(activityToEntity(meaning(name), alice.id));
    const flags = values.filter(([path]) => path === "following" || path === "sharing");
    assert.deepEqual(
      flags.map(([, value]) => value),
      [wanted, wanted],
    );
  });
}

const COMMENT = [
  ["author", alice.id],
  ["guid", "0123456789abcdef01"],
  ["text", "Nice"],
] as const;

/** So that the above can fail: what each of them stumbles over, signed as it stands there. */
const traps: readonly [
  what: string,
  values: readonly (readonly [string, string])[],
  by: string[],
][] = [
  ["nothing", COMMENT, []],
  ["an empty element", [...COMMENT, ["x", ""]], ["python"]],
  ["an empty element at the beginning", [["x", ""], ...COMMENT], ["friendica", "python"]],
  ["a fraction", [...COMMENT, ["created_at", "2026-01-02T03:04:05.6Z"]], ["gem", "python"]],
  ["another zone", [...COMMENT, ["created_at", "2026-01-02T03:04:05+01:00"]], ["gem", "python"]],
  ["a signature of another kind", [...COMMENT, ["my_signature", "x"]], ["gem"]],
];

for (const [what, values, stumbling] of traps) {
  test(`over ${what} in a comment stumble: ${stumbling.join(", ")}`, async () => {
    const signature = await signText(values.map(([, value]) => value).join(";"), privateKey);
    const elements = [...values, ["author_signature", signature] as const].map(
      ([name, value]) => `<${name}>${value}</${name}>`,
    );
    const payload = `<comment>${elements.join("")}</comment>`;
    const body = await sealEnvelope(payload, alice.id, privateKey);
    const failed = Object.entries(PEER_READERS).filter(([, read]) => {
      try {
        read(body, keyOf);
        return false;
      } catch {
        return true;
      }
    });
    assert.deepEqual(
      failed.map(([name]) => name),
      stumbling,
    );
  });
}

/** §5: the values in document order, to the letter. */
const signed: readonly [name: string, text: string][] = [
  ["comment", `${AUTHOR};Nice; I agree.;2026-01-02T03:04:05Z`],
  [
    "comment-edited-in-thread",
    `${AUTHOR};Nice.;2026-01-02T03:04:05Z;2026-01-03T00:00:00Z;0123456789abcdef03`,
  ],
  ["like", `${AUTHOR};Post;true`],
  ["like-negative-of-comment", `${AUTHOR};Comment;false`],
  ["poll_participation", `${AUTHOR};0123456789abcdef03`],
  ["event_participation-tentative", `${AUTHOR};tentative;2026-01-03T00:00:00Z`],
];

for (const [name, text] of signed) {
  test(`the author of ${name} signs ${text}`, async () => {
    const { authorText } = await readByAll(activityToEntity(meaning(name), alice.id));
    assert.equal(authorText, text);
  });
}

for (const [kind, arbitrary] of Object.entries(activities(WILD))) {
  test(`${kind}: whatever somebody writes, all three read the same`, async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary, async (activity) => {
        const { values, authorText } = await readByAll(activityToEntity(activity, alice.id));
        for (const [path, value] of values) {
          assert.ok(!value.includes("\r"), path);
          assert.equal(value, value.trim(), path);
          // Empty is the text of a post that is all pictures, or an address; never below a post.
          if (value === "") assert.ok(/(?:^text|address)$/.test(path) && authorText === null, path);
        }
      }),
      { numRuns: 8 },
    );
  });
}
