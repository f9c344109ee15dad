import assert from "node:assert/strict";
import { test } from "node:test";
import { listOf } from "../pubsub/support.ts";
import {
  ALICE_JID,
  ATTACHMENTS,
  bench,
  BOB,
  CAROL,
  comment,
  COMPONENT,
  EVE,
  like,
  post,
  POST,
  SUMMARY,
  type World,
} from "./support.ts";

const MICROBLOG = "urn:xmpp:microblog:0";
const COMMENTS = `${MICROBLOG}:comments/${POST}`;
const PERCENT = "alice%5C40pod.example@dx.example.org";
const NODE = `${ATTACHMENTS}/xmpp:${PERCENT}?;node=urn%3Axmpp%3Amicroblog%3A0;item=${POST}`;
const ON_COMMENT = `${ATTACHMENTS}/xmpp:${COMPONENT}?;node=${encodeURIComponent(COMMENTS)};item=c1`;

const WORLD: World = {
  posts: [post(2), post(1)],
  replies: [comment(10, CAROL, "c1")],
  attachments: {
    [POST]: [like(23, CAROL), like(22, BOB), like(21, BOB)],
    [comment(10, CAROL).itemId]: [like(24, EVE)],
  },
};

const items = (node: string): string => `<items node="${node}"/>`;
const publish = (id: string | null, payload: string, node = NODE): string =>
  `<publish node="${node}"><item${id === null ? "" : ` id="${id}"`}>${payload}</item></publish>`;
const ATTACHED = `<attachments xmlns="${ATTACHMENTS}"><noticed/></attachments>`;

test("what people attach to a post is one item for each of them, by their JIDs", async () => {
  const answer = await bench(WORLD).ask("get", items(NODE));
  assert.deepEqual(
    [...answer.matchAll(/<item id="([^"]*)" publisher="([^"]*)"><attachments [^>]*><(\w+)/g)].map(
      (m) => m.slice(1),
    ),
    [
      [BOB.jid, BOB.jid, "noticed"],
      ["carol\\40pod.example@dx.example.org", "carol\\40pod.example@dx.example.org", "noticed"],
    ],
  );
});

/** One node, in every spelling that is about; the answer names it as it was asked for. */
for (const [who, uri] of [
  ["Libervia", `xmpp:${PERCENT}?;node=urn%3Axmpp%3Amicroblog%3A0;item=${POST}`],
  ["Movim", `xmpp:${ALICE_JID}?;node=urn:xmpp:microblog:0;item=${POST}`],
  ["others", `xmpp:${PERCENT}?node=urn%3Axmpp%3Amicroblog%3A0;item=${POST}`],
  ["buddycloud", `xmpp:${ALICE_JID}?pubsub;action=retrieve;node=${MICROBLOG};item=${POST}`],
  ["a shouting client", `xmpp:${ALICE_JID.toUpperCase()}?;node=${MICROBLOG};item=${POST}`],
] as const) {
  test(`the attachments node as ${who} writes it is the same node`, async () => {
    const node = `${ATTACHMENTS}/${uri}`;
    const answer = await bench(WORLD).ask("get", items(node));
    assert.equal(listOf(answer).length, 2);
    assert.ok(answer.includes(`<items node="${node}">`), answer);
  });
}

for (const [what, node, service] of [
  ["an item that is not there", NODE.replace(POST, "nothing"), ALICE_JID],
  ["a node that is not there", NODE.replace("microblog", "macroblog"), ALICE_JID],
  ["an item of another service", NODE, COMPONENT],
  ["an item of another server", `${ATTACHMENTS}/xmpp:eve@example.org?;node=n;item=i`, ALICE_JID],
  ["no item", `${ATTACHMENTS}/xmpp:${PERCENT}?;node=urn%3Axmpp%3Amicroblog%3A0`, ALICE_JID],
  ["no URI", `${ATTACHMENTS}/nonsense`, ALICE_JID],
  ["a summary of a node that is not there", `${SUMMARY}/urn:x`, ALICE_JID],
] as const) {
  test(`nothing can be attached to ${what}`, async () => {
    assert.equal(await bench(WORLD).ask("get", items(node), { service }), "cancel item-not-found");
  });
}

