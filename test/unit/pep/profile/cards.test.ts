import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Profile } from "../../../../src/activitystreams/activity.ts";
import { birthdayFrom, birthdayText } from "../../../../src/pep/profile/card.ts";
import { profileFromVcard4, vcard4Of } from "../../../../src/pep/profile/vcard4.ts";
import { profileFromVcardTemp, vcardTempOf } from "../../../../src/pep/profile/vcard-temp.ts";
import type { XmlElement } from "../../../../src/xml/element.ts";
import { readXml } from "../../../../src/xml/reader.ts";
import { serialise } from "../../../../src/xml/serialise.ts";
import { activities, WILD } from "../../salmon/arbitrary-activities.ts";
import { ALICE, jidOf } from "../entry-world.ts";

const OWNER = { jid: jidOf(ALICE), id: ALICE.diasporaId, url: "https://pod.example/u/alice" };

const PROFILE: Profile = {
  type: "profile",
  name: "Alice Aal",
  firstName: "Alice",
  lastName: "Aal",
  photo: {
    large: "https://pod.example/l.png",
    medium: "https://pod.example/m.png",
    small: "https://pod.example/s.png",
  },
  bio: "I **like** #cats",
  birthday: "1990-05-06",
  gender: "sometimes",
  location: "Berlin",
  tags: ["cats", "dogs"],
  searchable: true,
  nsfw: true,
};

const wire = (element: XmlElement): XmlElement => readXml(serialise(element), { bytes: 8 << 20 });

test("a profile as a vCard 4 has everything that others may see", () => {
  assert.equal(
    serialise(vcard4Of(PROFILE, OWNER)),
    [
      '<vcard xmlns="urn:ietf:params:xml:ns:vcard-4.0">',
      "<fn><text>Alice Aal</text></fn><n><surname>Aal</surname><given>Alice</given></n>",
      "<nickname><text>alice</text></nickname>",
      "<photo><uri>https://pod.example/l.png</uri></photo>",
      "<bday><date>1990-05-06</date></bday>",
      "<adr><locality>Berlin</locality></adr>",
      "<gender><sex/><identity>sometimes</identity></gender>",
      "<impp><uri>xmpp:alice%5C40pod.example@dx.example.org</uri></impp>",
      "<url><uri>https://pod.example/u/alice</uri></url>",
      "<categories><text>cats</text><text>dogs</text></categories>",
      "<note><text>I *like* #cats\n\n#dogs</text></note>",
      '<nsfw xmlns="urn:diaspora-x:0"/>',
      "</vcard>",
    ].join(""),
  );
});

test("somebody who tells nothing has a card with the ID as name", () => {
  const nobody: Profile = { type: "profile", tags: [], searchable: false, nsfw: false };
  assert.equal(
    serialise(vcard4Of(nobody, { jid: OWNER.jid, id: OWNER.id })),
    '<vcard xmlns="urn:ietf:params:xml:ns:vcard-4.0"><fn><text>alice@pod.example</text></fn><nickname><text>alice</text></nickname><impp><uri>xmpp:alice%5C40pod.example@dx.example.org</uri></impp></vcard>',
  );
});

test("a vCard 4 that was written is read again, but for the picture and the address on the web", () => {
  const { photo: _, ...rest } = PROFILE;
  assert.deepEqual(profileFromVcard4(wire(vcard4Of(PROFILE, OWNER)), true), {
    ...rest,
    bio: "I **like** #cats\n\n#dogs\n\nhttps://pod.example/u/alice",
  });
});

test("Movim's card is a profile", () => {
  const vcard = readXml(
    "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Bob; the  {Builder}</text></fn><pronouns><text>he</text></pronouns><nickname><text>bob</text></nickname><bday><date>1966-08-06</date></bday><url><uri>https://bob.example/</uri></url><note><text>I build\n*things*</text></note><impp><uri>xmpp:bob@example.org</uri></impp><adr><locality>Denver</locality><code>80202</code><country>USA</country></adr></vcard>",
  );
  assert.deepEqual(profileFromVcard4(vcard, false), {
    type: "profile",
    name: "Bob the {Builder}",
    bio: "I build\n**things**\n\nhttps://bob.example/",
    birthday: "1966-08-06",
    location: "Denver, USA",
    tags: [],
    searchable: false,
    nsfw: false,
  });
});

test("XEP-0292's own example is a profile", () => {
  const vcard = readXml(
    "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Peter Saint-Andre</text></fn><n><surname>Saint-Andre</surname><given>Peter</given><additional/></n><nickname><text>stpeter</text></nickname><nickname><text>psa</text></nickname><bday><date>1966-08-06</date></bday><gender><sex><text>M</text></sex></gender><categories><text>XMPP</text><text>NSFW</text></categories></vcard>",
  );
  assert.deepEqual(profileFromVcard4(vcard, true), {
    type: "profile",
    name: "Peter Saint-Andre",
    firstName: "Peter",
    lastName: "Saint-Andre",
    birthday: "1966-08-06",
    gender: "male",
    tags: ["xmpp", "nsfw"],
    searchable: true,
    nsfw: true,
  });
});

