import assert from "node:assert/strict";
import { test } from "node:test";
import { listOf } from "../pubsub/support.ts";
import {
  ALICE,
  ALICE_JID,
  ATOM,
  bench,
  BOB,
  CAROL,
  comment,
  COMPONENT,
  EVE,
  like,
  post,
  POST,
  refuse,
} from "./support.ts";

const MICROBLOG = "urn:xmpp:microblog:0";
const COMMENTS = `${MICROBLOG}:comments/${POST}`;
const HOSTED = `/user/${EVE.jid}/posts`;
const OWNER = "http://jabber.org/protocol/pubsub#owner";
const items = (node: string): string => `<items node="${node}"/>`;
const AT_COMPONENT = { service: COMPONENT };

test("RFC 4685 §4: the link to the comments says how many there are, where that is known", async () => {
  for (const [comments, expected] of [
    [undefined, undefined],
    [0, "0"],
    [12, "12"],
  ] as const) {
    const seen = comments === undefined ? post(1) : { ...post(1), comments };
    const answer = await bench({ posts: [seen] }).ask("get", items(MICROBLOG));
    assert.equal(/ rel="replies"[^>]* thr:count="(\d+)"/.exec(answer)?.[1], expected);
    assert.match(answer, / rel="replies"/);
  }
});

test("a virtual person's posts are items of their own, published by them", async () => {
  const { ask } = bench({ posts: [post(2), post(1)] });
  const answer = await ask("get", items(MICROBLOG));
  assert.deepEqual(listOf(answer), [post(1).itemId, post(2).itemId]);
  assert.match(
    answer,
    new RegExp(`<item id="${POST}" publisher="alice\\\\40pod.example@dx.example.org">`),
  );
});

test("what was said below a post is on the component, each item published by who said it", async () => {
  const replies = [like(12, BOB), comment(11, CAROL), comment(10, BOB, "my own name")];
  const answer = await bench({ replies }).ask("get", items(COMMENTS), AT_COMPONENT);
  assert.deepEqual(
    [...answer.matchAll(/<item id="([^"]*)" publisher="([^"]*)"/g)].map(([, id, by]) => [id, by]),
    [
      ["my own name", BOB.jid],
      [comment(11, CAROL).itemId, "carol\\40pod.example@dx.example.org"],
      [like(12, BOB).itemId, BOB.jid],
    ],
  );
});

test("posts that a person's own server cannot hold are on the component, by buddycloud's name", async () => {
  const { ask } = bench({ hosted: [post(5, EVE)] });
  const answer = await ask("get", items(HOSTED), AT_COMPONENT);
  assert.match(answer, new RegExp(`<item id="${post(5).itemId}" publisher="${EVE.jid}">`));
  assert.match(answer, new RegExp(`<uri>xmpp:${EVE.jid}</uri>`));
});

/** Neither what is not there, nor what is not for Bob, nor what is somewhere else. */
for (const [what, node, service] of [
  ["posts of somebody unknown", MICROBLOG, "dave\\40pod.example@dx.example.org"],
  ["posts of the component", MICROBLOG, COMPONENT],
  ["posts of an address that is nobody's", MICROBLOG, "nobody@dx.example.org"],
  ["comments of an unknown post", `${MICROBLOG}:comments/${comment(77, BOB).itemId}`, COMPONENT],
  ["comments of what is no GUID", `${MICROBLOG}:comments/1`, COMPONENT],
  ["comments at a person", COMMENTS, ALICE_JID],
  ["comments of a limited post", COMMENTS, COMPONENT],
  ["hosted posts of nobody", "/user/dave@example.org/posts", COMPONENT],
  ["hosted posts of a virtual person", `/user/${ALICE_JID}/posts`, COMPONENT],
  ["hosted posts of a domain", "/user/example.org/posts", COMPONENT],
  ["hosted posts at a person", HOSTED, ALICE_JID],
  ["a vcard of somebody without one", "urn:xmpp:vcard4", ALICE_JID],
  ["a vcard of the component", "urn:xmpp:vcard4", COMPONENT],
  ["Movim's banner", "urn:xmpp:movim-banner:0", ALICE_JID],
  ["a place under another name", "geo/current", ALICE_JID],
  ["somebody else's place", `/user/${BOB.jid}/geo/current`, ALICE_JID],
  ["a name of JavaScript's", "constructor", ALICE_JID],
] as const) {
  test(`there are no ${what}, and it is said in the same words`, async () => {
    const { ask } = bench({
      replies: [comment(10, BOB)],
      readers: [EVE.jid],
      posts: [],
      hosted: [],
    });
    const from = { service: service as typeof COMPONENT };
    assert.equal(await ask("get", items(node), from), "cancel item-not-found");
  });
}

