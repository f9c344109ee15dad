import assert from "node:assert/strict";
import { test } from "node:test";
import { DxError } from "../../../../src/errors/error.ts";
import type { PubsubNode } from "../../../../src/pep/pubsub/node.ts";
import { bench, BOB, NODE, NS_OWNER, type BenchOptions } from "./support.ts";

const ITEM = '<item id="1"><entry xmlns="urn:e">words</entry></item>';
const publish = (inner: string, beside = ""): string =>
  `<publish node="${NODE}">${inner}</publish>${beside}`;
const retract = (inner: string, attrs = ""): string =>
  `<retract node="${NODE}"${attrs}>${inner}</retract>`;

const X = 'xmlns="jabber:x:data"';
const OPTIONS = "http://jabber.org/protocol/pubsub#publish-options";
function options(fields: Readonly<Record<string, string>>, formType = OPTIONS): string {
  const all = Object.entries({ FORM_TYPE: formType, ...fields }).map(
    ([name, value]) => `<field var="${name}"><value>${value}</value></field>`,
  );
  return `<publish-options><x ${X} type="submit">${all.join("")}</x></publish-options>`;
}

/** What Bob sends in an IQ set, what he is answered, and what was done to the node. */
const DONE = [
  [
    "subscribes himself, to whatever resource",
    `<subscribe node="${NODE}" jid="Bob@example.org/phone"/>`,
    `<pubsub><subscription node="${NODE}" jid="${BOB}" subscription="subscribed"/></pubsub>`,
    [["subscribe"]],
  ],
  [
    "unsubscribes himself, with a subid of his own",
    `<unsubscribe node="${NODE}" jid="${BOB}" subid="x"/>`,
    "",
    [["unsubscribe"]],
  ],
  [
    "publishes an item",
    publish(ITEM),
    `<pubsub><publish node="${NODE}"><item id="1"/></publish></pubsub>`,
    [["publish", "1", '<entry xmlns="urn:e">words</entry>']],
  ],
  [
    "publishes an item without a name",
    publish('<item><entry xmlns="urn:e"/></item>'),
    `<pubsub><publish node="${NODE}"><item id="made-here"/></publish></pubsub>`,
    [["publish", "made-here", '<entry xmlns="urn:e"/>']],
  ],
  [
    "publishes with options that are met, in either spelling of a boolean",
    publish(
      ITEM,
      options({
        "pubsub#access_model": "open",
        "pubsub#persist_items": "1",
        "pubsub#notify_retract": "true",
        "pubsub#max_items": "max",
        "pubsub#itemreply": "publisher",
      }),
    ),
    `<pubsub><publish node="${NODE}"><item id="1"/></publish></pubsub>`,
    [["publish", "1", '<entry xmlns="urn:e">words</entry>']],
  ],
  ["retracts an item", retract('<item id="1"/>'), "", [["retract", "1", false]]],
  [
    "retracts an item so that others hear of it",
    retract('<item id="1"/>', ' notify="1"'),
    "",
    [["retract", "1", true]],
  ],
] as const;

for (const [what, request, expected, done] of DONE) {
  test(`Bob ${what}`, async () => {
    const { ask, done: seen } = bench();
    assert.equal(await ask("set", request), expected);
    assert.deepEqual(seen, done);
  });
}

const without = (...names: readonly (keyof PubsubNode)[]): BenchOptions => ({
  node: Object.fromEntries(names.map((name) => [name, undefined])),
});

