import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity, Note, PostActivity } from "../../../src/activitystreams/activity.ts";
import type { Profile } from "../../../src/activitystreams/activity.ts";
import { MAX_TEXT } from "../../../src/activitystreams/words.ts";
import { makeEntity, type Raw } from "../../../src/salmon/entities/complete.ts";
import type { EntityName, PropertiesOf } from "../../../src/salmon/entities/entity.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { given } from "../../../src/salmon/translate/common.ts";
import { entityToActivity } from "../../../src/salmon/translate/from-entity.ts";
import { fitText } from "../../../src/salmon/translate/text.ts";
import { activityToEntity } from "../../../src/salmon/translate/to-entity.ts";
import { webUrl } from "../../../src/salmon/translate/web-url.ts";
import { alice, bob, codeOf, guid, mallory } from "./people.ts";

const NOW = new Date("2026-01-02T03:04:05.678Z");
const GUID = guid("0123456789abcdef");
const reception = { sender: alice.id, receivedAt: NOW, audience: "limited" } as const;

function activityOf(type: EntityName, raw: Raw): Activity {
  return entityToActivity(makeEntity(type, raw, NOW), reception);
}

const PHOTO = {
  guid: "fedcba9876543210",
  author: alice.id,
  remote_photo_path: "https://pod-a.example/up/",
  remote_photo_name: "a.png",
  text: "A bridge",
  height: 10,
  width: 20,
} as const;

test("a status message becomes a note, with its tags, pictures and place", () => {
  const activity = entityToActivity(
    makeEntity(
      "status_message",
      {
        author: alice.id,
        guid: GUID,
        created_at: NOW,
        public: true,
        text: " **Hi**\r\n#One #two #ONE \n",
        provider_display_name: "mobile",
        edited_at: NOW,
        photos: [PHOTO, { ...PHOTO, remote_photo_path: "ftp://pod-a.example/up/" }],
        location: { address: "", lat: "52.5", lng: "13.4" },
      },
      NOW,
    ),
    { ...reception, podUrl: "https://pod-a.example/" },
  );
  assert.deepEqual(activity, {
    verb: "post",
    actor: { network: "diaspora", id: alice.id },
    object: {
      type: "note",
      guid: GUID,
      markdown: "**Hi**\n#One #two #ONE",
      tags: ["one", "two"],
      photos: [
        {
          guid: PHOTO.guid,
          url: "https://pod-a.example/up/a.png",
          text: "A bridge",
          width: 20,
          height: 10,
        },
      ],
      location: { address: "", latitude: "52.5", longitude: "13.4" },
      url: `https://pod-a.example/posts/${GUID}`,
      generator: "mobile",
      edited: NOW,
    },
    audience: "public",
    published: NOW,
  });
});

test("a post that does not say that it is public is limited", () => {
  const activity = activityOf("status_message", { author: alice.id, guid: GUID, text: "x" });
  assert.equal(activity.audience, "limited");
});

const contacts: readonly [following: boolean, sharing: boolean, blocking: boolean, verb: string][] =
  [
    [true, true, false, "follow"],
    [true, false, false, "follow"],
    [false, true, false, "follow"],
    [false, false, false, "unfollow"],
    [false, false, true, "block"],
  ];

for (const [following, sharing, blocking, verb] of contacts) {
  test(`a contact with ${String([following, sharing, blocking])} means ${verb}`, () => {
    const raw = { author: alice.id, recipient: bob.id, following, sharing, blocking };
    assert.deepEqual(activityOf("contact", raw), {
      verb,
      actor: { network: "diaspora", id: alice.id },
      object: { type: "person", id: bob.id },
      audience: "limited",
      published: NOW,
    });
  });
}

test("who retracts is who signed, whatever the author element says", () => {
  const activity = activityOf("retraction", {
    author: mallory.id,
    target_guid: GUID,
    target_type: "Post",
  });
  assert.deepEqual(activity.actor, { network: "diaspora", id: alice.id });
  assert.deepEqual(activity.object, { type: "tombstone", guid: GUID, targetType: "Post" });
});

test("a retraction of the person, as old pods send it to somebody, ends a relation", () => {
  const raw = { author: alice.id, target_guid: GUID, target_type: "Person" };
  const entity = makeEntity("retraction", raw, NOW);
  const activity = entityToActivity(entity, { ...reception, recipient: bob.id });
  assert.equal(activity.verb, "unfollow");
  assert.deepEqual(activity.object, { type: "person", id: bob.id });
  assert.equal(entityToActivity(entity, reception).verb, "delete");
});

test("a part of others says nothing by itself, and is unsupported for good", async () => {
  const raw = { address: "Here", lat: "1", lng: "2" };
  assert.equal(await codeOf(() => activityOf("location", raw)), "DX_ENTITY_UNSUPPORTED");
});

const note: Note = { type: "note", guid: GUID, markdown: "Hi", tags: [], photos: [] };

