/** What people tell of themselves, read as a stranger reads it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { ProfileChange } from "../../../src/activitystreams/profile.ts";
import { createOwnProfile } from "../../../src/connector/collector-profile.ts";
import type { Reading } from "../../../src/connector/feed-reader.ts";
import { DxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { jid } from "../../support/fixtures.ts";

const BOB = jid("bob@example.org");
const BYTES = Buffer.from("a picture");
const SHA1 = createHash("sha1").update(BYTES).digest("hex");

const NICK = el("nick", { xmlns: "http://jabber.org/protocol/nick" }, "Bobby");
const CARD = el(
  "vcard",
  { xmlns: "urn:ietf:params:xml:ns:vcard-4.0" },
  el("fn", {}, el("text", {}, "Bob Builder")),
);
const METADATA = el(
  "metadata",
  { xmlns: "urn:xmpp:avatar:metadata" },
  el("info", { id: SHA1, bytes: BYTES.length, type: "image/png" }),
);
const DATA = el("data", { xmlns: "urn:xmpp:avatar:data" }, BYTES.toString("base64"));

type Nodes = Readonly<Record<string, XmlElement | "refused" | "missing">>;

const ALL: Nodes = {
  "urn:xmpp:vcard4": CARD,
  "http://jabber.org/protocol/nick": NICK,
  "urn:xmpp:avatar:metadata": METADATA,
  "urn:xmpp:avatar:data": DATA,
};

async function changeOf(nodes: Nodes, registered = true): Promise<ProfileChange[]> {
  const changes: ProfileChange[] = [];
  const profile = createOwnProfile({
    log: silentLog,
    isRegistered: () => Promise.resolve(registered),
    profileChanged: (_, change) => {
      changes.push(change);
      return Promise.resolve();
    },
    reader: {
      readAsStranger: (_, node, itemId): Promise<Reading> => {
        const payload = nodes[node] ?? "missing";
        if (typeof payload === "string") return Promise.resolve({ state: payload });
        const id = itemId ?? "current";
        const items = [{ id, publisher: null, payload }];
        return Promise.resolve({ state: "read", items, found: [id] });
      },
    },
  });
  profile.look(BOB);
  profile.look(BOB);
  profile.look(BOB);
  await profile.stop();
  return changes;
}

test("name, nick and picture are read, and looks that come together are one or two", async () => {
  const changes = await changeOf(ALL);
  assert.ok(changes.length <= 2);
  const [change] = changes;
  assert.equal(change?.nick, "Bobby");
  assert.equal(change.vcard?.name, "Bob Builder");
  assert.deepEqual(change.avatar, { sha1: SHA1, bytes: BYTES });
});

for (const [what, nodes, expected] of [
  [
    "nodes that are not for strangers",
    { "urn:xmpp:vcard4": "refused", "urn:xmpp:avatar:metadata": "refused" },
    [null, null, null],
  ],
  ["no nodes", {}, [null, null, null]],
  [
    "a picture that is not the one that was told",
    { ...ALL, "urn:xmpp:avatar:data": el("data", { xmlns: "urn:xmpp:avatar:data" }, "AAAA") },
    ["Bob Builder", "Bobby", null],
  ],
  [
    "a picture whose bytes are not for strangers",
    { ...ALL, "urn:xmpp:avatar:data": "refused" },
    ["Bob Builder", "Bobby", null],
  ],
] as const satisfies readonly (readonly [string, Nodes, unknown])[]) {
  test(`of ${what} only what everybody may know is told`, async () => {
    const [change] = await changeOf(nodes);
    const { vcard, nick, avatar } = change ?? {};
    assert.deepEqual([vcard?.name ?? null, nick, avatar], expected);
  });
}

test("nobody looks at a stranger", async () => {
  assert.deepEqual(await changeOf(ALL, false), []);
});

test("without a clear answer nothing is told", async () => {
  let told = 0;
  const profile = createOwnProfile({
    log: silentLog,
    isRegistered: () => Promise.resolve(true),
    profileChanged: () => {
      told += 1;
      return Promise.resolve();
    },
    reader: { readAsStranger: () => Promise.reject(new DxError("DX_IQ_TIMEOUT")) },
  });
  profile.look(BOB);
  await profile.stop();
  assert.equal(told, 0);
});