test("pitfall 82: nothing of a card is longer than pods take", () => {
  const x = (length: number): string => "x".repeat(length);
  const vcard = readXml(
    `<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>${x(100)}</text></fn><n><surname>${x(100)}</surname><given>${"👩‍👩‍👧".repeat(30)}</given></n><adr><locality>${x(300)}</locality></adr><gender><sex/><identity>${x(300)}</identity></gender><note><text>${x(70_000)}</text></note><categories>${Array.from({ length: 100 }, (_, n) => `<text>t${String(n)}</text>`).join("")}</categories></vcard>`,
  );
  const profile = profileFromVcard4(vcard, true);
  const lengths = [
    profile?.name,
    profile?.firstName,
    profile?.lastName,
    profile?.location,
    profile?.gender,
    profile?.bio,
  ].map((text = "") => [...text].length);
  assert.deepEqual(lengths, [70, 30, 32, 255, 255, 65_535]);
  assert.equal(profile?.tags.length, 5);
});

test("a profile as the older vCard, with the bytes of the picture where they are there", () => {
  const picture = { type: "image/png", bytes: Buffer.from("picture") };
  const card = serialise(vcardTempOf(PROFILE, OWNER, picture));
  assert.equal(
    card,
    [
      '<vCard xmlns="vcard-temp"><FN>Alice Aal</FN><N><FAMILY>Aal</FAMILY><GIVEN>Alice</GIVEN></N>',
      "<NICKNAME>alice</NICKNAME><PHOTO><TYPE>image/png</TYPE><BINVAL>cGljdHVyZQ==</BINVAL></PHOTO>",
      "<BDAY>1990-05-06</BDAY><ADR><HOME/><LOCALITY>Berlin</LOCALITY></ADR>",
      "<JABBERID>alice\\40pod.example@dx.example.org</JABBERID>",
      "<CATEGORIES><KEYWORD>cats</KEYWORD><KEYWORD>dogs</KEYWORD></CATEGORIES>",
      "<URL>https://pod.example/u/alice</URL><DESC>I *like* #cats\n\n#dogs</DESC></vCard>",
    ].join(""),
  );
  const { PHOTO } = { PHOTO: serialise(vcardTempOf(PROFILE, OWNER)) };
  assert.match(PHOTO, /<PHOTO><EXTVAL>https:\/\/pod\.example\/m\.png<\/EXTVAL><\/PHOTO>/);
  const read = profileFromVcardTemp(readXml(card), true);
  const { photo: _, gender: __, ...rest } = PROFILE;
  assert.deepEqual(read?.profile, {
    ...rest,
    nsfw: false,
    bio: "I **like** #cats\n\n#dogs\n\nhttps://pod.example/u/alice",
  });
  assert.deepEqual(read.avatar?.bytes, picture.bytes);
});

test("Diaspora-X's card of 2010 is a profile", () => {
  const read = profileFromVcardTemp(
    readXml(
      "<vCard xmlns='vcard-temp'><FN>Ben</FN><DESC>I code</DESC><URL>http://ben.example/</URL><BDAY>1980-01-02</BDAY><TEL><NUMBER>1</NUMBER></TEL></vCard>",
    ),
    true,
  );
  assert.deepEqual(read, {
    profile: {
      type: "profile",
      name: "Ben",
      bio: "I code\n\nhttp://ben.example/",
      birthday: "1980-01-02",
      tags: [],
      searchable: true,
      nsfw: false,
    },
    avatar: null,
  });
});

for (const [text, date, written] of [
  ["1990-05-06", "1990-05-06", "1990-05-06"],
  ["19900506", "1990-05-06", "1990-05-06"],
  ["1990-05-06T10:00:00Z", "1990-05-06", "1990-05-06"],
  ["--0506", "1004-05-06", "--0506"],
  ["--05-06", "1004-05-06", "--0506"],
  ["--0229", "1004-02-29", "--0229"],
  ["1000-05-06", "1004-05-06", "--0506"],
  ["1990-13-06", null, null],
  ["1990-02-30", null, null],
  ["1990", null, null],
  ["in May", null, null],
  ["", null, null],
] as const) {
  test(`the birthday ${JSON.stringify(text)} is ${String(date)}`, () => {
    assert.equal(birthdayFrom(text), date);
    assert.equal(birthdayText(date ?? undefined), written);
  });
}

test("what is no card is no profile", () => {
  for (const element of [
    undefined,
    readXml("<vcard/>"),
    readXml("<vCard xmlns='urn:x'/>"),
    readXml("<x xmlns='vcard-temp'/>"),
  ]) {
    assert.equal(profileFromVcard4(element, true), null);
    assert.equal(profileFromVcardTemp(element, true), null);
  }
});

test("whatever a pod tells of somebody, both cards are well-formed and are read again", () => {
  const profiles = activities(WILD)["profile"];
  assert.ok(profiles !== undefined);
  fc.assert(
    fc.property(profiles, ({ object }) => {
      assert.ok(object.type === "profile");
      const read4 = profileFromVcard4(wire(vcard4Of(object, OWNER)), object.searchable);
      const read = profileFromVcardTemp(wire(vcardTempOf(object, OWNER)), object.searchable);
      for (const profile of [read4, read?.profile]) {
        assert.ok(profile !== undefined && profile !== null);
        assert.equal(profile.searchable, object.searchable);
        assert.ok([...(profile.name ?? "")].length <= 70);
        assert.ok(!(profile.name ?? "").includes(";"));
        assert.ok(profile.tags.length <= 5);
      }
    }),
    { numRuns: 100 },
  );
});
