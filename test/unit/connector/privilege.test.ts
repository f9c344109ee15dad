/** XEP-0356: what servers advertise, and what they then do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createPrivilege, type Privilege } from "../../../src/connector/privilege.ts";
import { createRouter } from "../../../src/connector/router.ts";
import type { IqQuestion } from "../../../src/connector/stream-asking.ts";
import { testReach } from "../../../src/connector/self-test.ts";
import { DxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import { child, childElements, childText, el, type XmlElement } from "../../../src/xml/element.ts";
import { jid } from "../../support/fixtures.ts";

const DOMAIN = "dx.example.org";
const BOB = jid("bob@example.org");
const PUBSUB = "http://jabber.org/protocol/pubsub";
const OWNER = `${PUBSUB}#owner`;
const ITEM = { id: "1", payload: el("entry", { xmlns: "http://www.w3.org/2005/Atom" }) };

const namespace = (ns: string, type: string, ...inside: XmlElement[]): XmlElement =>
  el("namespace", { ns, type }, ...inside);
const advert = (version: number, ...inside: XmlElement[]): XmlElement =>
  el(
    "message",
    { from: "example.org", to: DOMAIN },
    el("privilege", { xmlns: `urn:xmpp:privilege:${String(version)}` }, ...inside),
  );
const perm = (...inside: XmlElement[]): XmlElement => el("perm", { access: "iq" }, ...inside);
const roster = el("perm", { access: "roster", type: "both" });

interface Bench {
  readonly privilege: Privilege;
  readonly asked: IqQuestion[];
  readonly dropped: string[];
  hear(stanza: XmlElement): Promise<void>;
}

function bench(answer: (question: IqQuestion) => XmlElement | DxError = wrapped): Bench {
  const asked: IqQuestion[] = [];
  const dropped: string[] = [];
  const privilege = createPrivilege({
    log: silentLog,
    dropped: (reason) => dropped.push(reason),
    serves: (domain) => domain === "example.org",
    stream: {
      domain: DOMAIN,
      request: (question) => {
        asked.push(question);
        const said = answer(question);
        return said instanceof DxError ? Promise.reject(said) : Promise.resolve(said);
      },
    },
  });
  const router = createRouter({ domain: DOMAIN, log: silentLog, send: () => Promise.resolve() });
  router.add(privilege.handlers);
  return { privilege, asked, dropped, hear: router.handle };
}

/** The answer of §5.2, with the person's own answer inside. */
function wrapped({ payload }: IqQuestion, type = "result"): XmlElement {
  const inner = el("iq", { xmlns: "jabber:client", type, from: BOB, to: BOB });
  const forwarded = el("forwarded", { xmlns: "urn:xmpp:forward:0" }, inner);
  return el("iq", { type: "result" }, el("privilege", { xmlns: payload.ns }, forwarded));
}

for (const [what, said, publishes] of [
  [
    "Prosody with two namespaces (pitfall 17: one inside the other)",
    advert(2, perm(namespace(PUBSUB, "both", namespace(OWNER, "both")))),
    "done",
  ],
  ["ejabberd 24.10", advert(2, perm(namespace(PUBSUB, "both"))), "done"],
  ["an older ejabberd", advert(1, roster), "not-possible"],
  ["a server that lets us only read", advert(2, perm(namespace(PUBSUB, "get"))), "not-possible"],
  [
    "a server that wraps everything once more",
    advert(2, el("x", {}, perm(namespace(PUBSUB, "set")))),
    "done",
  ],
] as const) {
  test(`pitfall 17: what ${what} advertises`, async () => {
    const { privilege, hear, asked } = bench();
    await hear(said);
    assert.equal(await privilege.publishAs(BOB, "urn:xmpp:microblog:0", ITEM), publishes);
    assert.equal(asked.length, publishes === "done" ? 1 : 0);
  });
}

test("the person's own IQ stands inside, addressed to their own account", async () => {
  const { privilege, hear, asked } = bench();
  await hear(advert(2, perm(namespace(PUBSUB, "set"))));
  await privilege.publishAs(BOB, "urn:xmpp:microblog:0", ITEM);
  const [question] = asked;
  assert.ok(question !== undefined);
  assert.deepEqual([question.type, question.to], ["set", BOB]);
  assert.equal(question.payload.ns, "urn:xmpp:privilege:2");
  const inner = child(question.payload, "iq", "jabber:client");
  assert.deepEqual([inner?.attrs["type"], inner?.attrs["to"]], ["set", BOB]);
  const publish = child(child(inner, "pubsub", PUBSUB), "publish");
  assert.equal(publish?.attrs["node"], "urn:xmpp:microblog:0");
  assert.equal(childElements(child(publish, "item") ?? el("x"))[0]?.local, "entry");
});

test("what a node has to be like stands in the options of the publish (XEP-0060 §7.1.5)", async () => {
  const { privilege, hear, asked } = bench();
  await hear(advert(2, perm(namespace(PUBSUB, "set"))));
  const options = { "pubsub#access_model": "open" };
  await privilege.publishAs(BOB, "urn:xmpp:microblog:0", ITEM, options);
  const inner = child(asked[0]?.payload, "iq", "jabber:client");
  const wanted = child(child(inner, "pubsub", PUBSUB), "publish-options");
  const form = child(wanted, "x", "jabber:x:data");
  assert.deepEqual(
    (form === undefined ? [] : childElements(form)).map((field) => [
      field.attrs["var"],
      childText(field, "value"),
    ]),
    [
      ["FORM_TYPE", `${PUBSUB}#publish-options`],
      ["pubsub#access_model", "open"],
    ],
  );
});

