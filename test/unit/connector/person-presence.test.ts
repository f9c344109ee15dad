import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersonPresencePorts } from "../../../src/connector/person-presence.ts";
import { personPresence } from "../../../src/connector/person-presence.ts";
import { createRouter } from "../../../src/connector/router.ts";
import { DxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";

const DOMAIN = "dx.example.org";
const ALICE = `alice\\40pod.example@${DOMAIN}`;
const BOB = "bob@example.org";

function bench(changes: Partial<PersonPresencePorts> = {}, hash: string | null = null) {
  const sent: string[] = [];
  const done: string[] = [];
  const clock = { now: 1_000_000 };
  const note =
    (name: string) =>
    (...given: readonly string[]): Promise<void> => {
      done.push([name, ...given].join(" "));
      return Promise.resolve();
    };
  const send = (stanza: XmlElement): Promise<void> => {
    sent.push(serialise(stanza));
    return Promise.resolve();
  };
  const router = createRouter({ domain: DOMAIN, log: silentLog, send });
  router.add([
    personPresence({
      ports: {
        follow: note("follow"),
        unfollow: note("unfollow"),
        isFollowing: () => Promise.resolve(true),
        accept: note("accept"),
        withdraw: note("withdraw"),
        ...changes,
      },
      send,
      caps: () => el("c", { xmlns: "urn:caps" }),
      pictureHash: () => Promise.resolve(hash),
      now: () => clock.now,
    }),
  ]);
  const say = async (type: string, from = `${BOB}/phone`): Promise<string[]> => {
    sent.length = 0;
    await router.handle(el("presence", { type, from, to: ALICE }));
    return [...sent];
  };
  return { say, done, clock };
}

const presence = (type: string): string => `<presence from="${ALICE}" to="${BOB}" type="${type}"/>`;
const HERE = `<presence from="${ALICE}/dx" to="${BOB}"><c xmlns="urn:caps"/></presence>`;
const GONE = `<presence from="${ALICE}/dx" to="${BOB}" type="unavailable"/>`;
const refuse = (code: "DX_ITEM_NOT_FOUND" | "DX_NOT_REGISTERED") => () =>
  Promise.reject(new DxError(code));

for (const [type, answers, done] of [
  ["subscribe", [presence("subscribed"), HERE], ["follow bob@example.org alice@pod.example"]],
  ["unsubscribe", [GONE, presence("unsubscribed")], ["unfollow bob@example.org alice@pod.example"]],
  ["subscribed", [], ["accept bob@example.org alice@pod.example"]],
  ["unsubscribed", [], ["withdraw bob@example.org alice@pod.example"]],
  ["probe", [HERE], []],
  ["error", [], []],
  ["nonsense", [], []],
] as const) {
  test(`pitfall 1, 3, 8: ${type} is answered ${answers.length === 0 ? "by nothing" : "once"}`, async () => {
    const { say, done: seen } = bench();
    assert.deepEqual(await say(type), answers);
    assert.deepEqual(seen, done);
  });
}

test("pitfall 2: who leaves twice is answered once", async () => {
  const { say } = bench({ unfollow: refuse("DX_ITEM_NOT_FOUND") });
  assert.deepEqual(await say("unsubscribe"), []);
});

test("who may not follow is told that it came to nothing", async () => {
  const { say } = bench({ follow: refuse("DX_NOT_REGISTERED") });
  assert.deepEqual(await say("subscribe"), [presence("unsubscribed")]);
});

test("a probe by who does not follow ends the subscription that their server believes in", async () => {
  const { say } = bench({ isFollowing: () => Promise.resolve(false) });
  assert.deepEqual(await say("probe"), [presence("unsubscribed")]);
});

test("a picture that is known is named with the presence, for clients that look nowhere else", async () => {
  const { say } = bench({}, "da39a3ee");
  assert.deepEqual(await say("probe"), [
    `<presence from="${ALICE}/dx" to="${BOB}"><c xmlns="urn:caps"/><x xmlns="vcard-temp:x:update"><photo>da39a3ee</photo></x></presence>`,
  ]);
});

test("pitfall 4: one pair's probes are answered once in ten seconds", async () => {
  const { say, clock } = bench();
  assert.deepEqual(await say("probe"), [HERE]);
  assert.deepEqual(await say("probe"), []);
  assert.equal((await say("probe", "eve@example.org")).length, 1);
  clock.now += 10_000;
  assert.deepEqual(await say("probe"), [HERE]);
});
