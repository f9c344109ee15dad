/**
 * Relayables on their second hop: what the author signed arrives as it was signed, whatever
 * the one in between knows of it (diaspora-protocol.md §5).
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { signRelayable, signText } from "../../../src/salmon/author-signature.ts";
import { readEntity } from "../../../src/salmon/entities/read.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { importPrivateKey } from "../../../src/salmon/keys.ts";
import { openPublic } from "../../../src/salmon/receive/open.ts";
import { relayedPayload, relayEnvelope } from "../../../src/salmon/relay.ts";
import { activityToEntity } from "../../../src/salmon/translate/to-entity.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { seal } from "../../support/peer-envelope.ts";
import { record, text, vectorPerson } from "../../support/peer-person.ts";
import { PEER_READERS, rawValues } from "../../support/peer-readers.ts";
import { node, writeXml } from "../../support/peer-xml.ts";
import { activities, CANONICAL } from "./arbitrary-activities.ts";
import { guids, wildWords } from "./arbitrary-texts.ts";
import { alice, codeOf, person, VECTORS } from "./people.ts";

const NOW = new Date("2026-01-02T03:04:05Z");
const aliceKey = importPrivateKey(alice.privatePem);
/** The author of the post; a small key, for node-forge is slow. */
const dave = person("dave");
const daveKey = importPrivateKey(dave.privatePem);

function keyOf(id: string): string {
  const person = [alice, dave].find((one) => one.id === id);
  assert.ok(person !== undefined, id);
  return person.publicPem;
}

const readBack = (xml: string): ReturnType<typeof readEntity> => readEntity(readXml(xml), NOW);

const RELAYABLE = /^(?:comment|like|poll_participation|event_participation)/;

for (const file of readdirSync(new URL("magic-envelope/", VECTORS))) {
  if (!RELAYABLE.test(file)) continue;
  test(`${file} goes on to the byte`, () => {
    const vector: unknown = JSON.parse(
      readFileSync(new URL(`magic-envelope/${file}`, VECTORS), "utf8"),
    );
    const payload = text(record(record(vector)["expected"])["payload_xml"]);
    assert.equal(relayedPayload(readBack(payload)), payload);
  });
}

type Elements = readonly (readonly [name: string, value: string])[];

const xmlOf = (name: string, elements: Elements): string =>
  writeXml(node(name, {}, ...elements.map(([element, value]) => node(element, {}, value))));

/** A comment by software that knows more than we do, in an order of its own. */
const foreignComments: fc.Arbitrary<Elements> = fc
  .record({
    guid: guids,
    text: wildWords,
    more: fc.uniqueArray(fc.tuple(fc.stringMatching(/^x_[a-z]{1,8}$/), wildWords), {
      maxLength: 4,
      selector: ([name]) => name,
    }),
  })
  .chain(({ guid, text, more }) => {
    const known: Elements = [
      ["author", alice.id],
      ["guid", guid],
      ["parent_guid", "0123456789abcdef"],
      ["text", text],
      ["created_at", "2026-01-02T03:04:05Z"],
    ];
    // XML knows neither these characters nor CR, and all three readers want what is trimmed.
    const clean = (value: string): string =>
      value.replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "").trim();
    const all = [...known, ...more].map(([name, value]) => [name, clean(value)] as const);
    return fc.shuffledSubarray(all, { minLength: all.length });
  });

test("a comment with elements that nobody here knows goes on as its author signed it", async () => {
  await fc.assert(
    fc.asyncProperty(foreignComments, fc.nat(), async (elements, place) => {
      const signature = await signText(elements.map(([, value]) => value).join(";"), aliceKey);
      const at = place % (elements.length + 1);
      const signed: Elements = [
        ...elements.slice(0, at),
        ["author_signature", signature],
        ["parent_author_signature", "AAAA"],
        ...elements.slice(at),
      ];
      const received = readBack(xmlOf("comment", signed));
      const envelope = await relayEnvelope(received, dave.id, daveKey);
      for (const read of Object.values(PEER_READERS)) {
        const { sender, payload } = read(envelope, keyOf);
        assert.equal(sender, dave.id);
        assert.deepEqual(rawValues(payload), [...elements, ["author_signature", signature]]);
      }
    }),
    { numRuns: 40 },
  );
});

const ours = activities(CANONICAL);
const theirs = vectorPerson("dave");

for (const kind of ["comment", "opinion", "vote", "attendance"]) {
  test(`${kind}: what we sign verifies after a relay that only knows author and GUIDs`, async () => {
    const arbitrary = ours[kind];
    assert.ok(arbitrary !== undefined);
    await fc.assert(
      fc.asyncProperty(arbitrary, async (activity) => {
        const entity = await signRelayable(activityToEntity(activity, alice.id), aliceKey);
        // What it does not know it keeps as text, in its place.
        const relayed = seal(xmlOf(entity.type, rawValues(writeEntity(entity))), theirs);
        const opened = await openPublic(relayed, {
          keyOf: (id) => Promise.resolve(keyOf(id)),
          related: () => Promise.resolve({ author: dave.id, local: false, public: true }),
          now: () => NOW,
        });
        assert.equal(opened.sender, dave.id);
        assert.deepEqual(opened.entity.properties, entity.properties);
        assert.equal(relayedPayload(opened.entity), writeEntity(entity));
      }),
      { numRuns: 10 },
    );
  });
}

const COMMENT: Elements = [
  ["author", alice.id],
  ["guid", "0123456789abcdef"],
  ["parent_guid", "fedcba9876543210"],
  ["text", "Hi"],
];

test("a post is not passed on as it came: it has a reshare for that", async () => {
  const post = readBack(xmlOf("status_message", COMMENT));
  assert.equal(await codeOf(() => relayedPayload(post)), "DX_ENTITY_INVALID");
});