test("following by pubsub is a subscription to the node, at the person or at the component", async () => {
  const { ask, done } = bench({ posts: [], replies: [] });
  const subscribe = (node: string) => `<subscribe node="${node}" jid="${BOB.jid}"/>`;
  assert.match(await ask("set", subscribe(MICROBLOG)), /subscription="subscribed"/);
  assert.match(await ask("set", subscribe(COMMENTS), AT_COMPONENT), /subscription="subscribed"/);
  assert.match(await ask("set", subscribe(HOSTED), AT_COMPONENT), /subscription="subscribed"/);
  assert.equal(await ask("set", `<unsubscribe node="${MICROBLOG}" jid="${BOB.jid}"/>`), "");
  assert.deepEqual(done, [
    ["subscribe", BOB.jid, { type: "posts", person: ALICE.diasporaId }],
    ["subscribe", BOB.jid, { type: "comments", post: POST }],
    ["subscribe", BOB.jid, { type: "hosted", owner: EVE.jid }],
    ["unsubscribe", BOB.jid, { type: "posts", person: ALICE.diasporaId }],
  ]);
});

test("subscriptions are listed by the names of their nodes", async () => {
  const { ask } = bench();
  const atComponent = await ask("get", "<subscriptions/>", AT_COMPONENT);
  assert.deepEqual(
    [...atComponent.matchAll(/<subscription node="([^"]*)"/g)].map(([, node]) => node),
    [COMMENTS, HOSTED],
  );
  assert.match(
    await ask("get", "<subscriptions/>"),
    new RegExp(`<subscription node="${MICROBLOG}"`),
  );
});

test("whoever was not subscribed is told so, whatever else is wrong is passed on", async () => {
  const unsubscribe = `<unsubscribe node="${MICROBLOG}" jid="${BOB.jid}"/>`;
  const none = bench({ ports: { unsubscribe: refuse("DX_ITEM_NOT_FOUND") } });
  assert.equal(await none.ask("set", unsubscribe), "cancel unexpected-request not-subscribed");
  const broken = bench({ ports: { unsubscribe: refuse("DX_INTERNAL") } });
  assert.equal(await broken.ask("set", unsubscribe), "cancel internal-server-error");
});

test("only those are listed as subscribers who let it be seen", async () => {
  const answer = await bench().ask("get", `<subscriptions node="${MICROBLOG}"/>`, { ns: OWNER });
  assert.match(answer, new RegExp(`<subscription jid="${EVE.jid}" subscription="subscribed"/>`));
});

const entry = (id: string): string => `<item id="${id}"><entry xmlns="${ATOM}"/></item>`;
const publish = (node: string, item: string): string => `<publish node="${node}">${item}</publish>`;
const retract = (node: string, id: string): string =>
  `<retract node="${node}" notify="true"><item id="${id}"/></retract>`;

test("a comment is from whoever sent it", async () => {
  const { ask, done } = bench({ replies: [] });
  const answer = await ask("set", publish(COMMENTS, entry("c1")), AT_COMPONENT);
  assert.match(answer, /<item id="c1"\/>/);
  assert.deepEqual(done, [
    ["comment", { jid: BOB.jid, post: POST, itemId: "c1", payload: "entry" }],
  ]);
});