function posted(object: Partial<Note>, audience: "public" | "limited" = "public"): PostActivity {
  const actor = { network: "diaspora", id: alice.id } as const;
  return { verb: "post", actor, object: { ...note, ...object }, audience, published: NOW };
}

test("a note becomes a status message in the gem's order, to the byte", () => {
  const entity = activityToEntity(
    posted({
      markdown: " a\r\nb\u0000 ü\r",
      generator: "Movim",
      edited: NOW,
      photos: [
        { guid: guid(PHOTO.guid), url: "https://x.example/u/p/a.png?b", text: "t", width: 2 },
      ],
      location: { address: "Köln", latitude: "50.9", longitude: "6.9" },
    }),
    alice.id,
  );
  assert.equal(
    writeEntity(entity),
    `<status_message>
  <author>alice@pod-a.example</author>
  <guid>0123456789abcdef</guid>
  <created_at>2026-01-02T03:04:05Z</created_at>
  <public>true</public>
  <provider_display_name>Movim</provider_display_name>
  <text>a
b&#xFFFD; &#xFC;</text>
  <edited_at>2026-01-02T03:04:05Z</edited_at>
  <photo>
    <guid>fedcba9876543210</guid>
    <author>alice@pod-a.example</author>
    <public>true</public>
    <created_at>2026-01-02T03:04:05Z</created_at>
    <remote_photo_path>https://x.example/u/p/</remote_photo_path>
    <remote_photo_name>a.png?b</remote_photo_name>
    <text>t</text>
    <status_message_guid>0123456789abcdef</status_message_guid>
    <width>2</width>
  </photo>
  <location>
    <address>K&#xF6;ln</address>
    <lat>50.9</lat>
    <lng>6.9</lng>
  </location>
</status_message>`,
  );
});

test("a post with neither text nor photos is not sent, for no pod would take it", async () => {
  const run = (): unknown => activityToEntity(posted({ markdown: " \n" }), alice.id);
  assert.equal(await codeOf(run), "DX_ENTITY_INVALID");
});

for (const [verb, flags] of [
  ["follow", [true, true, false]],
  ["unfollow", [false, false, false]],
  ["block", [false, false, true]],
] as const) {
  test(`${verb} becomes a contact whose flags say the same to every reader`, () => {
    const { type, properties } = activityToEntity(
      {
        verb,
        actor: { network: "diaspora", id: alice.id },
        object: { type: "person", id: bob.id },
        audience: "limited",
        published: NOW,
      },
      alice.id,
    );
    assert.equal(type, "contact");
    const [following, sharing, blocking] = flags;
    assert.deepEqual(properties, {
      author: alice.id,
      recipient: bob.id,
      following,
      sharing,
      blocking,
    });
  });
}

test("what goes out comes back as the same activity", () => {
  const published = new Date("2026-01-02T03:04:05Z");
  const sent: PostActivity = { ...posted({ markdown: "Hi #tag", tags: ["tag"] }), published };
  assert.deepEqual(entityToActivity(activityToEntity(sent, alice.id), reception), sent);
});

test("a text that is too long is cut at a grapheme, with a link to the whole", () => {
  const family = "👩‍👩‍👧‍👦";
  const cut = fitText(family.repeat(20_000), MAX_TEXT, "https://x.example/1");
  assert.ok([...cut].length <= MAX_TEXT);
  assert.ok(cut.endsWith(`${family}…\n\nhttps://x.example/1`));
  assert.equal(fitText("x".repeat(MAX_TEXT), MAX_TEXT).length, MAX_TEXT);
  assert.equal([...fitText("x".repeat(MAX_TEXT + 1), MAX_TEXT)].at(-1), "…");
});

function profileOf(profile: Partial<Profile>): PropertiesOf<"profile"> {
  const { type, properties } = activityToEntity(
    {
      ...posted({}),
      verb: "update",
      object: { type: "profile", tags: [], searchable: true, nsfw: false, ...profile },
    },
    alice.id,
  );
  assert.ok(type === "profile");
  return properties;
}

const LONG = "Wolfeschlegelsteinhausenbergerdorff";
const names: readonly [profile: Partial<Profile>, full: string | null, parts: (string | null)[]][] =
  [
    [{ name: "Alice" }, "Alice", ["Alice", null]],
    [{ name: "Alice Aardvark" }, "Alice Aardvark", ["Alice Aardvark", null]],
    [
      { name: "Hubert Blaine of the Wolfeschlegels Senior" },
      "Hubert Blaine of the Wolfeschlegels Senior",
      ["Hubert Blaine of the", "Wolfeschlegels Senior"],
    ],
    [{ name: LONG }, LONG, [`${LONG.slice(0, 30)}…`, null]],
    [{ firstName: "Alice", lastName: "A." }, "Alice A.", ["Alice", "A."]],
    [{ name: "A. A.", firstName: "Alice" }, "A. A.", ["Alice", null]],
    [{ name: " a;b\nc " }, "a b c", ["a b c", null]],
    [{ name: "😀".repeat(71) }, `${"😀".repeat(68)}…`, [`${"😀".repeat(30)}…`, null]],
    [{}, null, [null, null]],
  ];

