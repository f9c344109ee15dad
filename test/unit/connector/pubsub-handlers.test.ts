import assert from "node:assert/strict";
import { test } from "node:test";
import { capsOf, type InfoForm } from "../../../src/connector/caps.ts";
import { createDisco, type Disco } from "../../../src/connector/disco.ts";
import type { AddresseeClass } from "../../../src/connector/handler.ts";
import { pubsubDisco, pubsubHandlers } from "../../../src/connector/pubsub-handlers.ts";
import { createRouter, type Router } from "../../../src/connector/router.ts";
import { silentLog } from "../../../src/log/log.ts";
import {
  child,
  childElements,
  childrenNamed,
  el,
  textOf,
  type XmlElement,
} from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { bench as nodesBench, comment, post, POST, BOB, type World } from "../pep/nodes/support.ts";

const DOMAIN = "dx.example.org";
const ALICE = `alice\\40pod.example@${DOMAIN}`;
const INFO = "http://jabber.org/protocol/disco#info";
const ITEMS = "http://jabber.org/protocol/disco#items";
const PUBSUB = "http://jabber.org/protocol/pubsub";
const MICROBLOG = "urn:xmpp:microblog:0";
const COMMENTS = `${MICROBLOG}:comments/${POST}`;
const CAPS_NODE = "https://diaspora-x.example";
const CONTACT: InfoForm = {
  formType: "http://jabber.org/network/serverinfo",
  fields: { "abuse-addresses": ["mailto:b@example.org", "mailto:a@example.org"] },
};

interface Bench {
  readonly router: Router;
  readonly sent: readonly XmlElement[];
  readonly done: readonly unknown[];
  readonly disco: Readonly<Record<"person" | "component", Disco>>;
  ask(type: "get" | "set", to: string, payload: string): Promise<XmlElement>;
}

function bench(world: World = {}): Bench {
  const { service, done } = nodesBench(world);
  const sent: XmlElement[] = [];
  const router = createRouter({
    domain: DOMAIN,
    log: silentLog,
    send: (stanza) => {
      sent.push(stanza);
      return Promise.resolve();
    },
  });
  const discoOf = (to: AddresseeClass, forms?: readonly InfoForm[]): Disco =>
    createDisco({
      to,
      identities: [{ category: "pubsub", type: to === "person" ? "pep" : "service" }],
      capsNode: CAPS_NODE,
      features: () => router.features(to),
      ...pubsubDisco(service),
      ...(forms === undefined ? {} : { forms: () => forms }),
    });
  const disco = { person: discoOf("person"), component: discoOf("component", [CONTACT]) };
  router.add([
    ...disco.person.handlers,
    ...disco.component.handlers,
    ...pubsubHandlers(service, "person"),
    ...pubsubHandlers(service, "component"),
  ]);
  return {
    router,
    sent,
    done,
    disco,
    ask: async (type, to, payload) => {
      sent.length = 0;
      const attrs = { type, id: "1", from: `${BOB.jid}/phone`, to };
      await router.handle(el("iq", attrs, readXml(payload)));
      const [answer] = sent;
      assert.ok(answer !== undefined && sent.length === 1);
      return answer;
    },
  };
}

const info = (node?: string): string => serialise(el("query", { xmlns: INFO, node }));
const items = (node?: string): string => serialise(el("query", { xmlns: ITEMS, node }));
const WORLD: World = { posts: [post(2), post(1)], replies: [comment(10, BOB, "c1")] };

function queryOf(answer: XmlElement): XmlElement {
  assert.equal(answer.attrs["type"], "result", serialise(answer));
  const [query] = childElements(answer);
  assert.ok(query !== undefined);
  return query;
}

function formOf(query: XmlElement): Record<string, string[]> {
  const fields = childrenNamed(child(query, "x") ?? el("x"), "field");
  return Object.fromEntries(
    fields.map((field) => [field.attrs["var"] ?? "", childrenNamed(field, "value").map(textOf)]),
  );
}

test("a read of a person's posts goes through the router and back, from the bare JID", async () => {
  const answer = await bench(WORLD).ask(
    "get",
    ALICE,
    `<pubsub xmlns="${PUBSUB}"><items node="${MICROBLOG}" max_items="1"/></pubsub>`,
  );
  assert.deepEqual([answer.attrs["from"], answer.attrs["to"]], [ALICE, `${BOB.jid}/phone`]);
  const [item] = childElements(childElements(queryOf(answer))[0] ?? el("x"));
  assert.equal(item?.attrs["id"], post(2).itemId);
});

for (const [what, to, ns, inner, condition, application] of [
  [
    "an owner's wish",
    ALICE,
    `${PUBSUB}#owner`,
    `<delete node="${MICROBLOG}"/>`,
    "feature-not-implemented",
    "unsupported",
  ],
  ["a publication without a node", DOMAIN, PUBSUB, "<publish/>", "bad-request", "nodeid-required"],
] as const) {
  test(`${what} is answered with the condition of XEP-0060 behind that of XMPP`, async () => {
    const answer = await bench(WORLD).ask("set", to, `<pubsub xmlns="${ns}">${inner}</pubsub>`);
    const parts = childElements(child(answer, "error") ?? el("x"));
    assert.deepEqual(
      parts.map(({ local }) => local),
      [condition, "text", application],
    );
    assert.equal(parts[2]?.ns, `${PUBSUB}#errors`);
  });
}

