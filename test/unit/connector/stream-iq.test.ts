import assert from "node:assert/strict";
import { test } from "node:test";
import { isDxError } from "../../../src/errors/error.ts";
import { createIqTable } from "../../../src/connector/iq-table.ts";
import { child, childText, el, type XmlElement } from "../../../src/xml/element.ts";
import { bench, chat, DOMAIN } from "./support.ts";

const OPTIONS = { timeout: 10_000 };
const QUESTION = el("query", { xmlns: "urn:q" });

function answerTo(iq: XmlElement, from: string | undefined, ...content: XmlElement[]): XmlElement {
  return el("iq", { type: "result", id: iq.attrs["id"], from, to: iq.attrs["from"] }, content);
}

test("trap: a reply to our IQ from another JID is not taken", OPTIONS, async (t) => {
  const { stream, stanzas } = await bench(t, {
    server: {
      onStanza: (iq, connection) => {
        const forged = el("query", { xmlns: "urn:q" }, "forged");
        for (const from of ["eve@evil.example", "alice@example.org/other", undefined]) {
          connection.send(answerTo(iq, from, forged));
        }
        connection.send(answerTo(iq, "Alice@Example.ORG", el("query", { xmlns: "urn:q" }, "true")));
      },
    },
  });
  const result = await stream.request({ type: "get", to: "alice@example.org", payload: QUESTION });
  assert.equal(childText(result, "query", "urn:q"), "true");
  // Nobody else sees the forged ones, and nobody answers them.
  assert.deepEqual(stanzas, []);
});

test("an IQ error tells type and conditions, never the other side's words", OPTIONS, async (t) => {
  const { stream } = await bench(t, {
    server: {
      onStanza: (iq, connection) => {
        const ns = "urn:ietf:params:xml:ns:xmpp-stanzas";
        const error = el(
          "error",
          { type: "auth" },
          el("not-authorized", { xmlns: ns }),
          el("text", { xmlns: ns }, "secret words"),
          el("presence-subscription-required", { xmlns: "urn:pubsub#errors" }),
        );
        const { id, from, to } = iq.attrs;
        connection.send(el("iq", { type: "error", id, from: to, to: from }, QUESTION, error));
      },
    },
  });
  const asked = stream.request({ type: "get", to: "alice@example.org", payload: QUESTION });
  await assert.rejects(asked, (error) => {
    assert.ok(isDxError(error, "DX_IQ_ERROR"));
    assert.deepEqual(error.evidence, {
      type: "auth",
      condition: "not-authorized",
      application: "presence-subscription-required",
    });
    assert.ok(!error.message.includes("secret words"));
    return true;
  });
});

test(
  "a question that nobody answers ends by its time-out, and a late answer is nobody's",
  OPTIONS,
  async (t) => {
    const { server, stream, lines, until } = await bench(t);
    const asked = stream.request({
      type: "set",
      to: "a@example.org",
      payload: QUESTION,
      timeoutMs: 30,
    });
    await assert.rejects(asked, (error) => isDxError(error, "DX_IQ_TIMEOUT"));
    const [iq] = server.stanzas;
    assert.ok(iq);
    (await server.connected()).send(answerTo(iq, "a@example.org"));
    await until(() => lines.some((line) => line.startsWith("an IQ reply that nobody waits for")));
  },
);

test(
  "a disconnect fails every pending question, barrier and unsent stanza at once",
  OPTIONS,
  async (t) => {
    const { server, stream, until } = await bench(t, { server: { answersPings: false } });
    const connection = await server.connected();
    const pending = [
      stream.request({ type: "get", to: "a@example.org", payload: QUESTION }),
      stream.confirm(),
    ];
    await server.arrived(2);
    connection.socket.pause();
    const stuck = stream.send(chat("x".repeat(120_000)));
    const unsent = Array.from({ length: 100 }, () => stream.send(chat("x".repeat(120_000))));
    stuck.catch(() => undefined);
    connection.socket.resetAndDestroy();
    for (const promise of pending) {
      await assert.rejects(promise, (error) => isDxError(error, "DX_STREAM_DOWN"));
    }
    const outcomes = await Promise.allSettled(unsent);
    const lost = outcomes.filter((outcome) => outcome.status === "rejected");
    assert.ok(lost.every(({ reason }) => isDxError(reason, "DX_STREAM_DOWN")));
    assert.ok(lost.length > 0);
    await until(() => stream.online);
    assert.equal(stream.epoch, 2);
  },
);

