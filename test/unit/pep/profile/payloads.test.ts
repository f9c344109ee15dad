import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  avatarData,
  avatarInNode,
  avatarMetadata,
  avatarOf,
  avatarUpdate,
  MAX_AVATAR_BYTES,
  readAvatarData,
  readAvatarMetadata,
} from "../../../../src/pep/profile/avatar.ts";
import { addressOf, geolocFromPlace, placeFromGeoloc } from "../../../../src/pep/profile/geoloc.ts";
import { nickElement, readNick } from "../../../../src/pep/profile/nick.ts";
import {
  readSubscriber,
  readSubscription,
  subscriberElement,
  subscriptionElement,
} from "../../../../src/pep/profile/public-subscriptions.ts";
import { readXml } from "../../../../src/xml/reader.ts";
import { serialise } from "../../../../src/xml/serialise.ts";
import { jid } from "../../../support/fixtures.ts";

const BYTES = Buffer.from("the bytes of a picture");
const SHA1 = createHash("sha1").update(BYTES).digest("hex");
const INFO = { sha1: SHA1, bytes: BYTES.length, type: "image/png", width: 96, height: 96 };

test("pitfall 78: a picture's name is the hash of exactly the bytes that are sent", () => {
  const sent = serialise(avatarData(avatarOf(BYTES)));
  assert.equal(sent, `<data xmlns="urn:xmpp:avatar:data">${BYTES.toString("base64")}</data>`);
  assert.equal(avatarOf(BYTES).sha1, SHA1);
  assert.deepEqual(readAvatarData(readXml(sent)), { sha1: SHA1, bytes: BYTES });
  // Whatever somebody says its name is, the bytes decide.
  const broken = BYTES.toString("base64").replace(/(.{4})/g, "$1\n ");
  const read = readAvatarData(readXml(`<data xmlns="urn:xmpp:avatar:data">\n${broken}</data>`));
  assert.equal(read?.sha1, SHA1);
});

test("what is told of a picture is read as it was written", () => {
  const written = serialise(avatarMetadata([INFO]));
  assert.equal(
    written,
    `<metadata xmlns="urn:xmpp:avatar:metadata"><info id="${SHA1}" bytes="22" type="image/png" width="96" height="96"/></metadata>`,
  );
  assert.deepEqual(readAvatarMetadata(readXml(written)), [INFO]);
  assert.deepEqual(readAvatarMetadata(avatarMetadata([])), []);
});

test("pitfall 79: no picture is asked for that is too big, or that is elsewhere", () => {
  const elsewhere = { ...INFO, url: "http://192.168.0.1/a.png" };
  const big = { ...INFO, bytes: MAX_AVATAR_BYTES + 1 };
  const read = readAvatarMetadata(readXml(serialise(avatarMetadata([elsewhere, big, INFO]))));
  assert.deepEqual(read, [elsewhere, big, INFO]);
  assert.deepEqual(avatarInNode(read), INFO);
  assert.equal(avatarInNode([elsewhere, big]), null);
  const huge = Buffer.alloc(MAX_AVATAR_BYTES + 1);
  assert.equal(readAvatarData(avatarData({ bytes: huge })), null);
});

for (const [what, xml] of [
  ["no hash", "<info bytes='1' type='image/png'/>"],
  ["another hash", "<info id='abc' bytes='1' type='image/png'/>"],
  ["no size", `<info id='${SHA1}' type='image/png'/>`],
  ["a size that is none", `<info id='${SHA1}' bytes='1e9' type='image/png'/>`],
  ["no picture's type", `<info id='${SHA1}' bytes='1' type='text/html'/>`],
] as const) {
  test(`a picture with ${what} is none`, () => {
    const metadata = readXml(`<metadata xmlns='urn:xmpp:avatar:metadata'>${xml}</metadata>`);
    assert.deepEqual(readAvatarMetadata(metadata), []);
  });
}

for (const [what, xml] of [
  ["nothing", "<data xmlns='urn:xmpp:avatar:data'/>"],
  ["no base64", "<data xmlns='urn:xmpp:avatar:data'>a-b</data>"],
  ["another element", "<data xmlns='urn:x'>YQ==</data>"],
] as const) {
  test(`data that is ${what} is no picture`, () => {
    assert.equal(readAvatarData(readXml(xml)), null);
    assert.equal(readAvatarMetadata(readXml(xml)), null);
  });
}