for (const [what, code, expected] of [
  ["somebody who is not registered", "DX_NOT_REGISTERED", "auth registration-required"],
  [
    "pitfall 25: somebody who takes the name of another's comment",
    "DX_FORBIDDEN",
    "auth forbidden",
  ],
  ["somebody under a post that is gone", "DX_ITEM_NOT_FOUND", "cancel item-not-found"],
] as const) {
  test(`a comment of ${what} is refused: ${expected}`, async () => {
    const { ask } = bench({ replies: [], ports: { comment: refuse(code) } });
    assert.equal(await ask("set", publish(COMMENTS, entry("c1")), AT_COMPONENT), expected);
  });
}

test("nobody comments on a post that they cannot see", async () => {
  const { ask, done } = bench({ replies: [], readers: [] });
  assert.equal(
    await ask("set", publish(COMMENTS, entry("c1")), AT_COMPONENT),
    "cancel item-not-found",
  );
  assert.deepEqual(done, []);
});

test("nobody publishes as a virtual person", async () => {
  const { ask, done } = bench({ posts: [post(1)] });
  assert.equal(await ask("set", publish(MICROBLOG, entry("1"))), "auth forbidden");
  assert.equal(await ask("set", retract(MICROBLOG, POST)), "auth forbidden");
  assert.equal(await ask("set", publish("urn:xmpp:vcard4", entry("1"))), "auth forbidden");
  assert.deepEqual(done, []);
});

const REPLIES = [
  like(13, BOB),
  comment(12, EVE, "eves"),
  comment(11, CAROL),
  comment(10, BOB, "bobs"),
];
const guidOf = (number: number): string => comment(number, BOB).itemId;

for (const [what, asker, author, item, expected, done] of [
  ["one's own comment", BOB, ALICE, "bobs", "", [["retract", { jid: BOB.jid, guid: guidOf(10) }]]],
  [
    "one's own like",
    BOB,
    ALICE,
    guidOf(13),
    "",
    [["unlike", { jid: BOB.jid, about: POST, itemId: guidOf(13) }]],
  ],
  [
    "a comment below one's own post",
    BOB,
    BOB,
    "eves",
    "",
    [["retract", { jid: BOB.jid, guid: guidOf(12) }]],
  ],
  [
    "a like below one's own post",
    EVE,
    EVE,
    guidOf(13),
    "",
    [["retract", { jid: EVE.jid, guid: guidOf(13) }]],
  ],
  ["pitfall 47: a comment of somebody else", BOB, ALICE, "eves", "auth forbidden", []],
  ["a comment of a remote person", BOB, ALICE, guidOf(11), "auth forbidden", []],
  ["what is not there", BOB, ALICE, "gone", "cancel item-not-found", []],
] as const) {
  test(`retracting ${what} ${expected === "" ? "is done" : `is answered ${expected}`}`, async () => {
    const world = { replies: REPLIES, above: { author, audience: "public" as const } };
    const { ask, done: seen } = bench(world);
    const from = { ...AT_COMPONENT, asker: asker.jid };
    assert.equal(await ask("set", retract(COMMENTS, item), from), expected);
    assert.deepEqual(seen, done);
  });
}

test("the owner of hosted posts takes one back, others do not", async () => {
  const { ask, done } = bench({ hosted: [post(5, EVE)] });
  const id = post(5).itemId;
  assert.equal(await ask("set", retract(HOSTED, id), AT_COMPONENT), "auth forbidden");
  const asEve = { ...AT_COMPONENT, asker: EVE.jid };
  assert.equal(await ask("set", retract(HOSTED, id), asEve), "");
  assert.equal(await ask("set", retract(HOSTED, "gone"), asEve), "cancel item-not-found");
  assert.deepEqual(done, [["retract", { jid: EVE.jid, guid: id }]]);
  assert.match(
    await ask("get", `<affiliations node="${HOSTED}"/>`, asEve),
    new RegExp(`node="${HOSTED}" affiliation="owner"`),
  );
});
