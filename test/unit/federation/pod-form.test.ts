import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { DxError } from "../../../src/errors/error.ts";
import { createPodForms, type PodFormOptions } from "../../../src/federation/pod-form.ts";
import type { GetResponse, GuardedHttp } from "../../../src/http/client.ts";

const REL = "http://nodeinfo.diaspora.software/ns/schema/";
const OLD = JSON.stringify({ software: { name: "diaspora", version: "0.6.9.0-p7a1b2c3" } });

type Answers = (url: string) => string | DxError;

interface Net {
  readonly asked: string[];
  wants(podUrl: string): Promise<boolean>;
}

function net(answer: Answers, options: Partial<PodFormOptions> = {}): Net {
  const asked: string[] = [];
  const http: GuardedHttp = {
    check: (url) => {
      if (url.startsWith("https:")) return new URL(url);
      throw new DxError("DX_ADDRESS_FORBIDDEN");
    },
    get: (url) => {
      asked.push(url);
      const body = answer(url);
      if (body instanceof DxError) return Promise.reject(body);
      const found: GetResponse = { status: 200, headers: {}, body: Buffer.from(body), url };
      return Promise.resolve(found);
    },
    post: () => Promise.reject(new Error("nothing is posted here")),
    close: () => Promise.resolve(),
  };
  return { asked, wants: createPodForms({ http, ...options }) };
}

function linked(hrefs: Readonly<Record<string, string>>): Answers {
  const links = Object.entries(hrefs).map(([version, href]) => ({ rel: REL + version, href }));
  return (url) => (url.includes(".well-known") ? JSON.stringify({ links }) : OLD);
}

const AT_HOME = linked({ "1.0": "https://a.example/nodeinfo/1.0" });

test("diaspora* below 0.7 wants slaps", async () => {
  assert.equal(await net(AT_HOME).wants("https://a.example/"), true);
});

const elsewhere: readonly [what: string, href: string][] = [
  ["on another host", "https://b.example/nodeinfo/1.0"],
  ["on another port", "https://a.example:444/nodeinfo/1.0"],
  ["of another scheme", "http://a.example/nodeinfo/1.0"],
  ["on this machine", "https://127.0.0.1/nodeinfo/1.0"],
  ["made of data", `data:application/json,${OLD}`],
  ["that is none", "nodeinfo"],
];

for (const [what, href] of elsewhere) {
  test(`a document ${what} says nothing of the pod, and is not fetched`, async () => {
    const pods = net(linked({ "1.0": href }));
    assert.equal(await pods.wants("https://a.example/"), false);
    assert.deepEqual(pods.asked, ["https://a.example/.well-known/nodeinfo"]);
  });
}

test("the path of the pod's address does not count, and one question is enough for many at once", async () => {
  const pods = net(AT_HOME);
  const urls = ["https://a.example/", "https://a.example/x", "https://a.example"];
  assert.deepEqual(await Promise.all(urls.map((url) => pods.wants(url))), [true, true, true]);
  assert.equal(pods.asked.length, 2);
});

test("a pod that cannot be asked is asked again later, and gets the envelope until then", async () => {
  let down = true;
  const pods = net((url) => (down ? new DxError("DX_HTTP_UNREACHABLE") : AT_HOME(url)), {
    failureMs: 100,
  });
  assert.equal(await pods.wants("https://a.example/"), false);
  assert.equal(await pods.wants("https://a.example/"), false);
  assert.equal(pods.asked.length, 1);
  down = false;
  await sleep(150);
  assert.equal(await pods.wants("https://a.example/"), true);
});

test("what is known of a pod gets old, and of too many pods the oldest is forgotten", async () => {
  const brief = net(AT_HOME, { rememberedMs: 5 });
  await brief.wants("https://a.example/");
  await sleep(20);
  await brief.wants("https://a.example/");
  assert.equal(brief.asked.length, 4);
  const few = net(AT_HOME, { maxPods: 2 });
  for (const host of ["a", "b", "c", "a"]) await few.wants(`https://${host}.example/`);
  assert.equal(
    few.asked.filter((url) => url === "https://a.example/.well-known/nodeinfo").length,
    2,
  );
});

test("an address that may not be contacted is none that wants anything", async () => {
  const pods = net(AT_HOME);
  assert.equal(await pods.wants("http://a.example/"), false);
  assert.deepEqual(pods.asked, []);
});

test("a mistake of our own is not remembered", async () => {
  let broken = true;
  const pods = net((url) => {
    if (broken) throw new TypeError("ours");
    return AT_HOME(url);
  });
  await assert.rejects(pods.wants("https://a.example/"), TypeError);
  broken = false;
  assert.equal(await pods.wants("https://a.example/"), true);
});
