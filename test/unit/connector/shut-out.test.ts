import assert from "node:assert/strict";
import { test } from "node:test";
import { createShutOut } from "../../../src/connector/shut-out.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";

const FROM = "mallory@bad.example/phone";

async function pass(
  stanza: XmlElement,
): Promise<{ handled: number; sent: string[]; dropped: string[] }> {
  const seen = { handled: 0, sent: new Array<string>(), dropped: new Array<string>() };
  const shutOut = createShutOut({
    isSuspended: (jid) => jid.endsWith("bad.example"),
    send: (answer) => {
      seen.sent.push(serialise(answer));
      return Promise.resolve();
    },
    dropped: (reason) => {
      seen.dropped.push(reason);
    },
    handle: () => {
      seen.handled += 1;
      return Promise.resolve();
    },
  });
  await shutOut(stanza);
  return seen;
}

test("to whom the operator has suspended nobody is here: a question is refused, the rest is dropped", async () => {
  const to = "dx.example.org";
  const question = el("iq", { type: "get", id: "1", from: FROM, to }, el("query", { xmlns: "x" }));
  const { handled, sent, dropped } = await pass(question);
  assert.deepEqual([handled, dropped], [0, ["suspended"]]);
  assert.match(sent.join(), /type=["']error["'].*service-unavailable/s);
  for (const stanza of [
    el("message", { from: FROM, to, type: "chat" }, el("body", {}, "Hello")),
    el("message", { from: FROM, to, type: "error" }),
    el("presence", { from: FROM, to, type: "subscribe" }),
  ]) {
    assert.deepEqual(await pass(stanza), { handled: 0, sent: [], dropped: ["suspended"] });
  }
});

test("everybody else passes, and so do answers", async () => {
  const to = "dx.example.org";
  for (const stanza of [
    el("message", { from: "romeo@example.org", to, type: "chat" }),
    el("iq", { type: "result", id: "1", from: FROM, to }),
    el("presence", { to }),
  ]) {
    assert.deepEqual(await pass(stanza), { handled: 1, sent: [], dropped: [] });
  }
});
