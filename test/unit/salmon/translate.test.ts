import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity, Note, PostActivity } from "../../../src/activitystreams/activity.ts";
import { makeEntity, type Raw } from "../../../src/salmon/entities/complete.ts";
import type { EntityName } from "../../../src/salmon/entities/entity.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { entityToActivity } from "../../../src/salmon/translate/from-entity.ts";
import { fitText, MAX_TEXT } from "../../../src/salmon/translate/text.ts";
import { activityToEntity } from "../../../src/salmon/translate/to-entity.ts";
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
        photos: [
          PHOTO,
          { ...PHOTO, remote_photo_path: "javascript:", remote_photo_name: "alert(1)" },
        ],
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

test("an entity without an activity is unsupported, for good", async () => {
  const raw = { author: alice.id, guid: GUID };
  assert.equal(await codeOf(() => activityOf("reshare", raw)), "DX_ENTITY_UNSUPPORTED");
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
  const cut = fitText(family.repeat(20_000), "https://x.example/1");
  assert.ok([...cut].length <= MAX_TEXT);
  assert.ok(cut.endsWith(`${family}…\n\nhttps://x.example/1`));
  assert.equal(fitText("x".repeat(MAX_TEXT), undefined).length, MAX_TEXT);
  assert.equal([...fitText("x".repeat(MAX_TEXT + 1), undefined)].at(-1), "…");
});