test("whoever attaches something does so under the own JID", async () => {
  const { ask, done } = bench(WORLD);
  const answer = await ask("set", publish("Bob@example.org", ATTACHED));
  assert.match(answer, /<item id="Bob@example.org"\/>/);
  await ask("set", publish(null, ATTACHED));
  const expected = ["attach", { jid: BOB.jid, about: POST, payload: "attachments" }];
  assert.deepEqual(done, [expected, expected]);
});

test("a comment can be liked where it stands", async () => {
  const { ask, done } = bench(WORLD);
  const from = { service: COMPONENT };
  assert.deepEqual(listOf(await ask("get", items(ON_COMMENT), from)), [EVE.jid]);
  await ask("set", publish(BOB.jid, ATTACHED, ON_COMMENT), from);
  const about = comment(10, CAROL).itemId;
  assert.deepEqual(done, [["attach", { jid: BOB.jid, about, payload: "attachments" }]]);
});

/** XEP-0470 §3.3: verified, or bad-request. */
for (const [what, request, expected] of [
  ["under the JID of somebody else", publish(EVE.jid, ATTACHED), "modify bad-request"],
  ["under a name", publish("current", ATTACHED), "modify bad-request"],
  ["of another kind", publish(BOB.jid, "<x xmlns='urn:x'/>"), "modify bad-request invalid-payload"],
  ["by another name", publish(BOB.jid, `<x xmlns="${ATTACHMENTS}"/>`), "modify bad-request"],
] as const) {
  test(`an attachment ${what} is refused: ${expected}`, async () => {
    const { ask, done } = bench(WORLD);
    assert.equal(await ask("set", request), expected);
    assert.deepEqual(done, []);
  });
}

test("publish-options are passed over, as XEP-0470 §3.2 says", async () => {
  const field = '<field var="pubsub#access_model"><value>presence</value></field>';
  const options = `<publish-options><x xmlns="jabber:x:data" type="submit">${field}</x></publish-options>`;
  assert.match(await bench(WORLD).ask("set", publish(BOB.jid, ATTACHED) + options), /<publish /);
});

for (const [what, id, expected] of [
  ["one's own", BOB.jid, ""],
  ["somebody else's", EVE.jid, "auth forbidden"],
] as const) {
  test(`taking back ${what} attachments ${expected === "" ? "is done" : "is not for us"}`, async () => {
    const { ask, done } = bench(WORLD);
    const request = `<retract node="${NODE}"><item id="${id}"/></retract>`;
    assert.equal(await ask("set", request), expected);
    const taken = [["attach", { jid: BOB.jid, about: POST, payload: null }]];
    assert.deepEqual(done, expected === "" ? taken : []);
  });
}

test("what was never attached cannot be taken back", async () => {
  const { ask } = bench(WORLD);
  const request = `<retract node="${NODE}"><item id="${EVE.jid}"/></retract>`;
  assert.equal(await ask("set", request, { asker: EVE.jid }), "cancel item-not-found");
});

test("a summary has an item for each item, also for those without attachments", async () => {
  const { ask } = bench(WORLD);
  const answer = await ask("get", items(`${SUMMARY}/${MICROBLOG}`));
  assert.deepEqual(
    [
      ...answer.matchAll(
        /<item id="([^"]*)" publisher="[^"]*"><summary [^>]*>(?:<noticed count="(\d)")?/g,
      ),
    ].map((m) => m.slice(1)),
    [
      [POST, "2"],
      [post(2).itemId, undefined],
    ],
  );
  assert.equal(
    await ask("set", publish(BOB.jid, ATTACHED, `${SUMMARY}/${MICROBLOG}`)),
    "auth forbidden",
  );
});

test("a summary is read twenty at a time", async () => {
  const posts = Array.from({ length: 60 }, (_, index) => post(60 - index));
  const { ask } = bench({ posts });
  const set = '<set xmlns="http://jabber.org/protocol/rsm"><max>50</max></set>';
  const answer = await ask("get", items(`${SUMMARY}/${MICROBLOG}`) + set);
  assert.equal(listOf(answer).length, 20);
  assert.match(answer, /<first index="0">/);
});

test("attachments of a limited post are as closed as it", async () => {
  const first = post(1);
  const limited = { ...first, activity: { ...first.activity, audience: "limited" as const } };
  const { service } = bench({ ...WORLD, posts: [limited] });
  const info = await service.info(ALICE_JID, NODE, BOB.jid);
  assert.deepEqual(info?.metaData["pubsub#access_model"], ["whitelist"]);
});
