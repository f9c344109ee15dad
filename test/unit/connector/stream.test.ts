import assert from "node:assert/strict";
import { test } from "node:test";
import { isDxError } from "../../../src/errors/error.ts";
import { child, childText, el, textOf } from "../../../src/xml/element.ts";
import { fakeComponentServer } from "../../support/fake-component-server.ts";
import { bench, chat, DOMAIN, wait } from "./support.ts";

const OPTIONS = { timeout: 10_000 };

test(
  "logs in with the shared secret and delivers a stanza from its own domain",
  OPTIONS,
  async (t) => {
    const { server, stream, states } = await bench(t);
    assert.equal(stream.online, true);
    await stream.send(chat("hello"));
    const [message] = await server.arrived(1);
    assert.equal(message?.attrs["from"], DOMAIN);
    assert.equal(childText(message, "body"), "hello");
    assert.deepEqual(states, ["online"]);
  },
);

test(
  "what comes in one packet with the end of the login is heard, when that is done",
  OPTIONS,
  async (t) => {
    const greeting = el("message", { from: "example.org", to: DOMAIN }, el("body", {}, "Welcome"));
    const heard: string[] = [];
    const { until } = await bench(t, {
      server: { greeting },
      stream: {
        onOnline: () => heard.push("online"),
        onStanza: (stanza) => {
          heard.push(childText(stanza, "body") ?? "");
        },
      },
    });
    await until(() => heard.length === 2);
    assert.deepEqual(heard, ["online", "Welcome"]);
  },
);

test("a secret outside ASCII is hashed as UTF-8", OPTIONS, async (t) => {
  const secret = "Schlüssel-鍵";
  const { stream } = await bench(t, { server: { secret }, stream: { secret } });
  assert.equal(stream.online, true);
});

test("trap: a character split between two TCP chunks arrives whole", OPTIONS, async (t) => {
  const { server, stanzas, until } = await bench(t);
  const connection = await server.connected();
  const text = "café 日本 😀".repeat(50);
  const bytes = Buffer.from(
    `<message from='alice@example.org' to='${DOMAIN}'><body>${text}</body></message>`,
  );
  for (let at = 0; at < bytes.length; at += 7) {
    connection.raw(bytes.subarray(at, at + 7));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => stanzas.length === 1);
  assert.equal(childText(stanzas[0], "body"), text);
});

test("namespaces of an incoming stanza are resolved, prefixes and defaults", OPTIONS, async (t) => {
  const { server, stanzas, until } = await bench(t);
  const connection = await server.connected();
  connection.raw(
    `<message from='a@example.org' to='${DOMAIN}'><x:event xmlns:x='urn:x'><inner/><x:own/></x:event>` +
      `<q xmlns='urn:q'><r/></q></message>`,
  );
  await until(() => stanzas.length === 1);
  const message = stanzas[0];
  const event = child(message, "event", "urn:x");
  assert.equal(message?.ns, "jabber:component:accept");
  assert.equal(event?.name, "x:event");
  assert.equal(child(event, "own")?.ns, "urn:x");
  assert.equal(child(event, "inner")?.ns, "jabber:component:accept");
  assert.equal(child(child(message, "q", "urn:q"), "r")?.ns, "urn:q");
});

test("trap: sending while down is refused, not thrown from inside or lost", OPTIONS, async (t) => {
  const { stream } = await bench(t, { start: false });
  await assert.rejects(stream.send(chat("x")), (e) => isDxError(e, "DX_STREAM_DOWN"));
  const payload = el("ping", { xmlns: "urn:xmpp:ping" });
  await assert.rejects(stream.request({ type: "get", to: "example.org", payload }), (e) =>
    isDxError(e, "DX_STREAM_DOWN"),
  );
  await assert.rejects(stream.confirm(), (e) => isDxError(e, "DX_STREAM_DOWN"));
});

