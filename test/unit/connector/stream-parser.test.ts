import assert from "node:assert/strict";
import { test } from "node:test";
import type { LtxElement } from "@xmpp/component";
import { fromLtx } from "../../../src/connector/from-ltx.ts";
import { boundedParser } from "../../../src/connector/stream-parser.ts";
import { childText } from "../../../src/xml/element.ts";

const LIMITS = {
  incomingChars: 1_000,
  answerChars: 2_000_000,
  incomingDepth: 10,
  resetChars: 4_000_000,
};

/** Whole stanzas and heads, as they pass. */
function reading() {
  const whole: LtxElement[] = [];
  const heads: LtxElement[] = [];
  const Parser = boundedParser(LIMITS, (head) => heads.push(head));
  const parser = new Parser();
  parser.on("element", (element: LtxElement) => whole.push(element));
  parser.write("<stream:stream xmlns='jabber:component:accept' xmlns:stream='urn:s'>");
  return { parser, whole, heads };
}

function textIn(stanza: LtxElement | undefined, name: string): string | undefined {
  return stanza === undefined ? undefined : childText(fromLtx(stanza), name);
}

test("a megabyte of text in one piece takes no seconds", () => {
  const { parser, whole } = reading();
  const before = process.threadCpuUsage().user;
  parser.write(`<iq type='result'><body>${"-".repeat(1_000_000)}`);
  parser.write("</body></iq>");
  assert.ok(process.threadCpuUsage().user - before < 2_000_000);
  assert.equal(textIn(whole[0], "body")?.length, 1_000_000);
});

for (const [what, kind, size, read] of [
  ["an answer above what people may send", "iq type='result'", 100_000, true],
  ["a question of that size", "iq type='get'", 100_000, false],
  ["an error of that size", "iq type='error'", 100_000, false],
  ["a message that plays an answer", "message type='result'", 100_000, false],
  ["an answer above its own limit", "iq type='result'", 2_100_000, false],
] as const) {
  test(`pitfall 58: ${what} is ${read ? "read" : "dropped, and the next stanza is read"}`, () => {
    const { parser, whole, heads } = reading();
    parser.write(`<${kind}><body>${"x".repeat(size)}</body></${kind.split(" ")[0] ?? ""}>`);
    parser.write("<presence/>");
    assert.deepEqual([heads.length, whole.length], read ? [0, 2] : [1, 1]);
    assert.equal(whole.at(-1)?.name, "presence");
  });
}

test("characters, entities and tags may lie across any two pieces", () => {
  const { parser, whole } = reading();
  const text = "\u{1f980}&amp;\u20ac";
  const stanza = `<message id='a&lt;b'><body>${text}</body></message>`;
  for (let at = 0; at < stanza.length; at += 1) parser.write(stanza.charAt(at));
  const padding = "x".repeat(8 * 1024 - 30);
  parser.write(`<iq type='result'><body>${padding}</body><b>${text}</b></iq>`);
  assert.equal(whole[0]?.attrs["id"], "a<b");
  assert.equal(textIn(whole[0], "body"), "\u{1f980}&\u20ac");
  assert.equal(textIn(whole[1], "b"), "\u{1f980}&\u20ac");
});
