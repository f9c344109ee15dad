import assert from "node:assert/strict";
import { test } from "node:test";
import { DxError } from "../../../src/errors/error.ts";
import type { Handler, IqHandler } from "../../../src/connector/handler.ts";
import { createKeyedOrder } from "../../../src/connector/keyed-order.ts";
import { createRouter, type RouterOptions } from "../../../src/connector/router.ts";
import { silentLog } from "../../../src/log/log.ts";
import { child, el, type XmlElement } from "../../../src/xml/element.ts";
import { DOMAIN, wait } from "./support.ts";

const ALICE = "alice@example.org/phone";
const PERSON = `bob\\40pod.example@${DOMAIN}`;

function bench(handlers: readonly Handler[], options: Partial<RouterOptions> = {}) {
  const sent: XmlElement[] = [];
  const send = (stanza: XmlElement): Promise<void> => {
    sent.push(stanza);
    return Promise.resolve();
  };
  const router = createRouter({ domain: DOMAIN, log: silentLog, send, ...options });
  router.add(handlers);
  return { router, sent };
}

function iq(attrs: Record<string, string> = {}, ...children: XmlElement[]): XmlElement {
  const payload = children.length > 0 ? children : [el("q", { xmlns: "urn:q" })];
  return el("iq", { type: "get", id: "1", from: ALICE, to: DOMAIN, ...attrs }, payload);
}

function handler(answer: IqHandler["answer"], changes: Partial<IqHandler> = {}): IqHandler {
  return { kind: "iq", to: "component", type: "get", ns: "urn:q", name: "q", answer, ...changes };
}

/** Type and condition of what was answered. */
function said(stanza: XmlElement | undefined): string {
  const error = child(stanza, "error");
  if (error === undefined) return stanza?.attrs["type"] ?? "nothing";
  const [condition] = error.children;
  return `${error.attrs["type"] ?? ""} ${typeof condition === "object" ? condition.local : ""}`;
}

const ANSWERS: readonly (readonly [string, XmlElement, string])[] = [
  ["a question with a handler", iq(), "result"],
  ["an unknown namespace", iq({}, el("x", { xmlns: "urn:x" })), "cancel service-unavailable"],
  [
    "a known namespace, unknown name",
    iq({}, el("x", { xmlns: "urn:q" })),
    "cancel feature-not-implemented",
  ],
  ["a known namespace, other type", iq({ type: "set" }), "cancel feature-not-implemented"],
  ["another class of addressee", iq({ to: PERSON }), "cancel service-unavailable"],
  ["a local part that is nobody", iq({ to: `nobody@${DOMAIN}` }), "cancel service-unavailable"],
  [
    "two payloads",
    iq({}, el("q", { xmlns: "urn:q" }), el("q", { xmlns: "urn:q" })),
    "modify bad-request",
  ],
  ["no payload", el("iq", { type: "get", id: "1", from: ALICE, to: DOMAIN }), "modify bad-request"],
  [
    "no type",
    el("iq", { id: "1", from: ALICE, to: DOMAIN }, el("q", { xmlns: "urn:q" })),
    "modify bad-request",
  ],
  ["a type of its own", iq({ type: "put" }), "modify bad-request"],
];
for (const [name, stanza, expected] of ANSWERS) {
  test(`answers ${name} with ${expected}`, async () => {
    const { router, sent } = bench([handler(() => null)]);
    await router.handle(stanza);
    const [reply] = sent;
    assert.ok(reply);
    assert.equal(sent.length, 1);
    assert.equal(said(reply), expected);
    const { id, from, to } = reply.attrs;
    assert.deepEqual({ id, from, to }, { id: "1", from: stanza.attrs["to"], to: ALICE });
  });
}

