import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { DxError } from "../../../src/errors/error.ts";
import type { IncomingMessage, ServedPeople } from "../../../src/federation/ports.ts";
import { MAX_MESSAGE_BYTES, receiveRoutes } from "../../../src/federation/receive-routes.ts";
import { silentLog } from "../../../src/log/log.ts";
import { BOB_GUID, localPerson, serve, served } from "./people.ts";

const KEY_ID = Buffer.from("alice@pod.example:3000").toString("base64url");
const ENVELOPE =
  '<?xml version="1.0" encoding="UTF-8"?>\n<me:env xmlns:me="http://salmon-protocol.org/ns/magic-env">' +
  `<me:data type="application/xml">PHg-</me:data><me:sig key_id="${KEY_ID}">c2ln</me:sig></me:env>`;

interface Receiver {
  readonly kept: IncomingMessage[];
  readonly post: (path: string, body?: string | Buffer, type?: string) => Promise<Response>;
}

async function receiver(
  t: TestContext,
  add: (message: IncomingMessage) => Promise<void> = () => Promise.resolve(),
  people: Pick<ServedPeople, "byGuid"> = served(localPerson("")),
): Promise<Receiver> {
  const kept: IncomingMessage[] = [];
  const inbox = {
    add: async (message: IncomingMessage) => {
      await add(message);
      kept.push(message);
    },
  };
  const origin = await serve(t, [receiveRoutes({ people, inbox, log: silentLog })]);
  const post = (path: string, body?: string | Buffer, type?: string) =>
    fetch(origin + path, {
      method: "POST",
      headers: type === undefined ? {} : { "content-type": type },
      ...(body === undefined ? {} : { body }),
    });
  return { kept, post };
}

for (const path of ["/receive/public", "/receive/public/"]) {
  test(`POST ${path} keeps the bytes, counted against the host that the envelope claims`, async (t) => {
    const { kept, post } = await receiver(t);
    const answer = await post(path, ENVELOPE, "application/magic-envelope+xml");
    assert.equal(answer.status, 202);
    assert.equal(await answer.text(), "");
    assert.deepEqual(kept, [
      {
        kind: "public",
        recipient: null,
        body: Buffer.from(ENVELOPE),
        claimedHost: "pod.example:3000",
      },
    ]);
  });
}

for (const path of [`/receive/users/${BOB_GUID}`, `/receive/users/${BOB_GUID}/`]) {
  test(`POST ${path} keeps the bytes for that person, counted against the sender's address`, async (t) => {
    const { kept, post } = await receiver(t);
    const answer = await post(path, '{"aes_key":""}', "application/json");
    assert.equal(answer.status, 202);
    assert.deepEqual(kept, [
      {
        kind: "private",
        recipient: BOB_GUID,
        body: Buffer.from('{"aes_key":""}'),
        claimedHost: "127.0.0.1",
      },
    ]);
  });
}

for (const guid of [
  "ffffffffffffffffffffffffffffffff",
  "short",
  "..%2F..%2Fetc%2Fpasswd0000",
  "__proto__",
  "a".repeat(256),
]) {
  test(`a private message for "${guid.slice(0, 40)}", who is not here, is 404 and not kept`, async (t) => {
    const { kept, post } = await receiver(t);
    assert.equal((await post(`/receive/users/${guid}`, "{}")).status, 404);
    assert.equal(kept.length, 0);
  });
}

test("a guid of 255 characters, percent-encoded, finds its person", async (t) => {
  const guid = "@".repeat(254) + "a";
  const people: Pick<ServedPeople, "byGuid"> = {
    byGuid: (wanted) => Promise.resolve(localPerson("", { guid: wanted })),
  };
  const { kept, post } = await receiver(t, undefined, people);
  assert.equal((await post(`/receive/users/${encodeURIComponent(guid)}`, "{}")).status, 202);
  assert.equal(kept[0]?.recipient, guid);
});

const RUBBISH: readonly (readonly [string, string | Buffer | undefined, string | undefined])[] = [
  ["nothing", undefined, undefined],
  ["an empty form", "", "application/x-www-form-urlencoded"],
  ["a form with an empty field", "xml=", "application/x-www-form-urlencoded"],
  ["no base64", "%%%", "application/magic-envelope+xml"],
  ["bytes that are no text", Buffer.from([0xff, 0x00, 0xfe]), "application/octet-stream"],
  ["no XML", "<me:env", "text/xml"],
  ["a malformed content type", ENVELOPE, "nonsense"],
  ["a multipart type", ENVELOPE, "multipart/form-data; boundary=x"],
  ["a type with parameters", ENVELOPE, "application/magic-envelope+xml; charset=utf-8; x"],
];