test("the table of questions has an end", () => {
  const table = createIqTable({ openIqs: 2 });
  table.open("a@example.org", 1_000);
  table.open("a@example.org", 1_000);
  assert.throws(
    () => table.open("a@example.org", 1_000),
    (e) => isDxError(e, "DX_IQS_FULL"),
  );
  table.failAll(new Error("end"));
  assert.equal(table.size, 0);
});

test("ids are random and long: none of 1,000 comes twice, each has 128 bits", () => {
  const table = createIqTable({ openIqs: 1_000 });
  const ids = Array.from({ length: 1_000 }, () => table.open("a@example.org", 1_000).id);
  assert.equal(new Set(ids).size, 1_000);
  assert.ok(ids.every((id) => /^[0-9a-f]{32}$/.test(id)));
  table.failAll(new Error("end"));
});

test(
  "the barrier stands behind what was sent before it and before what is sent after",
  OPTIONS,
  async (t) => {
    const { server, stream } = await bench(t);
    const sends = [stream.send(chat("1")), stream.send(chat("2"))];
    const confirmed = stream.confirm();
    sends.push(stream.send(chat("3")));
    await confirmed;
    await Promise.all(sends);
    await server.arrived(4);
    assert.deepEqual(
      server.stanzas.map((stanza) => childText(stanza, "body") ?? child(stanza, "ping")?.local),
      ["1", "2", "ping", "3"],
    );
    const [, , ping] = server.stanzas;
    assert.equal(ping?.attrs["to"], "example.org");
    assert.equal(ping.attrs["from"], DOMAIN);
  },
);

test("an error passes the barrier too: it comes from behind what was sent", OPTIONS, async (t) => {
  const { stream } = await bench(t, {
    server: {
      answersPings: false,
      onStanza: ({ attrs: { id, to, from } }, connection) => {
        connection.send(el("iq", { type: "error", id, from: to, to: from }));
      },
    },
  });
  await stream.confirm();
});

test(
  "a thousand barriers at one place are one ping, at different places each its own",
  OPTIONS,
  async (t) => {
    const { server, stream } = await bench(t);
    await stream.send(chat("x"));
    await Promise.all(Array.from({ length: 1_000 }, () => stream.confirm()));
    assert.equal(server.stanzas.length, 2);
    await Promise.all(
      Array.from({ length: 300 }, async () => {
        const sent = stream.send(chat("y"));
        await stream.confirm();
        await sent;
      }),
    );
    assert.equal(server.stanzas.length, 2 + 600);
  },
);

test(
  "trap: a batch written to a dead connection is not confirmed by the next one",
  OPTIONS,
  async (t) => {
    const { server, stream, until } = await bench(t);
    const { epoch } = stream;
    await stream.send(chat("into the hole"));
    (await server.connected()).socket.resetAndDestroy();
    await until(() => stream.epoch === epoch + 1);
    await assert.rejects(stream.confirm(epoch), (error) => isDxError(error, "DX_STREAM_DOWN"));
    await stream.confirm();
  },
);

test(
  "trap: xmpp.js answers no IQ behind our back, and no malformed sender ends the process",
  OPTIONS,
  async (t) => {
    const { server, stream, stanzas, until } = await bench(t);
    const connection = await server.connected();
    connection.raw(
      `<iq type='get' id='q' from='a@example.org/x' to='${DOMAIN}'><q xmlns='urn:q'/></iq>`,
    );
    connection.raw(`<iq type='get' id='q' from='@@@//' to='@'><q xmlns='urn:q'/></iq>`);
    await until(() => stanzas.length === 2);
    await stream.confirm();
    assert.deepEqual(
      server.stanzas.map((stanza) => stanza.attrs["type"]),
      ["get"],
    );
  },
);
