import assert from "node:assert/strict";
import { test } from "node:test";
import { makeEntity, type Raw } from "../../../src/salmon/entities/complete.ts";
import type { EntityName } from "../../../src/salmon/entities/entity.ts";
import type { Properties } from "../../../src/salmon/entities/property.ts";
import { readEntity } from "../../../src/salmon/entities/read.ts";
import { parseTimestamp } from "../../../src/salmon/entities/values.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { codeOf } from "./people.ts";

const NOW = new Date("2026-01-02T03:04:05.678Z");
const POST = {
  author: "alice@pod.example",
  guid: "0123456789abcdef",
  created_at: NOW,
  public: true,
  text: "Hello",
} as const satisfies Raw;
const PHOTO = {
  guid: "fedcba9876543210",
  author: POST.author,
  remote_photo_path: "https://pod.example/up/",
  remote_photo_name: "a.png",
} as const satisfies Raw;

const broken: readonly [what: string, type: EntityName, raw: Raw][] = [
  ["a text one code point too long", "status_message", { ...POST, text: "😀".repeat(65_536) }],
  ["no author", "status_message", { ...POST, author: undefined }],
  ["an author in capitals", "status_message", { ...POST, author: "Alice@pod.example" }],
  ["an author at no IPv6 address", "status_message", { ...POST, author: "a@[12345::1]" }],
  ["a date that is none", "status_message", { ...POST, created_at: new Date(Number.NaN) }],
  ["a word for a boolean", "status_message", { ...POST, public: "true" }],
  [
    "a photo by somebody else",
    "status_message",
    { ...POST, photos: [{ ...PHOTO, author: "b@c" }] },
  ],
  [
    "a photo without a name",
    "status_message",
    { ...POST, photos: [{ ...PHOTO, remote_photo_name: "" }] },
  ],
  [
    "a location without latitude",
    "status_message",
    { ...POST, location: { address: "x", lat: "", lng: "1" } },
  ],
  [
    "a poll with one answer",
    "poll",
    { guid: POST.guid, question: "?", poll_answers: [{ guid: PHOTO.guid, answer: "!" }] },
  ],
  [
    "a contact that blocks and shares",
    "contact",
    { author: POST.author, recipient: "b@c", following: false, sharing: true, blocking: true },
  ],
  ["an embed of nothing and of a URL", "embed", { url: "https://a.example/b", nothing: true }],
  ["a name with a semicolon", "profile", { author: POST.author, first_name: "a;b" }],
  [
    "a photo on no path",
    "status_message",
    { ...POST, photos: [{ ...PHOTO, remote_photo_path: "https://pod.example" }] },
  ],
  ["an embed of a path", "embed", { url: "/article" }],
  [
    "a migration that says who somebody else was",
    "account_migration",
    { author: POST.author, profile: { author: "new@pod.example" }, old_identity: "b@c" },
  ],
  [
    "a new identity that does not say who it was",
    "account_migration",
    { author: "new@pod.example", profile: { author: "new@pod.example" } },
  ],
];

for (const [what, type, raw] of broken) {
  test(`refused: ${what}`, async () => {
    assert.equal(await codeOf(() => makeEntity(type, raw, NOW)), "DX_ENTITY_INVALID");
  });
}

test("the longest text is counted in code points", async () => {
  const raw = { ...POST, text: "😀".repeat(65_535) };
  assert.equal(await codeOf(() => makeEntity("status_message", raw, NOW)), "no error");
});

test("the error names the property and not what somebody wrote in it", () => {
  const run = (): unknown =>
    makeEntity("profile", { author: POST.author, bio: 1, gender: "secret".repeat(99) }, NOW);
  assert.throws(run, (error: Error) => /profile\.bio/.test(error.message));
  const secret = { author: POST.author, gender: "secret".repeat(99) };
  assert.throws(
    () => makeEntity("profile", secret, NOW),
    (error: Error) => /profile\.gender/.test(error.message) && !error.message.includes("secret"),
  );
});

test("what is missing gets its default, and nil is left out or empty as the table says", () => {
  const raw = { author: POST.author, guid: POST.guid, text: "" };
  assert.equal(
    writeEntity(makeEntity("status_message", raw, NOW)),
    `<status_message>
  <author>alice@pod.example</author>
  <guid>0123456789abcdef</guid>
  <created_at>2026-01-02T03:04:05Z</created_at>
  <public>false</public>
  <text/>
</status_message>`,
  );
});

test("characters that XML forbids are replaced in the value, not only in the XML", () => {
  const { properties } = makeEntity("status_message", { ...POST, text: "a\u0000\ud800b" }, NOW);
  assert.equal(properties.text, "a\ufffd\ufffdb");
});

function read(xml: string): ReturnType<typeof readEntity> {
  return readEntity(readXml(xml), NOW);
}