for (const [what, body, type] of RUBBISH) {
  test(`${what} is answered 202: what is wrong is found later`, async (t) => {
    const { kept, post } = await receiver(t);
    for (const path of ["/receive/public", `/receive/users/${BOB_GUID}`]) {
      assert.equal((await post(path, body, type)).status, 202, path);
    }
    assert.equal(kept.length, 2);
  });
}

const FORMS: Readonly<Record<string, string>> = {
  "escaped once": new URLSearchParams({ xml: ENVELOPE }).toString(),
  "escaped once, blanks as %20": `xml=${encodeURIComponent(ENVELOPE)}`,
  "escaped twice": new URLSearchParams({
    xml: encodeURIComponent(ENVELOPE).replaceAll("%20", "+"),
  }).toString(),
  "behind another field": `utf8=%E2%9C%93&${new URLSearchParams({ xml: ENVELOPE }).toString()}`,
  "before another field": `${new URLSearchParams({ xml: ENVELOPE }).toString()}&utf8=%E2%9C%93&xml=x`,
};

for (const [how, form] of Object.entries(FORMS)) {
  test(`the form field xml, ${how}, is taken for the message`, async (t) => {
    const { kept, post } = await receiver(t);
    await post("/receive/public", form, "application/x-www-form-urlencoded");
    await post("/receive/public", form, "application/magic-envelope+xml");
    for (const message of kept) {
      assert.equal(message.body.toString(), ENVELOPE);
      assert.equal(message.claimedHost, "pod.example:3000");
    }
    assert.equal(kept.length, 2);
  });
}

test("an envelope that contains the words xml= is no form", async (t) => {
  const { kept, post } = await receiver(t);
  const body = `<a b="&xml=1"/>`;
  await post("/receive/public", body);
  assert.equal(kept[0]?.body.toString(), body);
});

test("the largest message is taken; one byte more, and five million, are 413", async (t) => {
  const { kept, post } = await receiver(t);
  for (const path of ["/receive/public", `/receive/users/${BOB_GUID}`]) {
    assert.equal((await post(path, Buffer.alloc(MAX_MESSAGE_BYTES, 60))).status, 202);
    assert.equal((await post(path, Buffer.alloc(MAX_MESSAGE_BYTES + 1, 60))).status, 413);
    assert.equal((await post(path, Buffer.alloc(5_000_000, 60))).status, 413);
  }
  assert.equal(kept.length, 2);
});

const FAILURES: Readonly<Record<string, Error>> = {
  "the backlog is full": new DxError("DX_BACKLOG_FULL"),
  "the database does not answer": new DxError("DX_STORE_UNAVAILABLE"),
  "something unforeseen happens": new Error("secret"),
};

for (const [what, error] of Object.entries(FAILURES)) {
  test(`when ${what} the answer is 503 with Retry-After, never 202`, async (t) => {
    const { kept, post } = await receiver(t, () => Promise.reject(error));
    for (const path of ["/receive/public", `/receive/users/${BOB_GUID}`]) {
      const answer = await post(path, ENVELOPE);
      assert.equal(answer.status, 503);
      assert.ok(Number(answer.headers.get("retry-after")) > 0);
      assert.doesNotMatch(await answer.text(), /secret/);
    }
    assert.equal(kept.length, 0);
  });
}

test("when the person cannot be looked up the answer is 503, not 404", async (t) => {
  const { post } = await receiver(t, undefined, {
    byGuid: () => Promise.reject(new DxError("DX_STORE_UNAVAILABLE")),
  });
  assert.equal((await post(`/receive/users/${BOB_GUID}`, "{}")).status, 503);
});

test("202 is not said before the message is durable", async (t) => {
  let durable = false;
  const { post } = await receiver(t, async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    durable = true;
  });
  assert.equal((await post("/receive/public", ENVELOPE)).status, 202);
  assert.equal(durable, true);
});

test("one address over its limit is 429 with Retry-After", async (t) => {
  const origin = await serve(
    t,
    [
      receiveRoutes({
        people: served(),
        inbox: { add: () => Promise.resolve() },
        log: silentLog,
        messagesPerMinute: 2,
      }),
    ],
    { limits: { exemptLoopback: false } },
  );
  const statuses: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    const answer = await fetch(`${origin}/receive/public`, { method: "POST", body: "x" });
    statuses.push(answer.status);
    if (answer.status === 429) assert.ok(Number(answer.headers.get("retry-after")) > 0);
  }
  assert.deepEqual(statuses, [202, 202, 429]);
});
