import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { foldDomain } from "../../../src/activitystreams/ids.ts";
import { developmentDomain } from "../../../dev/hostname.ts";

const MACHINES: readonly (readonly [says: string, domain: string])[] = [
  ["laptop", "laptop.local"],
  ["Laptop", "laptop.local"],
  ["laptop.local", "laptop.local"],
  ["laptop.example.org", "laptop.local"],
  ["my_laptop", "my-laptop.local"],
  ["Zoë's MacBook Pro", "zoe-s-macbook-pro.local"],
  ["-edge-", "edge.local"],
  ["", "diaspora-x.local"],
  ["   ", "diaspora-x.local"],
  [".", "diaspora-x.local"],
  ["localhost", "diaspora-x.local"],
  ["LOCALHOST.localdomain", "diaspora-x.local"],
  ["12345", "host-12345.local"],
  ["日本", "diaspora-x.local"],
  ["a".repeat(64), `${"a".repeat(40)}.local`],
  [`${"a".repeat(39)}-b`, `${"a".repeat(39)}.local`],
];

for (const [says, domain] of MACHINES) {
  test(`a machine called ${JSON.stringify(says.slice(0, 24))} is ${domain.slice(0, 24)}`, () => {
    assert.equal(developmentDomain(says), domain);
  });
}

test("whatever a machine calls itself, the domain is one that XMPP and the daemon take", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (says) => {
      const domain = `a.${developmentDomain(says)}`;
      assert.equal(foldDomain(domain), domain);
    }),
  );
});
