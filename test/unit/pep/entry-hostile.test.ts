/** Whatever an entry or a card is made of, what goes out of it is what pods take. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { MAX_TEXT } from "../../../src/activitystreams/words.ts";
import { commentFromEntry, isLikeEntry, voteInEntry } from "../../../src/pep/comment-entry.ts";
import { readEntry } from "../../../src/pep/entry.ts";
import { namedIn } from "../../../src/pep/entry-mentions.ts";
import { noteFromEntry } from "../../../src/pep/note-from-entry.ts";
import { profileFromVcard4 } from "../../../src/pep/profile/vcard4.ts";
import { readEntity } from "../../../src/salmon/entities/read.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { entityToActivity } from "../../../src/salmon/translate/from-entity.ts";
import { activityToEntity } from "../../../src/salmon/translate/to-entity.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { wild, wildUrls } from "../salmon/arbitrary-texts.ts";
import { ALICE } from "./entry-world.ts";

const ATOM = "http://www.w3.org/2005/Atom";
const XHTML = "http://www.w3.org/1999/xhtml";
const PUBLISHED = new Date("2026-04-05T06:07:08Z");

const elements = (
  name: string,
  content: fc.Arbitrary<string>,
  attrs: fc.Arbitrary<Record<string, string>> = fc.constant({}),
): fc.Arbitrary<XmlElement> => fc.tuple(attrs, content).map(([all, text]) => el(name, all, text));

const types = fc.constantFrom(
  ...[{}, { type: "text" }, { type: "html" }, { type: "text/plain" }, { type: "x" }],
);
const numbers = fc.oneof(wild, fc.double().map(String), fc.constantFrom("1", "-90", "180.0"));
const moments = fc.oneof(wild, fc.constantFrom("2026-05-01", "2026-05-01T10:00:00+02:00"));
const rels = fc.constantFrom("enclosure", "replies", "via", "related", "alternate");
const mimes = fc.constantFrom("image/png", "text/plain", "video/mp4");

const link = fc
  .tuple(rels, wildUrls, mimes, wild)
  .map(([rel, href, type, title]) => el("link", { rel, href, type, title, description: title }));
const xhtml = fc
  .array(
    fc.oneof(
      wild,
      elements("b", wild),
      elements("a", wild, fc.record({ href: wildUrls })),
      fc.record({ src: wildUrls, alt: wild }).map((attrs) => el("img", attrs)),
    ),
    { maxLength: 6 },
  )
  .map((all) => el("content", { type: "xhtml" }, el("div", { xmlns: XHTML }, all)));
const geoloc = fc
  .tuple(numbers, numbers, wild)
  .map(([lat, lon, text]) =>
    el("geoloc", { xmlns: "http://jabber.org/protocol/geoloc" }, [
      el("lat", {}, lat),
      el("lon", {}, lon),
      el("text", {}, text),
    ]),
  );
const poll = fc.tuple(wild, fc.array(wild, { maxLength: 5 })).map(([label, options]) =>
  el(
    "x",
    { xmlns: "jabber:x:data", type: "form" },
    el(
      "field",
      { type: "list-single", var: "a", label },
      options.map((option) => el("option", { label: option })),
    ),
  ),
);
const event = fc
  .tuple(wild, moments, moments, wild, wild, geoloc)
  .map(([name, start, end, description, zone, place]) =>
    el(
      "event",
      { xmlns: "urn:xmpp:calendar-events:0" },
      ...[el("name", {}, name), el("start", {}, start), el("end", {}, end)],
      ...[el("description", {}, description), el("location", {}, place)],
      el("timezone", { xmlns: "urn:diaspora-x:0" }, zone),
    ),
  );

const entries = fc
  .array(
    fc.oneof(
      ...[elements("title", wild, types), elements("content", wild, types), xhtml, link],
      ...[elements("summary", wild, types), elements("generator", wild), geoloc, poll, event],
      elements("category", fc.constant(""), fc.record({ term: wild })),
    ),
    { maxLength: 8 },
  )
  .map((children) => el("entry", { xmlns: ATOM }, children));

const base = {
  actor: { network: "diaspora", id: ALICE.diasporaId },
  audience: "public",
  published: PUBLISHED,
} as const;

/** Throws where a validator of a pod would refuse it. */
function overTheWire(activity: Activity): Activity {
  const written = activityToEntity(activity, ALICE.diasporaId);
  const read = readEntity(readXml(writeEntity(written)), PUBLISHED);
  assert.deepEqual(read.properties, written.properties);
  return entityToActivity(read, {
    sender: ALICE.diasporaId,
    receivedAt: PUBLISHED,
    audience: "public",
  });
}

test("pitfall 82: whatever an entry is made of, its note is taken by pods with all its parts", () => {
  let parts = 0;
  const partGuid = (): Guid => guidNumber((parts += 1));
  fc.assert(
    fc.property(entries, (payload) => {
      const entry = readEntry(payload);
      assert.ok(entry !== null);
      const { ids, jids } = namedIn(entry);
      assert.ok(ids.length + jids.length <= 10);
      const note = noteFromEntry(entry, guidNumber(1), partGuid);
      if (note === null) return;
      assert.ok([...note.markdown].length <= MAX_TEXT);
      // The bridge serves the pictures itself.
      const photos = note.photos.map((photo) => ({ ...photo, url: "https://x.example/p/a.png" }));
      const { object } = overTheWire({ ...base, verb: "post", object: { ...note, photos } });
      assert.ok(object.type === "note");
      const { question, event: happening, location } = note;
      assert.deepEqual(object.question, question);
      assert.deepEqual(object.location, location);
      assert.equal(object.event?.summary, happening?.summary);
      assert.equal(object.event?.timezone, happening?.timezone);
    }),
    { numRuns: 300, endOnFailure: true },
  );
});

test("pitfall 82: whatever a comment's item is made of, pods take the comment", () => {
  fc.assert(
    fc.property(entries, (payload) => {
      const entry = readEntry(payload);
      assert.ok(entry !== null);
      isLikeEntry(entry);
      voteInEntry(entry);
      const comment = commentFromEntry(entry, guidNumber(1), guidNumber(2));
      if (comment === null) return;
      const { object } = overTheWire({ ...base, verb: "post", object: comment });
      assert.ok(object.type === "comment" && object.markdown !== "");
    }),
    { numRuns: 150, endOnFailure: true },
  );
});

test("pitfall 82: whatever a card is made of, pods take the profile", () => {
  const names = ["fn", "nickname", "bday", "note", "url", "categories"] as const;
  const cards = fc
    .tuple(fc.array(fc.tuple(fc.constantFrom(...names), wild)), wild, wild)
    .map(([fields, name, place]) =>
      el(
        "vcard",
        { xmlns: "urn:ietf:params:xml:ns:vcard-4.0" },
        fields.map(([field, text]) => el(field, {}, el("text", {}, text))),
        el("n", {}, el("given", {}, name), el("surname", {}, name)),
        el("gender", {}, el("identity", {}, place)),
        el("adr", {}, el("locality", {}, place)),
      ),
    );
  fc.assert(
    fc.property(cards, (card) => {
      const profile = profileFromVcard4(card, true);
      assert.ok(profile !== null);
      const { object } = overTheWire({ ...base, verb: "update", object: profile });
      assert.ok(object.type === "profile");
      assert.equal(object.bio, profile.bio);
      assert.equal(object.location, profile.location);
      assert.equal(object.birthday, profile.birthday);
      assert.deepEqual(object.tags, profile.tags);
    }),
    { numRuns: 150, endOnFailure: true },
  );
});