test(
  "a stanza of the size limit is sent, one byte more is refused and the stream lives",
  OPTIONS,
  async (t) => {
    const limits = { stanzaBytes: 1_000 };
    const { server, stream } = await bench(t, { stream: { limits } });
    const empty = `<message type="chat" to="alice@example.org" from="${DOMAIN}"><body></body></message>`;
    const room = 1_000 - empty.length;
    await stream.send(chat("a".repeat(room)));
    await assert.rejects(stream.send(chat("a".repeat(room + 1))), (e) =>
      isDxError(e, "DX_STANZA_TOO_BIG"),
    );
    // Counted as bytes: two for each of these.
    await assert.rejects(stream.send(chat("é".repeat(room / 2 + 1))), (e) =>
      isDxError(e, "DX_STANZA_TOO_BIG"),
    );
    await stream.send(chat("after"));
    const arrived = await server.arrived(2);
    assert.deepEqual(
      arrived.map((stanza) => textOf(stanza).length),
      [room, 5],
    );
  },
);

test("trap: characters that XML forbids never reach the server", OPTIONS, async (t) => {
  const { server, stream } = await bench(t);
  await stream.send(chat("a\u0000b\u0008c\u001fd\ufffee\uffff"));
  await stream.send(chat("lone \ud800 surrogate"));
  await stream.confirm();
  assert.equal(server.connections.length, 1);
  assert.deepEqual(
    server.stanzas.slice(0, 2).map((stanza) => childText(stanza, "body")),
    ["a\ufffdb\ufffdc\ufffdd\ufffde\ufffd", "lone \ufffd surrogate"],
  );
});

test(
  "trap: a sender outside the component's domain is refused before it closes the stream",
  OPTIONS,
  async (t) => {
    const { server, stream } = await bench(t);
    const cases = [
      el("message", { to: "a@example.org", from: "eve@example.org" }),
      el("message", { to: "a@example.org", from: `evil${DOMAIN}` }),
      el("message", { from: DOMAIN }),
      el("message", { to: "not a jid", from: DOMAIN }),
    ];
    for (const stanza of cases) {
      await assert.rejects(stream.send(stanza), (e) => isDxError(e, "DX_STANZA_ADDRESS"));
    }
    await stream.send(el("message", { to: "a@example.org", from: `bob\\40pod.example@${DOMAIN}` }));
    await server.arrived(1);
    assert.equal(server.connections.length, 1);
  },
);

test(
  "an incoming stanza above the limits is dropped, answered when it is a question, and the stream lives",
  OPTIONS,
  async (t) => {
    const limits = { incomingChars: 2_000, incomingDepth: 10 };
    const { server, stream, stanzas, until } = await bench(t, { stream: { limits } });
    const connection = await server.connected();
    const head = `from='a@example.org' to='${DOMAIN}'`;
    connection.raw(`<message ${head}><body>${"x".repeat(3_000)}</body></message>`);
    connection.raw(`<message ${head}>${"<a>".repeat(20)}deep${"</a>".repeat(20)}</message>`);
    connection.raw(
      `<iq type='set' id='big' ${head}><q xmlns='urn:q'>${"<a/>".repeat(900)}</q></iq>`,
    );
    connection.raw(`<message ${head}><body>small</body></message>`);
    await until(() => stanzas.length === 1);
    assert.equal(childText(stanzas[0], "body"), "small");
    const [reply] = await server.arrived(1);
    assert.equal(reply?.attrs["type"], "error");
    assert.equal(reply.attrs["id"], "big");
    assert.ok(child(child(reply, "error"), "policy-violation"));
    assert.equal(stream.online, true);
  },
);

test(
  "an answer above the limit fails its question instead of looking empty",
  OPTIONS,
  async (t) => {
    const limits = { answerChars: 2_000 };
    const { stream } = await bench(t, {
      stream: { limits },
      server: {
        onStanza: (stanza, connection) => {
          const { id, from, to } = stanza.attrs;
          const huge = el("items", { xmlns: "urn:q" }, "x".repeat(3_000));
          connection.send(el("iq", { type: "result", id, from: to, to: from }, huge));
        },
      },
    });
    const payload = el("items", { xmlns: "urn:q" });
    await assert.rejects(stream.request({ type: "get", to: "a@example.org", payload }), (e) =>
      isDxError(e, "DX_STANZA_TOO_BIG"),
    );
  },
);