/** XEP-0060's own error for each. */
const REFUSED = [
  // §6.1.3, §6.2.3.
  [
    "subscribe somebody else",
    `<subscribe node="${NODE}" jid="eve@example.org"/>`,
    "modify bad-request invalid-jid",
  ],
  [
    "subscribe a name that begins alike",
    `<subscribe node="${NODE}" jid="${BOB}.evil.example"/>`,
    "modify bad-request invalid-jid",
  ],
  ["subscribe nobody", `<subscribe node="${NODE}"/>`, "modify bad-request invalid-jid"],
  ["subscribe to no node", `<subscribe jid="${BOB}"/>`, "modify bad-request nodeid-required"],
  [
    "subscribe to an unknown node",
    `<subscribe node="urn:x" jid="${BOB}"/>`,
    "cancel item-not-found",
  ],
  [
    "subscribe with options",
    `<subscribe node="${NODE}" jid="${BOB}"/><options node="${NODE}" jid="${BOB}"/>`,
    "cancel feature-not-implemented unsupported:subscription-options",
  ],
  [
    "unsubscribe somebody else",
    `<unsubscribe node="${NODE}" jid="eve@example.org"/>`,
    "auth forbidden",
  ],
  ["unsubscribe nobody", `<unsubscribe node="${NODE}"/>`, "modify bad-request invalid-jid"],
  // §7.1.3.
  ["publish nothing", publish(""), "modify bad-request item-required"],
  ["publish two items", publish(ITEM + ITEM), "cancel not-allowed max-items-exceeded"],
  ["publish an empty item", publish('<item id="1"/>'), "modify bad-request payload-required"],
  [
    "publish an item of two",
    publish('<item id="1"><entry xmlns="urn:e"/><entry xmlns="urn:e"/></item>'),
    "modify bad-request invalid-payload",
  ],
  [
    "publish something else",
    publish('<item id="1"><entry xmlns="urn:other"/></item>'),
    "modify bad-request invalid-payload",
  ],
  [
    "publish what is too big",
    publish(`<item id="1"><entry xmlns="urn:e">${"x".repeat(1_000)}</entry></item>`),
    "modify not-acceptable payload-too-big",
  ],
  [
    "publish what is too deep",
    publish(
      `<item id="1"><entry xmlns="urn:e">${"<a>".repeat(5)}${"</a>".repeat(5)}</entry></item>`,
    ),
    "modify bad-request invalid-payload",
  ],
  [
    "publish under a name without end",
    publish(`<item id="${"x".repeat(1_024)}"><entry xmlns="urn:e"/></item>`),
    "modify bad-request",
  ],
  ["publish to an unknown node", '<publish node="urn:x"/>', "cancel item-not-found"],
  // §7.1.5.
  [
    "publish on a condition that is not met",
    publish(ITEM, options({ "pubsub#access_model": "presence" })),
    "cancel conflict precondition-not-met",
  ],
  [
    "publish on a condition that nobody knows",
    publish(ITEM, options({ "pubsub#colour": "blue" })),
    "cancel conflict precondition-not-met",
  ],
  [
    "publish with a form of another kind",
    publish(ITEM, options({}, "urn:x")),
    "cancel conflict precondition-not-met",
  ],
  [
    "publish with options without a form",
    publish(ITEM, "<publish-options/>"),
    "modify bad-request",
  ],
  // §7.2.3.
  ["retract nothing", retract(""), "modify bad-request item-required"],
  ["retract an item without a name", retract("<item/>"), "modify bad-request item-required"],
  [
    "retract two items",
    retract('<item id="1"/><item id="2"/>'),
    "cancel not-allowed max-items-exceeded",
  ],
  [
    "retract from no node",
    '<retract><item id="1"/></retract>',
    "modify bad-request nodeid-required",
  ],
  // §6.3, §8.1; XEP-0470 §3.3.
  [
    "set options of a subscription",
    `<options node="${NODE}" jid="${BOB}"/>`,
    "cancel feature-not-implemented unsupported:subscription-options",
  ],
  [
    "create a node",
    `<create node="urn:x"/><configure/>`,
    "cancel feature-not-implemented unsupported:create-nodes",
  ],
  [
    "create a node without a name",
    "<create/>",
    "cancel feature-not-implemented unsupported:create-nodes",
  ],
  [
    "create a node of attachments",
    '<create node="urn:xmpp:pubsub-attachments:1/xmpp:a@b"/>',
    "cancel not-allowed",
  ],
  ["do nothing", "", "modify bad-request"],
  ["do what nobody knows", "<frobnicate/>", "modify bad-request"],
  ["do something of another namespace", '<publish xmlns="urn:x"/>', "modify bad-request"],
] as const;

for (const [what, request, expected] of REFUSED) {
  test(`whoever wants to ${what} is told ${expected}`, async () => {
    const { ask, done } = bench();
    assert.equal(await ask("set", request), expected);
    assert.deepEqual(done, []);
  });
}

const CLOSED = [
  [
    "subscribe",
    `<subscribe node="${NODE}" jid="${BOB}"/>`,
    "cancel feature-not-implemented unsupported:subscribe",
  ],
  [
    "unsubscribe",
    `<unsubscribe node="${NODE}" jid="${BOB}"/>`,
    "cancel unexpected-request not-subscribed",
  ],
  ["publish", publish(ITEM), "auth forbidden"],
  ["retract", retract('<item id="1"/>'), "auth forbidden"],
] as const;

for (const [method, request, expected] of CLOSED) {
  test(`where one may not ${method} the answer is ${expected}`, async () => {
    assert.equal(await bench(without(method)).ask("set", request), expected);
  });
}

test("what the node says is what the asker hears", async () => {
  const publishing = () => Promise.reject(new DxError("DX_NOT_REGISTERED"));
  const { ask } = bench({ node: { publish: publishing } });
  assert.equal(await ask("set", publish(ITEM)), "auth registration-required");
});

