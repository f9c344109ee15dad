/** Two sides that answer each other for ever are what presence goes wrong with. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJid, type FullJid } from "../../../src/activitystreams/ids.ts";
import {
  createCollectorPresence,
  type CollectorPresence,
} from "../../../src/connector/collector-presence.ts";
import { el } from "../../../src/xml/element.ts";
import { jid } from "../../support/fixtures.ts";

const DOMAIN = "dx.example.org";
const BOB = jid("bob@example.org");

interface Bench {
  readonly presence: CollectorPresence;
  /** `type to`, with `caps` where they are. */
  readonly sent: string[];
  readonly reachable: string[];
  readonly told: string[];
  readonly registered: Set<string>;
  away: boolean;
  comes(type: string | undefined, from: string): Promise<void>;
}

function bench(): Bench {
  const sent: string[] = [];
  const reachable: string[] = [];
  const told: string[] = [];
  const registered = new Set<string>([BOB]);
  const made: Bench = {
    sent,
    reachable,
    told,
    registered,
    away: false,
    presence: createCollectorPresence({
      domain: DOMAIN,
      caps: () => el("c", { xmlns: "http://jabber.org/protocol/caps" }),
      isRegistered: (who) =>
        made.away ? Promise.reject(new Error("away")) : Promise.resolve(registered.has(who)),
      send: (stanza) => {
        const { type = "available", to, from } = stanza.attrs;
        const caps = stanza.children.length > 0 ? " with caps" : "";
        assert.equal(from, type === "available" ? `${DOMAIN}/dx` : DOMAIN);
        sent.push(`${type} ${to ?? ""}${caps}`);
        return Promise.resolve();
      },
      onReachable: (who) => {
        reachable.push(who);
      },
      onGranted: (who) => {
        told.push(`granted ${who}`);
        return Promise.resolve();
      },
      onWithdrawn: (who) => {
        told.push(`withdrawn ${who}`);
        return Promise.resolve();
      },
    }),
    async comes(type, from) {
      const parsed = parseJid(from);
      assert.ok(parsed !== null);
      await made.presence.handle({ type, from: parsed.bare, fullFrom: from as FullJid });
    },
  };
  return made;
}

const CAPS = `available ${BOB} with caps`;

test("pitfall 70: whoever leaves is looked at until the end, when both directions are taken back", async () => {
  const { presence, sent } = bench();
  await presence.ask(BOB);
  await presence.leave(BOB);
  assert.deepEqual(sent.splice(0), [`subscribe ${BOB}`, `unsubscribed ${BOB}`]);
  await presence.part(BOB);
  assert.deepEqual(sent, [`unsubscribe ${BOB}`, `unsubscribed ${BOB}`]);
});

test("pitfall 70: what a server says where an account is deleted is told on, and never answered", async () => {
  const { comes, sent, told } = bench();
  await comes("subscribed", BOB);
  sent.length = 0;
  await comes("unsubscribed", BOB);
  assert.deepEqual(told, [`granted ${BOB}`, `withdrawn ${BOB}`]);
  assert.deepEqual(sent, []);
});

for (const [what, type, answer] of [
  ["a request", "subscribe", [`subscribed ${BOB}`, CAPS]],
  ["a consent", "subscribed", [CAPS]],
  ["a probe", "probe", [CAPS]],
  ["a login", undefined, [CAPS]],
  ["an end", "unsubscribe", [`unsubscribed ${BOB}`]],
  ["a withdrawn consent", "unsubscribed", []],
  ["an error (pitfall 8)", "error", []],
  ["a logout", "unavailable", []],
  ["nonsense", "constructor", []],
] as const) {
  test(`${what} of somebody registered is answered with ${answer.join(" and ") || "nothing"}`, async () => {
    const { comes, sent } = bench();
    await comes(type, `${BOB}/phone`);
    assert.deepEqual(sent, answer);
  });
}

const EVE = "eve@example.org/phone";
for (const [type, answer] of [
  ["subscribe", ["unsubscribed eve@example.org"]],
  ["subscribed", []],
  ["probe", ["unsubscribed eve@example.org"]],
  [undefined, []],
  ["unsubscribe", ["unsubscribed eve@example.org"]],
  ["unsubscribed", []],
  ["error", []],
] as const) {
  test(`${type ?? "a login"} of a stranger shows no presence`, async () => {
    const { comes, sent, reachable } = bench();
    await comes(type, EVE);
    assert.deepEqual(sent, answer);
    assert.deepEqual(reachable, []);
  });
}

/** Another such gateway, or a server that answers everything that XMPP lets it answer. */
const REPLIES: Readonly<Record<string, string | undefined>> = {
  subscribe: "subscribed",
  unsubscribe: "unsubscribed",
  subscribed: undefined,
  unsubscribed: "unsubscribed",
  available: undefined,
};

for (const first of [
  "subscribe",
  "subscribed",
  "unsubscribe",
  "unsubscribed",
  "probe",
  undefined,
]) {
  test(`pitfalls 1 and 2: a peer that answers all it may, after ${first ?? "a login"}, does not keep us talking`, async () => {
    const { comes, sent } = bench();
    await comes(first, `${BOB}/phone`);
    for (let answered = 0; answered < sent.length; answered += 1) {
      assert.ok(sent.length < 6, sent.join(", "));
      const reply = REPLIES[(sent[answered] ?? "").split(" ")[0] ?? ""];
      if (reply !== undefined) await comes(reply, BOB);
    }
    assert.ok(sent.length < 6, sent.join(", "));
  });
}

test("pitfall 5: each new resource is greeted once, and again after it was gone", async () => {
  const { comes, sent, reachable } = bench();
  for (let repeat = 0; repeat < 5; repeat += 1) await comes(undefined, `${BOB}/phone`);
  assert.deepEqual(sent, [CAPS]);
  await comes(undefined, `${BOB}/laptop`);
  await comes("unavailable", `${BOB}/phone`);
  await comes(undefined, `${BOB}/phone`);
  assert.equal(sent.length, 3);
  assert.deepEqual(reachable, [BOB, BOB, BOB], "what was missed is read");
});

test("pitfall 4: probes of one contact are answered seldom", async () => {
  const { comes, sent } = bench();
  for (let repeat = 0; repeat < 100; repeat += 1) await comes("probe", `${BOB}/phone`);
  assert.equal(sent.length, 1);
});

test("who registers while online is greeted with the next presence", async () => {
  const { comes, sent, registered } = bench();
  await comes(undefined, EVE);
  registered.add("eve@example.org");
  await comes(undefined, EVE);
  assert.deepEqual(sent, ["available eve@example.org with caps"]);
});

test("a login while the store is away is not taken for a greeted one", async () => {
  const made = bench();
  made.away = true;
  await assert.rejects(made.comes(undefined, `${BOB}/phone`));
  made.away = false;
  await made.comes(undefined, `${BOB}/phone`);
  assert.deepEqual(made.sent, [CAPS]);
});