const UNANSWERED: readonly (readonly [string, XmlElement])[] = [
  ["a result", iq({ type: "result" })],
  ["an error", iq({ type: "error" })],
  ["an IQ without from", el("iq", { type: "get", to: DOMAIN }, el("q", { xmlns: "urn:q" }))],
  ["an IQ from our own domain", iq({ from: DOMAIN })],
  ["an IQ from one of our own people", iq({ from: PERSON })],
  ["an IQ to another domain", iq({ to: "other.example.org" })],
  ["an IQ to a domain that ends like ours", iq({ to: `evil-${DOMAIN}` })],
  ["an IQ from what is no JID", iq({ from: "a b@example.org" })],
  [
    "an error message",
    el("message", { type: "error", from: ALICE, to: DOMAIN }, el("body", {}, "x")),
  ],
  ["an error presence", el("presence", { type: "error", from: ALICE, to: DOMAIN })],
  ["what is no stanza", el("features", { from: ALICE, to: DOMAIN })],
];
for (const [name, stanza] of UNANSWERED) {
  test(`never answers ${name}`, async () => {
    const refusing: Handler = {
      kind: "message",
      to: "component",
      types: ["error", "chat"],
      receive: () => {
        throw new DxError("DX_FORBIDDEN");
      },
    };
    const { router, sent } = bench([handler(() => null), refusing]);
    await router.handle(stanza);
    assert.deepEqual(sent, []);
  });
}

const THROWN: readonly (readonly [string, unknown, string])[] = [
  ["a DxError", new DxError("DX_FORBIDDEN"), "auth forbidden"],
  ["an error of its own", new Error("password is hunter2"), "cancel internal-server-error"],
  ["what is no error", "oops", "cancel internal-server-error"],
];
for (const [name, thrown, expected] of THROWN) {
  test(`a handler that throws ${name} is answered ${expected}, without its words`, async () => {
    const { router, sent } = bench([
      handler(() => {
        throw thrown;
      }),
    ]);
    await router.handle(iq());
    assert.equal(said(sent[0]), expected);
    assert.ok(!JSON.stringify(sent).includes("hunter2"));
  });
}

test("a handler that never ends is answered for, told to stop, and not heard later", async () => {
  let aborted = false;
  const slow = handler(async ({ signal }) => {
    signal.addEventListener("abort", () => {
      aborted = true;
    });
    await wait(60);
    return null;
  });
  const { router, sent } = bench([slow], { answerMs: 20 });
  await router.handle(iq());
  assert.equal(said(sent[0]), "wait remote-server-timeout");
  assert.equal(aborted, true);
  await wait(80);
  assert.equal(sent.length, 1);
});

test("too many questions at once are told to come back, the others are answered", async () => {
  const gate = Promise.withResolvers<null>();
  const { router, sent } = bench([handler(() => gate.promise)], {
    openRequests: 3,
    ownHosts: ["example.org"],
  });
  const all = Array.from({ length: 5 }, (_, i) => {
    return router.handle(iq({ id: String(i), from: `alice${String(i)}@example.org` }));
  });
  await wait(5);
  assert.deepEqual(sent.map(said), ["wait resource-constraint", "wait resource-constraint"]);
  gate.resolve(null);
  await Promise.all(all);
  assert.equal(sent.length, 5);
});

test("trap: two questions with the same id are both answered, also from one sender", async () => {
  const { router, sent } = bench([handler(() => null)]);
  await router.handle(iq());
  await router.handle(iq());
  await router.handle(iq({ from: "bob@example.org/phone" }));
  assert.equal(sent.length, 3);
});

test("an answer that is too big to send becomes an error", async () => {
  const sent: XmlElement[] = [];
  const { router } = bench([handler(() => el("q", { xmlns: "urn:q" }, "x".repeat(100)))], {
    send: (stanza) => {
      if (stanza.attrs["type"] === "result")
        return Promise.reject(new DxError("DX_STANZA_TOO_BIG"));
      sent.push(stanza);
      return Promise.resolve();
    },
  });
  await router.handle(iq());
  assert.equal(said(sent[0]), "modify policy-violation");
});

test("a person is found whatever way their JID is written, and answered from that spelling", async () => {
  const seen: string[] = [];
  const { router, sent } = bench([
    handler(
      ({ to }) => {
        seen.push(`${to.jid} ${to.person ?? ""} ${to.resource ?? ""}`);
        return null;
      },
      { to: "person" },
    ),
  ]);
  await router.handle(iq({ to: `BOB\\40Pod.Example\\3A3000@${DOMAIN.toUpperCase()}/dx` }));
  assert.deepEqual(seen, [`bob\\40pod.example\\3a3000@${DOMAIN} bob@pod.example:3000 dx`]);
  assert.equal(sent[0]?.attrs["from"], `BOB\\40Pod.Example\\3A3000@${DOMAIN.toUpperCase()}/dx`);
});

