/** What people's clients can do, as their presence and disco#info tell it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { capsOf, type InfoForm } from "../../../src/connector/caps.ts";
import { createClientCaps } from "../../../src/connector/client-caps.ts";
import { parseSender } from "../../../src/connector/stanza.ts";
import type { IqQuestion } from "../../../src/connector/stream-asking.ts";
import { DxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";

const NOTIFY = "urn:xmpp:microblog:0+notify";
const FORM: InfoForm = { formType: "urn:xmpp:dataforms:softwareinfo", fields: { os: ["Linux"] } };

interface Client {
  readonly features: readonly string[];
  readonly form?: InfoForm;
}

const CLIENTS: Readonly<Record<string, Client>> = {
  social: { features: ["a", NOTIFY] },
  plain: { features: ["a", "b"] },
  withForm: { features: [NOTIFY], form: FORM },
};

function verOf({ features, form }: Client): string {
  return capsOf([{ category: "client", type: "pc" }], features, form === undefined ? [] : [form]);
}

function capsOfClient(client: Client, attrs: object = {}): XmlElement {
  return el("c", {
    ...{ xmlns: "http://jabber.org/protocol/caps", hash: "sha-1" },
    ...{ node: "https://c.example", ver: verOf(client), ...attrs },
  });
}

function infoOf({ features, form }: Client): XmlElement {
  return el(
    "iq",
    { type: "result" },
    el(
      "query",
      { xmlns: "http://jabber.org/protocol/disco#info" },
      el("identity", { category: "client", type: "pc" }),
      features.map((feature) => el("feature", { var: feature })),
      form === undefined
        ? null
        : el(
            "x",
            { xmlns: "jabber:x:data", type: "result" },
            el("field", { var: "FORM_TYPE", type: "hidden" }, el("value", {}, form.formType)),
            Object.entries(form.fields).map(([name, values]) =>
              el(
                "field",
                { var: name },
                values.map((value) => el("value", {}, value)),
              ),
            ),
          ),
    ),
  );
}

function bench(answer?: (question: IqQuestion) => XmlElement | Promise<XmlElement>) {
  const asked: string[] = [];
  const noted: string[] = [];
  const caps = createClientCaps({
    stream: {
      request: (question) => {
        asked.push(`${question.to} ${question.payload.attrs["node"] ?? ""}`);
        if (answer !== undefined) return Promise.resolve().then(() => answer(question));
        const found = Object.values(CLIENTS).find(
          (client) => question.payload.attrs["node"] === `https://c.example#${verOf(client)}`,
        );
        if (found === undefined) return Promise.reject(new DxError("DX_IQ_TIMEOUT"));
        return Promise.resolve(infoOf(found));
      },
    },
    noteClient: (jid, asks) => {
      noted.push(`${jid} ${asks ? "feed" : "no feed"}`);
      return Promise.resolve();
    },
    isRegistered: (jid) => Promise.resolve(jid !== "eve@evil.example"),
    log: silentLog,
  });
  const come = async (full: string, client: Client | null, attrs: object = {}): Promise<void> => {
    const from = parseSender(full);
    assert.ok(from);
    const c = client === null ? null : capsOfClient(client, attrs);
    caps.seen({ from, stanza: el("presence", { from: full }, c) });
    await caps.idle();
  };
  const leave = async (full: string): Promise<void> => {
    const from = parseSender(full);
    assert.ok(from);
    caps.seen({ from, stanza: el("presence", { from: full, type: "unavailable" }) });
    await caps.idle();
  };
  return { caps, asked, noted, come, leave };
}

const { social, plain, withForm } = CLIENTS;
assert.ok(social && plain && withForm);

test("a client's version is asked once, whoever has it", async () => {
  const { asked, noted, come } = bench();
  await come("alice@example.org/a", social);
  await come("alice@example.org/a", social);
  await come("bob@example.org/b", social);
  assert.deepEqual(asked, [`alice@example.org/a https://c.example#${verOf(social)}`]);
  assert.deepEqual(noted, ["alice@example.org feed", "bob@example.org feed"]);
});

test("many of one version at once are one question", async () => {
  const { asked, come } = bench();
  await Promise.all(
    Array.from({ length: 50 }, (_, index) => come(`p${String(index)}@example.org/a`, plain)),
  );
  assert.equal(asked.length, 1);
});

test("one client that asks for feeds is enough, as long as it is there", async () => {
  const { noted, come, leave } = bench();
  await come("alice@example.org/chat", plain);
  await come("alice@example.org/social", social);
  await come("alice@example.org/other", plain);
  await leave("alice@example.org/social");
  await leave("alice@example.org/chat");
  await leave("alice@example.org/other");
  assert.deepEqual(noted, [
    "alice@example.org no feed",
    "alice@example.org feed",
    "alice@example.org no feed",
  ]);
});

test("what is said in forms is in the hash (XEP-0128)", async () => {
  const { noted, come } = bench();
  await come("alice@example.org/a", withForm);
  assert.deepEqual(noted, ["alice@example.org feed"]);
});

test("pitfall 9: an answer that is not what the hash is of is not believed, and poisons nobody", async () => {
  let lies = true;
  const { asked, noted, come } = bench(() => infoOf(lies ? social : plain));
  await come("alice@example.org/a", plain);
  assert.deepEqual(noted, []);
  lies = false;
  await come("bob@example.org/b", plain);
  assert.equal(asked.length, 2);
  assert.deepEqual(noted, ["bob@example.org no feed"]);
});

const SILENT: readonly (readonly [
  what: string,
  from: string,
  client: Client | null,
  attrs: object,
])[] = [
  ["without caps", "alice@example.org/a", null, {}],
  ["with another hash", "alice@example.org/a", social, { hash: "sha-256" }],
  ["with legacy caps", "alice@example.org/a", social, { hash: undefined, ver: "0.9" }],
  ["with a hash that is none", "alice@example.org/a", social, { ver: "x".repeat(28) }],
  ["of a bare JID", "alice@example.org", social, {}],
  ["of somebody who has not opted in", "eve@evil.example/a", social, {}],
];
for (const [what, from, client, attrs] of SILENT) {
  test(`of a presence ${what} nothing is asked`, async () => {
    const { asked, noted, come } = bench();
    await come(from, client, attrs);
    assert.deepEqual([asked, noted], [[], []]);
  });
}

test("a client that does not answer is no reason to change anything, and asked again", async () => {
  const { asked, noted, come } = bench(() => {
    throw new DxError("DX_IQ_TIMEOUT");
  });
  await come("alice@example.org/a", social);
  await come("alice@example.org/a", social);
  assert.equal(asked.length, 2);
  assert.deepEqual(noted, []);
});

test("pitfall 69: more resources than anybody has are not remembered", async () => {
  const { noted, come, leave } = bench();
  for (let number = 0; number < 100; number += 1) {
    await come(`alice@example.org/${String(number)}`, plain);
  }
  await come("alice@example.org/social", social);
  assert.deepEqual(noted, ["alice@example.org no feed"]);
  await leave("alice@example.org/0");
  await come("alice@example.org/social", social);
  assert.deepEqual(noted, ["alice@example.org no feed", "alice@example.org feed"]);
});

test("nobody waits for a client that takes its time", async () => {
  const { caps, noted } = bench(({ to }) =>
    to.startsWith("slow") ? new Promise<XmlElement>(() => undefined) : infoOf(plain),
  );
  for (const [full, client] of [
    ["slow@example.org/a", social],
    ["alice@example.org/a", plain],
  ] as const) {
    const from = parseSender(full);
    assert.ok(from);
    caps.seen({ from, stanza: el("presence", {}, capsOfClient(client)) });
  }
  while (noted.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(noted, ["alice@example.org no feed"]);
});
