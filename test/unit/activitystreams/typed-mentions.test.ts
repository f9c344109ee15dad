import assert from "node:assert/strict";
import { test } from "node:test";
import {
  linkTypedPeople,
  typedPeople,
  type KnownPeople,
} from "../../../src/activitystreams/typed-mentions.ts";
import { diasporaId } from "../../support/fixtures.ts";

const ALICE = { id: diasporaId("alice@pod.example"), name: "Alice A." };
const BOB = { id: diasporaId("bob@example.org"), name: "Bob" };

const KNOWN: KnownPeople = {
  byId: (id) => (id === ALICE.id ? ALICE : null),
  byJid: (jid) =>
    jid === "alice\\40pod.example@dx.example.org" ? ALICE : jid === "bob@example.org" ? BOB : null,
};

const linked: readonly [text: string, markdown: string][] = [
  ["Hi @alice@pod.example!", "Hi @{Alice A.; alice@pod.example}!"],
  ["@Alice@POD.example.", "@{Alice A.; alice@pod.example}."],
  ["(@alice@pod.example)", "(@{Alice A.; alice@pod.example})"],
  ["@carl@pod.example", "@carl@pod.example"],
  ["alice@pod.example", "alice@pod.example"],
  ["x@alice@pod.example", "x@alice@pod.example"],
  ["https://x.example/@alice@pod.example", "https://x.example/@alice@pod.example"],
  ["`@alice@pod.example`", "`@alice@pod.example`"],
  ["```\n@alice@pod.example\n```", "```\n@alice@pod.example\n```"],
  ["[@alice@pod.example](https://x.example/)", "[@alice@pod.example](https://x.example/)"],
  ["@{Al; alice@pod.example}", "@{Al; alice@pod.example}"],
  ["[@Al](xmpp:alice%5C40pod.example@dx.example.org)", "@{Al; alice@pod.example}"],
  ["[@Al](xmpp:alice\\40pod.example@dx.example.org)", "@{Al; alice@pod.example}"],
  ["[my *friend*](xmpp:bob@example.org)", "@{my *friend*; bob@example.org}"],
  ["[bob@example.org](xmpp:bob@example.org)", "@{Bob; bob@example.org}"],
  ["[](xmpp:bob@example.org)", "@{Bob; bob@example.org}"],
  ["[Carl](xmpp:carl@example.org)", "[Carl](xmpp:carl@example.org)"],
  ["[his blog](xmpp:bob@example.org?;node=a)", "[his blog](xmpp:bob@example.org?;node=a)"],
];

for (const [text, markdown] of linked) {
  test(`${JSON.stringify(text)} names ${text === markdown ? "nobody" : "somebody"}`, () => {
    assert.equal(linkTypedPeople(text, KNOWN), markdown);
  });
}

test("pitfall 77: the name that a link shows cannot break out of the mention", () => {
  const text = "[a}; evil@pod.example} @{b](xmpp:bob@example.org)";
  assert.equal(
    linkTypedPeople(text, KNOWN),
    "@{a evil@pod.example @ b; bob@example.org}".replace("a evil@pod.example @ b", "Bob"),
  );
});

test("nobody is made to look up more than ten people for one text", () => {
  const text = Array.from(
    { length: 100 },
    (_, n) => `@a${String(n)}@pod.example [b](xmpp:b${String(n)}@example.org)`,
  ).join(" ");
  const { ids, jids } = typedPeople(text);
  assert.equal(ids.length + jids.length, 10);
});

test("1 MB that was made to look like people is read quickly", () => {
  for (const unit of [
    "@a",
    "@a@b.",
    "[",
    "[a](",
    "`",
    "```",
    "@{",
    "https://",
    "[](xmpp:",
    "@a@b:1",
  ]) {
    const text = unit.repeat(1_000_000 / unit.length);
    const before = process.cpuUsage();
    typedPeople(text);
    linkTypedPeople(text, KNOWN);
    const { user } = process.cpuUsage(before);
    assert.ok(user < 5_000_000, `${unit}: ${String(user)} µs`);
  }
});