for (const [profile, full, parts] of names) {
  test(`${JSON.stringify(profile)} has a name for every reader, and no validator refuses it`, () => {
    const { full_name, first_name, last_name } = profileOf(profile);
    assert.deepEqual([full_name, [first_name, last_name]], [full, parts]);
  });
}

test("a profile has three pictures or none, all absolute, and at most five tags", () => {
  const url = "https://pod-a.example/a.png";
  const sizes = (photo: Profile["photo"]): unknown[] => {
    const { image_url, image_url_medium, image_url_small } = profileOf(given({ photo }));
    return [image_url, image_url_medium, image_url_small];
  };
  assert.deepEqual(sizes({ large: url, medium: "/a.png", small: "data:," }), [url, url, url]);
  assert.deepEqual(sizes({ large: "/a.png", medium: "", small: "" }), [null, null, null]);
  assert.deepEqual(sizes(undefined), [null, null, null]);
  const tags = ["A b", "#c", "1", "", "c", "d", "e", "f", "g"];
  assert.equal(profileOf({ tags }).tag_string, "#ab #c #d #e #f");
});

const unspeakable: readonly [what: string, activity: Activity][] = [
  ["a poll with one answer", posted({ question: { guid: GUID, question: "?", answers: [] } })],
  ["a post in the year 10,000", { ...posted({}), published: new Date("+010000-01-01") }],
  [
    "a comment without words",
    {
      ...posted({}),
      verb: "post",
      object: { type: "comment", guid: GUID, markdown: " ", inReplyTo: GUID },
    },
  ],
  [
    "a picture that is nowhere",
    { ...posted({}), verb: "post", object: { type: "image", guid: GUID, url: "data:,x" } },
  ],
  [
    "a conversation with oneself",
    {
      ...posted({}),
      verb: "send",
      object: {
        type: "conversation",
        guid: GUID,
        subject: "Hi",
        participants: [alice.id],
        messages: [],
      },
    },
  ],
  [
    "somebody else's migration",
    {
      ...posted({}),
      verb: "replace",
      object: {
        type: "migration",
        from: bob.id,
        to: mallory.id,
        profile: { type: "profile", tags: [], searchable: true, nsfw: false },
        signature: "AAAA",
      },
    },
  ],
];

for (const [what, activity] of unspeakable) {
  test(`the federation has no form for ${what}, and says so`, async () => {
    assert.equal(await codeOf(() => activityToEntity(activity, alice.id)), "DX_ENTITY_INVALID");
  });
}

const meaningless: readonly [what: string, type: EntityName, raw: Raw][] = [
  [
    "a like of a photo",
    "like",
    { author: alice.id, guid: GUID, parent_guid: GUID, parent_type: "Photo", positive: true },
  ],
  [
    "a person with somebody else's profile",
    "person",
    {
      author: alice.id,
      guid: GUID,
      url: "https://pod-a.example/",
      profile: { author: bob.id },
      exported_key: alice.publicPem,
    },
  ],
  ["a photo at no web address", "photo", { ...PHOTO, remote_photo_path: "ftp://a.example/up/" }],
  [
    "a migration without the other identity's word",
    "account_migration",
    { author: alice.id, profile: { author: bob.id } },
  ],
  [
    "a migration of a third person's account",
    "account_migration",
    {
      author: alice.id,
      old_identity: mallory.id,
      profile: { author: bob.id },
      signature: "AAAA",
    },
  ],
];

for (const [what, type, raw] of meaningless) {
  test(`${what} means nothing`, async () => {
    assert.equal(await codeOf(() => activityOf(type, raw)), "DX_ENTITY_INVALID");
  });
}

const addresses: readonly [text: string, url: string | null][] = [
  ["https://pod.example", "https://pod.example/"],
  ["HTTPS://Pod.Example/ü b", "https://pod.example/%C3%BC%20b"],
  [
    "https://a.example/a|b[c]?d=%zz&e=[f]#g#h",
    "https://a.example/a%7Cb%5Bc%5D?d=%25zz&e=%5Bf%5D#g%23h",
  ],
  ["https://[::1]:8443/a", "https://[::1]:8443/a"],
  ["https://u:p@a.example/a?#", "https://u:p@a.example/a"],
  ["javascript:alert(1)", null],
  ["//pod.example/a", null],
  ["/a", null],
  ["", null],
  [`https://a.example/${"a".repeat(2_048)}`, null],
];

for (const [text, url] of addresses) {
  test(`the address ${text.slice(0, 60)} is ${url ?? "none"} to every reader`, () => {
    assert.equal(webUrl(text), url);
  });
}
