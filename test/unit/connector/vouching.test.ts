import assert from "node:assert/strict";
import { test } from "node:test";
import { isServiceOf, vouchesFor } from "../../../src/connector/vouching.ts";
import { jid } from "../../support/fixtures.ts";

const OURS = ["home.example", "pubsub.home.example", "talk.elsewhere.example"];

const CASES: readonly (readonly [
  what: string,
  service: string,
  account: string,
  believed: boolean,
  own: boolean,
])[] = [
  ["our server of our own people", "home.example", "bob@home.example", true, true],
  ["our service of our own people", "pubsub.home.example", "bob@home.example", true, true],
  ["our service of everybody", "pubsub.home.example", "eve@away.example", true, false],
  ["our service under another name", "talk.elsewhere.example", "bob@home.example", true, true],
  ["a component below us of our people", "evil.home.example", "bob@home.example", false, false],
  ["a component below us of others", "evil.home.example", "eve@away.example", false, false],
  ["a person's node of themselves", "eve@away.example", "eve@away.example", true, true],
  ["another server's service of its people", "x.away.example", "eve@away.example", true, true],
  ["another server's service of ours", "x.away.example", "bob@home.example", false, false],
  ["a domain that ends like theirs", "evilaway.example", "eve@away.example", false, false],
  ["a domain that ends like ours", "evilhome.example", "bob@home.example", false, false],
  ["our service of people above us", "pubsub.home.example", "eve@example", true, false],
];

for (const [what, service, account, believed, own] of CASES) {
  const is = believed ? "is" : "is not";
  test(`pitfall 74: ${what} ${is} believed, and is ${own ? "" : "not "}on the same server`, () => {
    assert.equal(vouchesFor(jid(service), jid(account), OURS), believed);
    assert.equal(isServiceOf(jid(service), jid(account), OURS), own);
  });
}
