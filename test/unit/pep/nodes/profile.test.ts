import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Place, Profile } from "../../../../src/activitystreams/activity.ts";
import { listOf } from "../pubsub/support.ts";
import { ALICE_JID, bench, BOB, COMPONENT, EVE, post, type World } from "./support.ts";

const MICROBLOG = "urn:xmpp:microblog:0";
const GEO = `/user/${ALICE_JID}/geo`;
const items = (node: string): string => `<items node="${node}"/>`;

const PROFILE: Profile = {
  type: "profile",
  name: "Alice Example",
  tags: [],
  searchable: true,
  nsfw: false,
};
const BYTES = Buffer.from("a picture");
const SHA1 = createHash("sha1").update(BYTES).digest("hex");
const PICTURE = { sha1: SHA1, bytes: BYTES, type: "image/png", width: 96, height: 64 };
const PHOTO = { large: "https://p/l", medium: "https://p/m", small: "https://p/s" };

function writtenAt(number: number, address: string) {
  const location: Place = { address, latitude: "52.5", longitude: "13.4" };
  const seen = post(number);
  return {
    ...seen,
    activity: { ...seen.activity, object: { ...seen.activity.object, location } },
  };
}

const WORLD: World = {
  profile: PROFILE,
  picture: PICTURE,
  posts: [post(4), writtenAt(3, "Berlin"), post(2), writtenAt(1, "Paris"), writtenAt(5, "Rome")],
};

for (const [node, id, inside] of [
  ["urn:xmpp:vcard4", "current", "<fn><text>Alice Example</text></fn>"],
  ["http://jabber.org/protocol/nick", "current", ">Alice Example</nick>"],
  [
    "urn:xmpp:avatar:metadata",
    SHA1,
    `<info id="${SHA1}" bytes="9" type="image/png" width="96" height="64"/>`,
  ],
  ["urn:xmpp:avatar:data", SHA1, `>${BYTES.toString("base64")}</data>`],
  ["urn:xmpp:pps:subscriptions:0", EVE.jid, `node="${MICROBLOG}" jid="${EVE.jid}"`],
  [`urn:xmpp:pps:subscribers:0/${MICROBLOG}`, EVE.jid, `jid="${EVE.jid}"`],
  ["urn:xmpp:moved:1", "current", "<new-jid>carol\\40pod.example@dx.example.org</new-jid>"],
  ["http://jabber.org/protocol/geoloc", post(3).itemId, "<text>Berlin</text>"],
  [`${GEO}/current`, post(3).itemId, "<timestamp>2026-01-02T03:04:05.000Z</timestamp>"],
  [`${GEO}/previous`, post(1).itemId, "<text>Paris</text>"],
] as const) {
  test(`${node} of a person has an item ${id}`, async () => {
    const answer = await bench(WORLD).ask("get", items(node));
    assert.deepEqual(listOf(answer), [id]);
    assert.ok(answer.includes(inside), answer);
    assert.ok(answer.includes(`publisher="${ALICE_JID}"`), answer);
  });
}

test("pitfall 78: the avatar is called by the hash of the very bytes in its data", async () => {
  const answer = await bench(WORLD).ask("get", items("urn:xmpp:avatar:data"));
  const base64 = />([^<]*)<\/data>/.exec(answer)?.[1] ?? "";
  const sent = Buffer.from(base64, "base64");
  assert.deepEqual(listOf(answer), [createHash("sha1").update(sent).digest("hex")]);
});

for (const [what, node, world] of [
  ["a picture", "urn:xmpp:avatar:metadata", { profile: PROFILE }],
  ["the data of a picture", "urn:xmpp:avatar:data", { profile: PROFILE }],
  ["a place", `${GEO}/current`, { profile: PROFILE, posts: [post(1)] }],
  ["a former place", `${GEO}/previous`, { profile: PROFILE, posts: [writtenAt(1, "Rome")] }],
  ["a plan", `${GEO}/next`, WORLD],
  ["a future place", `${GEO}/future`, WORLD],
] as const) {
  test(`the node of somebody without ${what} is empty`, async () => {
    assert.deepEqual(listOf(await bench(world).ask("get", items(node))), []);
  });
}

for (const node of ["urn:xmpp:vcard4", "urn:xmpp:avatar:data", `${GEO}/next`]) {
  test(`there is no ${node} of somebody of whom nobody has heard`, async () => {
    assert.equal(await bench().ask("get", items(node)), "cancel item-not-found");
  });
}

test("nobody subscribes to a profile, or writes it", async () => {
  const { ask } = bench(WORLD);
  assert.equal(
    await ask("set", `<subscribe node="urn:xmpp:vcard4" jid="${BOB.jid}"/>`),
    "cancel feature-not-implemented unsupported:subscribe",
  );
  assert.equal(
    await ask("set", '<publish node="urn:xmpp:vcard4"><item><vcard/></item></publish>'),
    "auth forbidden",
  );
});

test("pitfall 15: the component lists no nodes, a person those that have something in them", async () => {
  assert.deepEqual(await bench(WORLD).service.list(COMPONENT, BOB.jid), []);
  const listed = async (world: World) =>
    (await bench(world).service.list(ALICE_JID, BOB.jid)).map(({ node }) => node);
  const least = [MICROBLOG, `urn:xmpp:pubsub-attachments:summary:1/${MICROBLOG}`];
  assert.deepEqual(await listed({}), least);
  assert.deepEqual(await listed({ ...WORLD, profile: { ...PROFILE, photo: PHOTO } }), [
    ...least,
    "urn:xmpp:vcard4",
    "http://jabber.org/protocol/nick",
    "urn:xmpp:avatar:metadata",
    "urn:xmpp:avatar:data",
    `${GEO}/current`,
    `${GEO}/previous`,
  ]);
});