test("an item is taken back as the person would, with word to the readers", async () => {
  const { privilege, hear, asked } = bench();
  await hear(advert(2, perm(namespace(PUBSUB, "set"))));
  assert.equal(await privilege.retractAs(BOB, "urn:xmpp:microblog:0", "1"), "done");
  const inner = child(asked[0]?.payload, "iq", "jabber:client");
  const retract = child(child(inner, "pubsub", PUBSUB), "retract");
  assert.deepEqual(retract?.attrs, { node: "urn:xmpp:microblog:0", notify: "true" });
  assert.equal(child(retract, "item")?.attrs["id"], "1");
});

const STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas";
for (const [what, condition, outcome] of [
  [
    "another access model",
    [el("conflict", { xmlns: STANZAS }), el("precondition-not-met", { xmlns: `${PUBSUB}#errors` })],
    "conflict",
  ],
  [
    "an option that ejabberd does not know",
    [el("resource-constraint", { xmlns: STANZAS })],
    "conflict",
  ],
  ["no right", [el("forbidden", { xmlns: STANZAS })], "not-possible"],
] as const) {
  test(`pitfall 28: ${what} is told from other refusals`, async () => {
    const { privilege, hear } = bench((question) => {
      const inner = el("iq", { xmlns: "jabber:client", type: "error" }, el("error", {}, condition));
      const forwarded = el("forwarded", { xmlns: "urn:xmpp:forward:0" }, inner);
      return el(
        "iq",
        { type: "result" },
        el("privilege", { xmlns: question.payload.ns }, forwarded),
      );
    });
    await hear(advert(2, perm(namespace(PUBSUB, "set"))));
    assert.equal(await privilege.publishAs(BOB, "n", ITEM), outcome);
  });
}

test("before anything is advertised nothing is tried", async () => {
  const { privilege, asked } = bench();
  assert.equal(await privilege.publishAs(BOB, "n", ITEM), "not-possible");
  assert.deepEqual(asked, []);
});

test("pitfall 17: what is advertised and then refused is not possible", async () => {
  for (const answer of [
    (): DxError => new DxError("DX_IQ_ERROR", { evidence: { condition: "forbidden" } }),
    (question: IqQuestion): XmlElement => wrapped(question, "error"),
  ]) {
    const { privilege, hear } = bench(answer);
    await hear(advert(2, perm(namespace(PUBSUB, "both"))));
    assert.equal(await privilege.publishAs(BOB, "n", ITEM), "not-possible");
  }
});

test("a server that is away is another matter", async () => {
  const { privilege, hear } = bench(() => new DxError("DX_IQ_TIMEOUT"));
  await hear(advert(2, perm(namespace(PUBSUB, "both"))));
  await assert.rejects(privilege.publishAs(BOB, "n", ITEM), { code: "DX_IQ_TIMEOUT" });
});

test("nobody but a domain advertises, and only for itself", async () => {
  const { privilege, hear, dropped } = bench();
  const said = advert(2, perm(namespace(PUBSUB, "both")));
  for (const from of ["mal@example.org", "mal@example.org/x", "example.org/x"]) {
    await hear({ ...said, attrs: { ...said.attrs, from } });
  }
  await hear({ ...said, attrs: { ...said.attrs, from: "evil.example" } });
  assert.equal(await privilege.publishAs(BOB, "n", ITEM), "not-possible");
  assert.deepEqual(dropped, ["wrapped", "wrapped", "wrapped"]);
});

for (const [what, answer, expected] of [
  ["answers", () => null, []],
  ["says that nobody is there", () => new DxError("DX_IQ_ERROR"), []],
  ["drops it", () => new DxError("DX_IQ_TIMEOUT"), ["example.org"]],
  ["cannot be asked", () => new DxError("DX_STREAM_DOWN"), []],
] as const) {
  test(`pitfall 16: a server that ${what}`, async () => {
    const lines: string[] = [];
    const asked: string[] = [];
    const silent = await testReach({
      log: { ...silentLog, warn: (_, line) => lines.push(line) },
      domains: () => Promise.resolve(["example.org"]),
      stream: {
        request: ({ to }) => {
          asked.push(to);
          const said = answer();
          return said === null ? Promise.resolve(el("iq")) : Promise.reject(said);
        },
      },
    });
    assert.deepEqual(silent, expected);
    assert.match(asked[0] ?? "", /^dx-test-[0-9a-f]+@example\.org$/);
    assert.equal(lines.length, expected.length);
    assert.ok(lines.every((line) => line.includes("4472")));
  });
}

const rosterGet = el("perm", { access: "roster", type: "get" });

function contacts({ payload }: IqQuestion): XmlElement {
  const item = (address: string, ...groups: string[]): XmlElement =>
    el("item", { jid: address }, ...groups.map((group) => el("group", {}, group)));
  const query = el("query", { xmlns: payload.ns }, item("a@x.example", "friends"), item("no jid@"));
  return el("iq", { type: "result", from: BOB, to: DOMAIN }, query);
}

test("rosters are read where the server grants it, and nowhere else", async () => {
  const { privilege, asked, hear } = bench(contacts);
  assert.equal(await privilege.groupsOf(BOB), null);
  await hear(advert(2, rosterGet));
  assert.deepEqual(await privilege.groupsOf(BOB), new Map([["a@x.example", ["friends"]]]));
  assert.equal(await privilege.groupsOf(jid("eve@elsewhere.example")), null);
  assert.deepEqual(
    asked.map(({ type, to, payload }) => [type, to, payload.ns]),
    [["get", BOB, "jabber:iq:roster"]],
  );
});

test("a roster that the server does not give after all is not known", async () => {
  const { privilege, hear } = bench(() => new DxError("DX_IQ_ERROR"));
  await hear(advert(1, roster));
  assert.equal(await privilege.groupsOf(BOB), null);
});