test("features are those of the handlers of the class, sorted, each once", () => {
  const { router } = bench([
    handler(() => null, { features: ["urn:b", "urn:a"] }),
    handler(() => null, { type: "set", features: ["urn:a"] }),
    handler(() => null, { to: "person", features: ["urn:p"] }),
  ]);
  assert.deepEqual(router.features("component"), ["urn:a", "urn:b"]);
  assert.deepEqual(router.features("person"), ["urn:p"]);
  assert.deepEqual(router.features("other"), []);
});

test("two handlers for the same question are a mistake that is seen at the start", () => {
  assert.throws(() => bench([handler(() => null), handler(() => null)]));
});

test("messages go to the first handler that fits type and payload", async () => {
  const heard: string[] = [];
  const hear = (name: string) => (): void => {
    heard.push(name);
  };
  const event = { ns: "urn:event", name: "event" };
  const { router } = bench([
    {
      kind: "message",
      to: "component",
      types: ["headline", "normal"],
      payload: event,
      receive: hear("event"),
    },
    { kind: "message", to: "component", types: ["normal"], receive: hear("normal") },
    { kind: "message", to: "component", types: ["error"], receive: hear("error") },
  ]);
  const message = (type: string | undefined, ...children: XmlElement[]): XmlElement =>
    el("message", { type, from: ALICE, to: DOMAIN }, children);
  const payload = el("event", { xmlns: "urn:event" });
  await router.handle(message("headline", el("x"), payload));
  await router.handle(message(undefined, payload));
  await router.handle(message("unheard-of"));
  await router.handle(message("headline"));
  await router.handle(message("chat"));
  await router.handle(message("error", payload));
  assert.deepEqual(heard, ["event", "event", "normal", "error"]);
});

test("what a person wrote and nobody may take is bounced; an event never is", async () => {
  const refusing = (): never => {
    throw new DxError("DX_ITEM_NOT_FOUND");
  };
  const { router, sent } = bench([
    { kind: "message", to: "person", types: ["chat", "normal", "headline"], receive: refusing },
  ]);
  const body = el("body", {}, "hello");
  await router.handle(el("message", { type: "chat", id: "m", from: ALICE, to: PERSON }, body));
  await router.handle(el("message", { type: "headline", from: ALICE, to: PERSON }, body));
  await router.handle(el("message", { from: ALICE, to: PERSON }, el("event", { xmlns: "urn:e" })));
  assert.deepEqual(sent.map(said), ["cancel item-not-found"]);
  assert.equal(sent[0]?.local, "message");
  assert.equal(sent[0].attrs["id"], "m");
});

test("one sender's stanzas are handled in order, another's do not wait for them", async () => {
  const heard: string[] = [];
  const { router } = bench([
    {
      kind: "message",
      to: "component",
      types: ["normal"],
      receive: async ({ stanza, from }) => {
        await wait(Number(stanza.attrs["id"]));
        heard.push(`${from.bare} ${stanza.attrs["id"] ?? ""}`);
      },
    },
  ]);
  const message = (from: string, id: string): XmlElement => el("message", { id, from, to: DOMAIN });
  await Promise.all([
    router.handle(message("alice@example.org/a", "40")),
    router.handle(message("alice@example.org/b", "1")),
    router.handle(message("bob@example.org", "5")),
  ]);
  assert.deepEqual(heard, ["bob@example.org 5", "alice@example.org 40", "alice@example.org 1"]);
});

test("a handler that hangs holds its sender's next stanza only for its time", async () => {
  const heard: string[] = [];
  const { router } = bench(
    [
      {
        kind: "presence",
        to: "component",
        types: ["available"],
        receive: ({ stanza }) => {
          heard.push(stanza.attrs["id"] ?? "");
          return stanza.attrs["id"] === "1" ? new Promise<void>(() => undefined) : undefined;
        },
      },
    ],
    { answerMs: 20 },
  );
  await Promise.all(
    ["1", "2"].map((id) => router.handle(el("presence", { id, from: ALICE, to: DOMAIN }))),
  );
  assert.deepEqual(heard, ["1", "2"]);
});

test("the order of a key is forgotten when nothing is left in it", async () => {
  const order = createKeyedOrder();
  const runs = Array.from({ length: 100 }, (_, i) => order.run(String(i % 10), () => wait(1)));
  assert.equal(order.size, 10);
  await Promise.all(runs);
  await wait(0);
  assert.equal(order.size, 0);
});