const BROKEN: readonly (readonly [string, string])[] = [
  ["a tag that closes another", "<message><body></message>"],
  ["an entity that does not exist", "<message><body>&nbsp;</body></message>"],
  ["a character reference that XML forbids", "<message><body>&#1;</body></message>"],
  ["a stream error without a condition", "<stream:error/>"],
  ["text behind the end of the stream", "</stream:stream><message/>"],
  ["a stanza that never ends", `<message><body>${"x".repeat(30_000)}`],
];
for (const [name, text] of BROKEN) {
  test(`a server that sends ${name} costs one connection, not the process`, OPTIONS, async (t) => {
    const limits = { incomingChars: 1_000, resetChars: 20_000 };
    const { server, states, until } = await bench(t, { stream: { limits } });
    const connection = await server.connected();
    connection.raw(text);
    await until(() => states.length === 3);
    assert.deepEqual(states, ["online", "offline", "online"]);
  });
}

test(
  "the outbox is bounded in stanzas and in bytes while the server does not read",
  OPTIONS,
  async (t) => {
    const limits = { outboxStanzas: 50, outboxBytes: 20_000_000, stanzaBytes: 2_000_000 };
    const { server, stream } = await bench(t, { stream: { limits } });
    const connection = await server.connected();
    connection.socket.pause();
    const sends: Promise<void>[] = [];
    const outcomes: string[] = [];
    for (let i = 0; i < 80; i += 1) {
      const sent = stream.send(chat(`${String(i)} ${"x".repeat(400_000)}`));
      sends.push(
        sent.then(
          () => void outcomes.push("sent"),
          (e: unknown) => void outcomes.push(isDxError(e) ? e.code : "?"),
        ),
      );
    }
    await wait(50);
    const full = outcomes.filter((outcome) => outcome === "DX_OUTBOX_FULL").length;
    assert.ok(full >= 30, `only ${String(full)} were refused`);
    connection.socket.resume();
    await Promise.all(sends);
    await stream.confirm();
    // What was taken has arrived, in order, once.
    const bodies = server.stanzas.flatMap((stanza) => childText(stanza, "body") ?? []);
    const numbers = bodies.map((body) => Number(body.split(" ")[0]));
    assert.equal(numbers.length, 80 - full);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
  },
);

test(
  "while many stanzas are being handled nothing more is read, afterwards all arrive",
  OPTIONS,
  async (t) => {
    const gate = Promise.withResolvers<undefined>();
    let handled = 0;
    const { server, until } = await bench(t, {
      stream: {
        limits: { inFlight: 10 },
        onStanza: async () => {
          handled += 1;
          await gate.promise;
        },
      },
    });
    const connection = await server.connected();
    const one = `<message from='a@example.org' to='${DOMAIN}'><body>${"x".repeat(10_000)}</body></message>`;
    for (let i = 0; i < 200; i += 1) connection.raw(one);
    await wait(100);
    assert.ok(handled >= 10 && handled < 60, `${String(handled)} are being handled`);
    gate.resolve(undefined);
    await until(() => handled === 200);
  },
);

test(
  "a handler that fails is logged without the stanza's words and harms nobody",
  OPTIONS,
  async (t) => {
    const { server, stream, lines, until } = await bench(t, {
      stream: {
        onStanza: () => {
          throw new Error("broken handler");
        },
      },
    });
    const connection = await server.connected();
    connection.send(
      el("message", { from: "a@example.org", to: DOMAIN }, el("body", {}, "private words")),
    );
    await until(() => lines.some((line) => line.includes("broken handler")));
    assert.ok(!lines.some((line) => line.includes("private words")));
    assert.equal(stream.online, true);
  },
);

test(
  "stop writes what waits, closes the stream properly and does not come back",
  OPTIONS,
  async (t) => {
    const { server, stream, states } = await bench(t);
    const connection = await server.connected();
    const sends = Array.from({ length: 200 }, (_, i) => stream.send(chat(String(i))));
    await stream.stop();
    await Promise.all(sends);
    assert.equal(server.stanzas.length, 200);
    assert.equal(connection.closedByPeer, true);
    assert.deepEqual(states, ["online", "offline"]);
    await wait(60);
    assert.equal(server.connections.length, 1);
  },
);

test("a server that comes up later is found", OPTIONS, async (t) => {
  const probe = await fakeComponentServer();
  const { port } = probe;
  await probe.close();
  const { stream, until } = await bench(t, { stream: { port } });
  assert.equal(stream.online, false);
  const late = await fakeComponentServer({ port });
  t.after(() => late.close());
  await until(() => stream.online);
});
