import assert from "node:assert/strict";
import { test } from "node:test";
import { ownComments } from "../../../src/connector/own-comments.ts";
import { jid } from "../../support/fixtures.ts";

const POST = {
  jid: jid("bob@home.example"),
  itemId: "item-1",
  domain: "dx.home.example",
  ownHosts: ["home.example", "comments.home.example"],
};
const NODE = "urn:xmpp:microblog:0:comments/item-1";

const PLACES: readonly (readonly [what: string, service: string, node: string, own: boolean])[] = [
  ["the author's own PEP", "bob@home.example", NODE, true],
  ["the author's own PEP, under another name", "bob@home.example", `${NODE}-x`, true],
  ["a service of the author's server", "comments.home.example", NODE, true],
  ["somebody's component below the server", "evil.home.example", NODE, false],
  ["another node of that service", "comments.home.example", `${NODE}-of-carol`, false],
  ["somebody else's PEP", "alice@home.example", NODE, false],
  ["a service of another server", "comments.evil.example", NODE, false],
  ["a look-alike of the server", "evilhome.example", NODE, false],
  ["the component itself", "dx.home.example", NODE, false],
  ["a virtual person", "alice\\40pod.example@dx.home.example", NODE, false],
  ["a node that is not for comments", "bob@home.example", "storage:bookmarks", false],
];

for (const [what, service, node, own] of PLACES) {
  test(`comments at ${what} are ${own ? "" : "not "}the author's own`, () => {
    const place = { service: jid(service), node };
    assert.deepEqual(ownComments(place, POST), own ? place : null);
  });
}