/** What Bob asks in an IQ get. */
const TOLD = [
  [
    "his subscriptions at the service",
    "<subscriptions/>",
    `<pubsub><subscriptions><subscription node="${NODE}" jid="${BOB}" subscription="subscribed"/><subscription node="other" jid="${BOB}" subscription="subscribed"/></subscriptions></pubsub>`,
  ],
  [
    "his subscriptions at a node",
    `<subscriptions node="${NODE}"/>`,
    `<pubsub><subscriptions node="${NODE}"><subscription node="${NODE}" jid="${BOB}" subscription="subscribed"/></subscriptions></pubsub>`,
  ],
  [
    "his subscriptions at an unknown node",
    '<subscriptions node="urn:x"/>',
    "cancel item-not-found",
  ],
  ["his affiliations", "<affiliations/>", "<pubsub><affiliations/></pubsub>"],
  [
    "his affiliation with a node",
    `<affiliations node="${NODE}"/>`,
    `<pubsub><affiliations node="${NODE}"/></pubsub>`,
  ],
  [
    "options of a subscription",
    `<options node="${NODE}" jid="${BOB}"/>`,
    "cancel feature-not-implemented unsupported:subscription-options",
  ],
  [
    "default options",
    "<default/>",
    "cancel feature-not-implemented unsupported:retrieve-default-sub",
  ],
  ["to publish", publish(ITEM), "modify bad-request"],
  ["nothing", "", "modify bad-request"],
] as const;

for (const [what, request, expected] of TOLD) {
  test(`Bob asks for ${what}`, async () => {
    assert.equal(await bench().ask("get", request), expected);
  });
}

test("an owner is told so, and who is not subscribed too", async () => {
  const { ask } = bench({
    node: { affiliation: "owner", isSubscribed: () => Promise.resolve(false) },
    nodes: { subscriptions: () => Promise.resolve([]) },
  });
  assert.match(
    await ask("get", `<affiliations node="${NODE}"/>`),
    new RegExp(`<affiliation node="${NODE}" affiliation="owner"/>`),
  );
  assert.equal(
    await ask("get", `<subscriptions node="${NODE}"/>`),
    `<pubsub><subscriptions node="${NODE}"/></pubsub>`,
  );
  assert.equal(await ask("get", "<subscriptions/>"), "<pubsub><subscriptions/></pubsub>");
});

/** §8, in the namespace of owners. */
const OWNER = [
  [
    "get",
    "configuration",
    `<configure node="${NODE}"/>`,
    "cancel feature-not-implemented unsupported:config-node",
  ],
  [
    "set",
    "a configuration",
    `<configure node="${NODE}"><x ${X} type="submit"/></configure>`,
    "cancel feature-not-implemented unsupported:config-node",
  ],
  [
    "get",
    "the default configuration",
    "<default/>",
    "cancel feature-not-implemented unsupported:retrieve-default",
  ],
  [
    "set",
    "a node deleted",
    `<delete node="${NODE}"/>`,
    "cancel feature-not-implemented unsupported:delete-nodes",
  ],
  [
    "set",
    "a node emptied",
    `<purge node="${NODE}"/>`,
    "cancel feature-not-implemented unsupported:purge-nodes",
  ],
  [
    "get",
    "affiliations",
    `<affiliations node="${NODE}"/>`,
    "cancel feature-not-implemented unsupported:modify-affiliations",
  ],
  [
    "set",
    "affiliations",
    `<affiliations node="${NODE}"/>`,
    "cancel feature-not-implemented unsupported:modify-affiliations",
  ],
  [
    "get",
    "subscribers of a node that shows none",
    `<subscriptions node="${NODE}"/>`,
    "cancel feature-not-implemented unsupported:manage-subscriptions",
  ],
  ["get", "an unknown node", '<configure node="urn:x"/>', "cancel item-not-found"],
  ["set", "no node", "<purge/>", "modify bad-request nodeid-required"],
  ["set", "nothing", "", "modify bad-request"],
  ["get", "what nobody knows", `<frobnicate node="${NODE}"/>`, "modify bad-request"],
] as const;

for (const [type, what, request, expected] of OWNER) {
  test(`an owner's ${type} for ${what} is answered ${expected}`, async () => {
    assert.equal(await bench().ask(type, request, NS_OWNER), expected);
  });
}

test("subscribers are shown, those who let it be seen, and not changed", async () => {
  const { ask } = bench({ node: { subscribers: () => Promise.resolve([BOB]) } });
  const request = `<subscriptions node="${NODE}"/>`;
  assert.equal(
    await ask("get", request, NS_OWNER),
    `<pubsub><subscriptions node="${NODE}"><subscription jid="${BOB}" subscription="subscribed"/></subscriptions></pubsub>`,
  );
  assert.equal(await ask("set", request, NS_OWNER), "auth forbidden");
});