test("what a person is says what the service does, and no more", async () => {
  const query = queryOf(await bench(WORLD).ask("get", ALICE, info()));
  const features = childrenNamed(query, "feature").map(({ attrs }) => attrs["var"] ?? "");
  for (const wanted of [
    PUBSUB,
    `${PUBSUB}#rsm`,
    `${PUBSUB}#retrieve-items`,
    "http://jabber.org/protocol/rsm",
    "urn:xmpp:order-by:1",
    `urn:xmpp:order-by:1@${PUBSUB}`,
    "urn:xmpp:pubsub-attachments:1",
  ]) {
    assert.ok(features.includes(wanted), wanted);
  }
  for (const unknown of ["create-nodes", "config-node", "last-published", "subscription-options"]) {
    assert.ok(!features.includes(`${PUBSUB}#${unknown}`), unknown);
  }
});

for (const to of ["person", "component"] as const) {
  test(`pitfall 9: the ver of a ${to} is that of the very answer, with its forms, under node#ver too`, async () => {
    const { ask, disco } = bench(WORLD);
    const address = to === "person" ? ALICE : DOMAIN;
    const caps = disco[to].caps();
    const answer = queryOf(await ask("get", address, info()));
    const { FORM_TYPE = [], ...fields } = formOf(answer);
    const ver = capsOf(
      childrenNamed(answer, "identity").map(({ attrs }) => ({
        category: attrs["category"] ?? "",
        type: attrs["type"] ?? "",
      })),
      childrenNamed(answer, "feature").map(({ attrs }) => attrs["var"] ?? ""),
      FORM_TYPE.map((formType) => ({ formType, fields })),
    );
    assert.deepEqual(caps.attrs, {
      xmlns: "http://jabber.org/protocol/caps",
      hash: "sha-1",
      node: CAPS_NODE,
      ver,
    });
    const again = queryOf(await ask("get", address, info(`${CAPS_NODE}#${ver}`)));
    assert.deepEqual(again.children, answer.children);
  });
}

test("pitfall 10: all virtual people answer alike, whatever they have", async () => {
  const { ask } = bench(WORLD);
  const alice = queryOf(await ask("get", ALICE, info()));
  const carol = queryOf(await ask("get", `carol\\40other.example@${DOMAIN}`, info()));
  assert.deepEqual(alice.children, carol.children);
});

test("a node is a leaf with meta-data", async () => {
  const { ask } = bench(WORLD);
  const posts = queryOf(await ask("get", ALICE, info(MICROBLOG)));
  assert.deepEqual(child(posts, "identity")?.attrs, {
    category: "pubsub",
    type: "leaf",
    name: "Posts of alice@pod.example",
  });
  assert.deepEqual(formOf(posts), {
    FORM_TYPE: [`${PUBSUB}#meta-data`],
    "pubsub#title": ["Posts of alice@pod.example"],
    "pubsub#type": ["http://www.w3.org/2005/Atom"],
    "pubsub#access_model": ["open"],
    "pubsub#publish_model": ["publishers"],
    "pubsub#max_items": ["max"],
    "pubsub#owner": [ALICE],
  });
  const comments = formOf(queryOf(await ask("get", DOMAIN, info(COMMENTS))));
  assert.deepEqual(comments["pubsub#publish_model"], ["open"]);
});

test("the comments of a limited post are a whitelist for its readers, and nothing for others", async () => {
  const above = { author: BOB, audience: "limited" as const };
  const open = bench({ ...WORLD, above, readers: [BOB.jid] });
  const form = formOf(queryOf(await open.ask("get", DOMAIN, info(COMMENTS))));
  assert.deepEqual(form["pubsub#access_model"], ["whitelist"]);
  const closed = await bench({ ...WORLD, above, readers: [] }).ask("get", DOMAIN, info(COMMENTS));
  const unknown = await bench().ask("get", DOMAIN, info(`${MICROBLOG}:comments/${post(9).itemId}`));
  assert.equal(serialise(closed), serialise(unknown));
  assert.equal(child(closed, "error")?.attrs["type"], "cancel");
});

test("a person's nodes are listed, and a node's items by their names alone", async () => {
  const { ask } = bench(WORLD);
  const nodes = childElements(queryOf(await ask("get", ALICE, items())));
  assert.deepEqual(nodes[0]?.attrs, {
    jid: ALICE,
    node: MICROBLOG,
    name: "Posts of alice@pod.example",
  });
  const names = childElements(queryOf(await ask("get", ALICE, items(MICROBLOG))));
  assert.deepEqual(
    names.map(({ attrs }) => attrs),
    [post(2), post(1)].map(({ itemId }) => ({ jid: ALICE, name: itemId })),
  );
  assert.deepEqual(childElements(queryOf(await ask("get", DOMAIN, items()))), []);
});

for (const ask of [info, items]) {
  test(`an unknown node has no ${ask === info ? "facts" : "items"}`, async () => {
    const answer = await bench(WORLD).ask("get", ALICE, ask("urn:xmpp:movim-banner:0"));
    assert.notEqual(child(child(answer, "error"), "item-not-found"), undefined);
  });
}

test("pitfall 42: one virtual person does not follow another", async () => {
  const { router, sent, done } = bench(WORLD);
  const payload = readXml(
    `<pubsub xmlns="${PUBSUB}"><subscribe node="${MICROBLOG}" jid="${ALICE}"/></pubsub>`,
  );
  const from = `carol\\40pod.example@${DOMAIN}`;
  await router.handle(el("iq", { type: "set", id: "1", from, to: ALICE }, payload));
  assert.deepEqual([sent, done], [[], []]);
});
