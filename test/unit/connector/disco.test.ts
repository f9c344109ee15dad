import assert from "node:assert/strict";
import { test } from "node:test";
import { bareJid } from "../../../src/activitystreams/ids.ts";
import { capsOf } from "../../../src/connector/caps.ts";
import { child, childrenNamed, el, type XmlElement } from "../../../src/xml/element.ts";
import { gatewayBench } from "./gateway-bench.ts";
import { DOMAIN } from "./support.ts";

const INFO = "http://jabber.org/protocol/disco#info";

// XEP-0115 §5.2.
test("the simple example of XEP-0115 has its ver", () => {
  const ver = capsOf(
    [{ category: "client", type: "pc", name: "Exodus 0.9.1" }],
    [
      "http://jabber.org/protocol/disco#info",
      "http://jabber.org/protocol/disco#items",
      "http://jabber.org/protocol/muc",
      "http://jabber.org/protocol/caps",
    ],
  );
  assert.equal(ver, "QgayPKawpkPSDYmwT/WM94uAlu0=");
});

// XEP-0115 §5.3.
test("the complex example of XEP-0115 has its ver", () => {
  const ver = capsOf(
    [
      { category: "client", type: "pc", lang: "el", name: "\u03a8 0.11" },
      { category: "client", type: "pc", lang: "en", name: "Psi 0.11" },
    ],
    [
      "http://jabber.org/protocol/caps",
      "http://jabber.org/protocol/disco#info",
      "http://jabber.org/protocol/disco#items",
      "http://jabber.org/protocol/muc",
    ],
    [
      {
        formType: "urn:xmpp:dataforms:softwareinfo",
        fields: {
          ip_version: ["ipv6", "ipv4"],
          os: ["Mac"],
          os_version: ["10.5.1"],
          software: ["Psi"],
          software_version: ["0.11"],
        },
      },
    ],
  );
  assert.equal(ver, "q07IKJEyjvHSyhy//CH0CxmKi8w=");
});

test("features are sorted by their bytes, where UTF-16 would sort otherwise", () => {
  const identity = [{ category: "c", type: "t" }];
  assert.equal(
    capsOf(identity, ["\uff5e", "\u{10000}"]),
    capsOf(identity, ["\u{10000}", "\uff5e"]),
  );
  assert.notEqual(capsOf(identity, ["a"]), capsOf(identity, ["b"]));
});

async function ask(node?: string): Promise<XmlElement | undefined> {
  const { router, sent } = gatewayBench();
  const query = el("query", { xmlns: INFO, node });
  await router.handle(
    el("iq", { type: "get", id: "1", from: "alice@example.org/a", to: DOMAIN }, query),
  );
  return child(sent[0], "query", INFO);
}

test("the announced ver is that of the answer that is really given", async () => {
  const { registered, router, sent } = gatewayBench();
  const alice = bareJid("alice@example.org");
  assert.ok(alice);
  registered.set(alice, alice);
  await router.handle(el("presence", { type: "subscribe", from: "alice@example.org", to: DOMAIN }));
  const caps = child(sent[1], "c");
  const answer = await ask();
  assert.ok(answer);
  const ver = capsOf(
    childrenNamed(answer, "identity").map(({ attrs }) => ({
      category: attrs["category"] ?? "",
      type: attrs["type"] ?? "",
      name: attrs["name"] ?? "",
    })),
    childrenNamed(answer, "feature").map(({ attrs }) => attrs["var"] ?? ""),
  );
  assert.equal(caps?.attrs["ver"], ver);
  assert.equal(caps.attrs["hash"], "sha-1");
  // The same answer at the node that the caps name.
  const node = `${caps.attrs["node"] ?? ""}#${ver}`;
  const again = await ask(node);
  assert.equal(again?.attrs["node"], node);
  assert.deepEqual(again.children, answer.children);
});