test("a reader takes any order, the first of a repeated element, and ignores what it does not know", () => {
  const { properties } = read(
    `<contact><sharing>T</sharing><x><author>no</author></x><following>0</following>
     <recipient>b@c</recipient><author>a@b</author><author>z@z</author></contact>`,
  );
  assert.deepEqual(properties, {
    author: "a@b",
    recipient: "b@c",
    following: false,
    sharing: true,
    blocking: false,
  });
});

// Each was refused, or came out as something else.
const taken: readonly [what: string, xml: string, expected: Record<string, unknown>][] = [
  [
    "a contact says what it does not say by sharing",
    "<contact><author>a@b</author><recipient>b@c</recipient></contact>",
    { following: true, sharing: true, blocking: false },
  ],
  [
    "what need not be there and is no boolean is no value",
    "<profile><author>a@b</author><searchable/><nsfw>perhaps</nsfw></profile>",
    { searchable: null, nsfw: null, public: false },
  ],
  [
    "a provider's name may be long",
    `<status_message><author>a@b</author><guid>${POST.guid}</guid><provider_display_name>${"x".repeat(300)}</provider_display_name><text/></status_message>`,
    { provider_display_name: "x".repeat(300) },
  ],
  [
    "a timezone has hyphens",
    `<event><author>a@b</author><guid>${POST.guid}</guid><summary>s</summary><start>2024-02-29</start><timezone>America/Port-au-Prince</timezone></event>`,
    { timezone: "America/Port-au-Prince" },
  ],
  [
    "an embed's URL needs no path",
    "<embed><url>https://pod.example</url><image>https://pod.example/a?b=[c]|d</image></embed>",
    { url: "https://pod.example", image: "https://pod.example/a?b=[c]|d" },
  ],
  [
    "the old identity of a migration that does not name it is its author",
    "<account_migration><author>a@b</author><profile><author>c@d</author></profile></account_migration>",
    { old_identity: "a@b" },
  ],
];

for (const [what, xml, expected] of taken) {
  test(`as the gem: ${what}`, () => {
    const values: Properties = read(xml).properties;
    const found = Object.keys(expected).map((name) => [name, values[name]]);
    assert.deepEqual(Object.fromEntries(found), expected);
  });
}

test("what a relayable has beyond its own is kept without prefix, and by any script's name", () => {
  const comment = read(
    `<comment><author>a@b</author><guid>${POST.guid}</guid><parent_guid>${POST.guid}</parent_guid>
     <x:mood xmlns:x="urn:x">good</x:mood><größe>1é</größe><text>t</text>
     <created_at>2024-02-29T23:59:59Z</created_at></comment>`,
  );
  const written = writeEntity(comment);
  assert.match(written, /<mood>good<\/mood>\n {2}<größe>1&#xE9;<\/größe>/);
  assert.equal(writeEntity(read(written)), written);
});

test("an empty nested element is none", () => {
  const { properties } = read(
    "<status_message><author>a@b</author><guid>0123456789abcdef</guid><text>x</text><location/><photo> </photo></status_message>",
  );
  assert.deepEqual("photos" in properties && [properties.photos, properties.location], [[], null]);
});

const names: readonly [root: string, code: string][] = [
  ["StatusMessage", "DX_ENTITY_NAME_INVALID"],
  ["status-message", "DX_ENTITY_NAME_INVALID"],
  ["_status_message", "DX_ENTITY_NAME_INVALID"],
  ["_comment", "DX_ENTITY_NAME_INVALID"],
  ["XML", "DX_ENTITY_NAME_INVALID"],
  ["request", "DX_ENTITY_UNKNOWN"],
  ["related_entity", "DX_ENTITY_UNKNOWN"],
  ["constructor", "DX_ENTITY_UNKNOWN"],
  ["__proto__", "DX_ENTITY_UNKNOWN"],
];

for (const [root, code] of names) {
  test(`a payload whose root is ${root} is ${code}`, async () => {
    assert.equal(await codeOf(() => read(`<${root}/>`)), code);
  });
}

const times: readonly [text: string, expected: string | null][] = [
  ["2024-02-29T23:59:59.987654321+01:00", "2024-02-29T22:59:59.987Z"],
  ["2024-02-29 23:59:59 UTC", "2024-02-29T23:59:59.000Z"],
  ["2024-02-29T24:00:00Z", "2024-03-01T00:00:00.000Z"],
  ["2024-02-29T24:00:01Z", null],
  ["2024-02-29T25:00:00Z", null],
  ["2024-02-29T23:59:59+24:00", null],
  ["2024-02-29T23:59:59.123456789123Z", "2024-02-29T23:59:59.123Z"],
  ["9999-12-31T23:59:59-12:00", null],
  ["0000-01-01T00:00:00+14:00", null],
  ["0099-01-01T00:00:00Z", "0099-01-01T00:00:00.000Z"],
  ["yesterday", null],
];

for (const [text, expected] of times) {
  test(`the timestamp ${text} is ${String(expected)}`, () => {
    assert.equal(parseTimestamp(text)?.toISOString() ?? null, expected);
  });
}