test("presence says which picture is the newest, or that there is none", () => {
  assert.equal(
    serialise(avatarUpdate(SHA1)),
    `<x xmlns="vcard-temp:x:update"><photo>${SHA1}</photo></x>`,
  );
  assert.equal(serialise(avatarUpdate(null)), '<x xmlns="vcard-temp:x:update"><photo/></x>');
});

for (const [xml, name] of [
  ["<nick xmlns='http://jabber.org/protocol/nick'> Bob;\n B. </nick>", "Bob B."],
  ["<nick xmlns='http://jabber.org/protocol/nick'> </nick>", null],
  ["<nick xmlns='urn:x'>Bob</nick>", null],
] as const) {
  test(`${xml} is the name ${String(name)}`, () => {
    assert.equal(readNick(readXml(xml)), name);
  });
}

test("a name is no longer than pods take, and written as it is", () => {
  assert.equal(readNick(nickElement("x".repeat(100)))?.length, 70);
  assert.equal(
    serialise(nickElement("Alice & Co")),
    '<nick xmlns="http://jabber.org/protocol/nick">Alice &amp; Co</nick>',
  );
});

test("a place is read as it was written", () => {
  const place = { address: "Berlin", latitude: "52.5", longitude: "-13.4" };
  assert.deepEqual(placeFromGeoloc(readXml(serialise(geolocFromPlace(place)))), place);
});

for (const [what, inner, place] of [
  ["coordinates alone", "<lat>1</lat><lon>2</lon>", "1, 2"],
  ["words", "<lat>1</lat><lon>2</lon><text>Here</text><country>X</country>", "Here"],
  ["parts", "<lat>1</lat><lon>2</lon><locality>L</locality><country>C</country>", "L, C"],
  ["no longitude", "<lat>1</lat>", null],
  ["a latitude beyond the pole", "<lat>91</lat><lon>2</lon>", null],
  ["a longitude beyond the other side", "<lat>1</lat><lon>181</lon>", null],
  ["nonsense", "<lat>NaN</lat><lon>1e3</lon>", null],
] as const) {
  test(`a place of ${what} is ${String(place)}`, () => {
    const geoloc = readXml(`<geoloc xmlns='http://jabber.org/protocol/geoloc'>${inner}</geoloc>`);
    assert.equal(placeFromGeoloc(geoloc)?.address ?? null, place);
  });
}

test("a place without coordinates has its words, and no more of them than pods take", () => {
  const long = "x".repeat(300);
  const geoloc = readXml(
    `<geoloc xmlns='http://jabber.org/protocol/geoloc'><lat>1</lat><lon>2</lon><text>${long}</text></geoloc>`,
  );
  assert.equal(placeFromGeoloc(geoloc)?.address.length, 255);
  assert.equal(addressOf(readXml("<geoloc><text> The  forest </text></geoloc>")), "The forest");
});

test("public subscriptions are read as XEP-0465 has them, and as Libervia writes them", () => {
  const subscription = { service: jid("bob@example.org"), node: "urn:xmpp:microblog:0" };
  for (const attribute of ["jid", "service"]) {
    const xml = `<subscription xmlns='urn:xmpp:pps:0' node='urn:xmpp:microblog:0' ${attribute}='Bob@Example.org'/>`;
    assert.deepEqual(readSubscription(readXml(xml)), subscription);
  }
  assert.equal(
    serialise(subscriptionElement(subscription)),
    '<subscription xmlns="urn:xmpp:pps:0" node="urn:xmpp:microblog:0" jid="bob@example.org" service="bob@example.org"/>',
  );
  assert.equal(readSubscriber(subscriberElement("bob@example.org")), "bob@example.org");
  for (const xml of [
    "<subscription xmlns='urn:xmpp:pps:0' node='a'/>",
    "<subscription xmlns='urn:xmpp:pps:0' jid='a@b.example'/>",
    "<subscription xmlns='urn:x' jid='a@b.example' node='a'/>",
    "<subscriber xmlns='urn:xmpp:pps:0' jid='a b'/>",
  ]) {
    assert.equal(readSubscription(readXml(xml)), null);
    assert.equal(readSubscriber(readXml(xml)), null);
  }
});
