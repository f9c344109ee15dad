/** What an unknown parent, root or link makes us fetch, from real sockets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import { startTree } from "../../../src/federation/fetch-tree.ts";
import type { PostFacts } from "../../../src/federation/ports.ts";
import {
  alice,
  bob,
  carol,
  comment,
  entity,
  expectKept,
  fetchBench,
  mallory,
  nth,
  post,
  reshare,
  sealed,
  settled,
  type FetchBench,
} from "./fetch-bench.ts";

const POST = nth(1);
const ROOT = nth(2);
const QUIET_MS = 100;

async function rejects(work: Promise<unknown>, code: ErrorCode, retryable: boolean): Promise<void> {
  await assert.rejects(work, (error) => isDxError(error, code) && error.retryable === retryable);
}

function facts(changes: Partial<PostFacts> = {}): PostFacts {
  return { author: alice.diasporaId, local: false, public: true, gone: false, ...changes };
}

async function commentOf(who: typeof alice, parent = POST): Promise<string> {
  return sealed(comment(who.diasporaId, parent), who);
}

test("an unknown post is fetched from the sender of a comment, kept once, and asked for once", async (t) => {
  const bench = await fetchBench(t);
  const envelope = await sealed(post(alice.diasporaId, POST), alice);
  bench.pages.set(`pod.example/fetch/post/${POST}`, envelope);
  await Promise.all(Array.from({ length: 20 }, async () => bench.receive(await commentOf(alice))));
  await bench.receive(await commentOf(alice));
  expectKept(bench, envelope);
  assert.equal(bench.kept[0]?.claimedHost, "pod.example");
  assert.deepEqual(bench.asked, [`pod.example/fetch/post/${POST}`]);
});

test("what the store knows is not fetched, and what was deleted makes no other try", async (t) => {
  const bench = await fetchBench(t);
  bench.known.set(`post ${POST}`, facts());
  await bench.receive(await commentOf(alice));
  bench.known.set(`post ${POST}`, facts({ gone: true }));
  await rejects(bench.receive(await commentOf(alice)), "DX_ITEM_NOT_FOUND", false);
  assert.deepEqual(bench.asked, []);
});

test("a comment may come from its author only where the post is ours", async (t) => {
  const bench = await fetchBench(t);
  const payload = comment(carol.diasporaId, POST);
  bench.known.set(`post ${POST}`, facts());
  await rejects(bench.receive(await sealed(payload, carol)), "DX_AUTHOR_SIGNATURE_INVALID", false);
});

test("only the sender's pod is asked, whoever is named as a comment's author", async (t) => {
  const bench = await fetchBench(t);
  const payload = comment(alice.diasporaId, POST);
  await rejects(bench.receive(await sealed(payload, mallory)), "DX_PARENT_NOT_FOUND", true);
  assert.deepEqual(bench.asked, [`evil.example/fetch/post/${POST}`]);
});

test("a vote finds the post around its poll", async (t) => {
  const bench = await fetchBench(t);
  const answers = [nth(11), nth(12)].map((guid) => ({ guid, answer: "yes" }));
  const poll = { guid: nth(10), question: "?", poll_answers: answers };
  const envelope = await sealed(post(alice.diasporaId, POST, { poll }), alice);
  bench.pages.set(`pod.example/fetch/poll/${nth(10)}`, envelope);
  const vote = { author: alice.diasporaId, guid: nth(13), parent_guid: nth(10) };
  const payload = entity("poll_participation", { ...vote, poll_answer_guid: nth(11) });
  await bench.receive(await sealed(payload, alice));
  expectKept(bench, envelope);
});

test("a reshare brings its root from the root's author, by way of redirects", async (t) => {
  const bench = await fetchBench(t);
  const envelope = await sealed(post(carol.diasporaId, ROOT), carol);
  bench.pages.set(`far.example/fetch/post/${ROOT}`, (_, response) => {
    response.writeHead(302, { location: "https://pod.example/elsewhere" }).end();
  });
  bench.pages.set("pod.example/elsewhere", envelope);
  const payload = reshare(alice.diasporaId, POST, carol.diasporaId, ROOT);
  await bench.receive(await sealed(payload, alice));
  expectKept(bench, envelope);
});

test("a comment on a reshare brings both, the root first", async (t) => {
  const bench = await fetchBench(t);
  const root = await sealed(post(carol.diasporaId, ROOT), carol);
  const shared = await sealed(reshare(alice.diasporaId, POST, carol.diasporaId, ROOT), alice);
  bench.pages.set(`far.example/fetch/post/${ROOT}`, root);
  bench.pages.set(`pod.example/fetch/post/${POST}`, shared);
  await bench.receive(await commentOf(alice));
  expectKept(bench, root, shared);
});

test("a GUID of Hubzilla's kind is escaped in the path", async (t) => {
  const bench = await fetchBench(t);
  const hub = "0123456789abcdef@hub.example" as typeof POST;
  const envelope = await sealed(post(alice.diasporaId, hub), alice);
  bench.pages.set("pod.example/fetch/post/0123456789abcdef%40hub.example", envelope);
  await bench.receive(await commentOf(alice, hub));
  expectKept(bench, envelope);
});

test("what does not exist is not asked for again for a while", async (t) => {
  const memory = { entries: 10, foundMs: 9_000, refusedMs: 150, unreachableMs: 1 };
  const bench = await fetchBench(t, { memory });
  for (let n = 0; n < 5; n += 1) {
    await rejects(bench.receive(await commentOf(alice)), "DX_PARENT_NOT_FOUND", true);
  }
  assert.equal(bench.asked.length, 1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await rejects(bench.receive(await commentOf(alice)), "DX_PARENT_NOT_FOUND", true);
  assert.equal(bench.asked.length, 2);
});

test("a pod that lacks a post keeps nobody from getting it where it is", async (t) => {
  const bench = await fetchBench(t);
  const envelope = await sealed(post(alice.diasporaId, POST), alice);
  bench.pages.set(`pod.example/fetch/post/${POST}`, envelope);
  bench.pages.set(`evil.example/fetch/post/${POST}`, () => undefined);
  const squatting = assert.rejects(bench.receive(await commentOf(mallory)));
  await bench.receive(await commentOf(alice));
  expectKept(bench, envelope);
  await squatting;
});

test("one pod is asked for few at a time, and for all in the end", async (t) => {
  const bench = await fetchBench(t, { limits: { total: 9, perHost: 2, waiting: 9 } });
  let now = 0;
  let most = 0;
  for (let n = 1; n <= 6; n += 1) {
    const envelope = await sealed(post(alice.diasporaId, nth(n)), alice);
    bench.pages.set(`pod.example/fetch/post/${nth(n)}`, (_, response) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        response.end(envelope);
      }, 20);
    });
  }
  const comments = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => commentOf(alice, nth(n))));
  await Promise.all(comments.map((one) => bench.receive(one)));
  assert.deepEqual([bench.kept.length, most], [6, 2]);
});

test("a message waits no longer than its tree may take, whatever takes so long", async (t) => {
  const bench = await fetchBench(t);
  bench.pages.set(`pod.example/fetch/post/${POST}`, "");
  const wanted = { type: "post", guid: POST, from: alice.diasporaId, author: null } as const;
  const tree = startTree(0, { depth: 1, fetches: 1, ms: 100 });
  const never = (): Promise<never> => new Promise(() => undefined);
  await rejects(bench.deps.fetcher.fetch(wanted, tree, never), "DX_HTTP_TIMEOUT", true);
});

async function linking(text: string): Promise<string> {
  return sealed(post(alice.diasporaId, POST, { text }), alice);
}

function link(who: typeof alice, guid: string, type = "post"): string {
  return `diaspora://${who.diasporaId}/${type}/${guid}`;
}

test("a message does not wait for what it links to", async (t) => {
  const bench = await fetchBench(t);
  let end: () => void = () => undefined;
  const envelope = await sealed(post(carol.diasporaId, ROOT), carol);
  bench.pages.set(`far.example/fetch/post/${ROOT}`, (_, response) => {
    end = () => response.end(envelope);
  });
  const result = await bench.receive(await linking(`see ${link(carol, ROOT)} there`));
  assert.equal(result.kind, "activity");
  await settled(bench);
  expectKept(bench);
  end();
  await settled(bench);
  expectKept(bench, envelope);
});

test("links to what is known, what is no post, our own, and to nobody are left alone", async (t) => {
  const bench = await fetchBench(t);
  bench.known.set(`post ${nth(3)}`, facts());
  bench.known.set(`post ${nth(4)}`, facts({ gone: true }));
  const links = [
    link(carol, nth(3)),
    link(carol, nth(4)),
    link(carol, nth(5), "profile"),
    link(carol, nth(5), "__proto__"),
    `diaspora://${bob.diasporaId}/post/${nth(6)}`,
    `diaspora://nobody@nowhere.example/post/${nth(7)}`,
  ];
  assert.equal((await bench.receive(await linking(links.join("\n")))).kind, "activity");
  await settled(bench);
  assert.deepEqual(bench.asked, []);
});

test("of a thousand links a few are followed", async (t) => {
  const bench = await fetchBench(t);
  const links = Array.from({ length: 1_000 }, (_, index) =>
    link(carol, `e${String(index).padStart(15, "0")}`),
  );
  await bench.receive(await linking(links.join(" ")));
  await settled(bench);
  assert.equal(bench.asked.length, 5);
});

/** What is kept is received again, as the inbox does it. */
async function receiveKept(bench: FetchBench): Promise<void> {
  for (let received = 0; ; received += 1) {
    await settled(bench);
    const next = bench.kept[received];
    if (next === undefined) return;
    await bench.receive(next.body.toString());
  }
}

/** Each post links to the next. */
async function chain(bench: FetchBench, length: number): Promise<void> {
  for (let n = 1; n <= length; n += 1) {
    const text = link(alice, nth(0x2000 + n + 1));
    const envelope = await sealed(post(alice.diasporaId, nth(0x2000 + n), { text }), alice);
    bench.pages.set(`pod.example/fetch/post/${nth(0x2000 + n)}`, envelope);
  }
}

test("a chain of links is not followed for ever", async (t) => {
  const bench = await fetchBench(t);
  await chain(bench, 20);
  await bench.receive(await linking(link(alice, nth(0x2001))));
  await receiveKept(bench);
  assert.equal(bench.asked.length, 3);
});

test("posts that each link to many more do not grow into a wood", async (t) => {
  const bench = await fetchBench(t);
  const children = (of: number): number[] => [1, 2, 3, 4, 5].map((n) => of * 10 + n);
  const plant = async (number: number): Promise<void> => {
    const text = children(number)
      .map((child) => link(alice, nth(child)))
      .join(" ");
    const envelope = await sealed(post(alice.diasporaId, nth(number), { text }), alice);
    bench.pages.set(`pod.example/fetch/post/${nth(number)}`, envelope);
  };
  for (const first of [1, ...children(1)]) {
    await Promise.all([first, ...children(first)].map(plant));
  }
  await bench.receive(String(bench.pages.get(`pod.example/fetch/post/${nth(1)}`)));
  await receiveKept(bench);
  assert.equal(bench.asked.length, 15);
});

test("reshares that lead back to themselves are not followed", async (t) => {
  const bench = await fetchBench(t);
  const [a, b] = [nth(21), nth(22)];
  const first = await sealed(reshare(alice.diasporaId, a, carol.diasporaId, b), alice);
  const second = await sealed(reshare(carol.diasporaId, b, alice.diasporaId, a), carol);
  bench.pages.set(`pod.example/fetch/post/${a}`, first);
  bench.pages.set(`far.example/fetch/post/${b}`, second);
  await rejects(bench.receive(await commentOf(alice, a)), "DX_PARENT_NOT_FOUND", true);
  expectKept(bench);
  assert.deepEqual(bench.asked, [`pod.example/fetch/post/${a}`, `far.example/fetch/post/${b}`]);
  const both = [commentOf(alice, a), commentOf(carol, b)].map(async (one) => {
    await assert.rejects(bench.receive(await one));
  });
  await Promise.all(both);
});

test("two trees that need each other's posts do not wait for each other", async (t) => {
  const bench = await fetchBench(t);
  const [a, b] = [nth(31), nth(32)];
  const slowly = (body: string) => (_: unknown, response: { end(text: string): unknown }) => {
    setTimeout(() => response.end(body), QUIET_MS);
  };
  const first = await sealed(reshare(alice.diasporaId, a, carol.diasporaId, b), alice);
  const second = await sealed(reshare(carol.diasporaId, b, alice.diasporaId, a), carol);
  bench.pages.set(`pod.example/fetch/post/${a}`, slowly(first));
  bench.pages.set(`far.example/fetch/post/${b}`, slowly(second));
  const started = performance.now();
  await Promise.all([
    rejects(bench.receive(await commentOf(alice, a)), "DX_PARENT_NOT_FOUND", true),
    rejects(bench.receive(await commentOf(carol, b)), "DX_PARENT_NOT_FOUND", true),
  ]);
  assert.ok(performance.now() - started < 15_000, "the time of a tree is 20 s");
});

test("a retraction needs nobody: whose the target is, is looked at where it is taken back", async (t) => {
  const bench = await fetchBench(t);
  const raw = { author: alice.diasporaId, target_guid: POST, target_type: "Post" };
  const result = await bench.receive(await sealed(entity("retraction", raw), alice));
  assert.ok(result.kind === "activity" && result.received.activity.verb === "delete");
  assert.deepEqual(bench.asked, []);
});

test("a participation is for a post of ours, so nobody is asked for it", async (t) => {
  const bench = await fetchBench(t);
  const raw = { author: alice.diasporaId, guid: nth(41), parent_guid: POST, parent_type: "Post" };
  const envelope = await sealed(entity("participation", raw), alice);
  await rejects(bench.receive(envelope), "DX_PARENT_NOT_LOCAL", false);
  bench.known.set(`post ${POST}`, facts());
  await rejects(bench.receive(envelope), "DX_PARENT_NOT_LOCAL", false);
  bench.known.set(`post ${POST}`, facts({ local: true }));
  await bench.receive(envelope);
  assert.deepEqual(bench.asked, []);
});

test("who makes us ask a pod too often uses up nothing of what others need there", async (t) => {
  const bench = await fetchBench(t, { perHour: 2 });
  for (const number of [1, 2, 3, 4]) {
    const envelope = await sealed(post(carol.diasporaId, nth(number)), carol);
    bench.pages.set(`far.example/fetch/post/${nth(number)}`, envelope);
  }
  const share = async (who: typeof alice, number: number): Promise<unknown> => {
    const shared = reshare(who.diasporaId, nth(0xf0), carol.diasporaId, nth(number));
    return await bench.receive(await sealed(shared, who));
  };
  await share(mallory, 1);
  await share(mallory, 2);
  await rejects(share(mallory, 3), "DX_PARENT_NOT_FOUND", true);
  await share(alice, 4);
  assert.equal(bench.asked.length, 3);
});

test("what links make us fetch is counted against whoever wrote them", async (t) => {
  const bench = await fetchBench(t, { perHour: 1 });
  const link = (number: number): string => `diaspora://${carol.diasporaId}/post/${nth(number)}`;
  for (const number of [1, 2]) {
    const envelope = await sealed(post(carol.diasporaId, nth(number)), carol);
    bench.pages.set(`far.example/fetch/post/${nth(number)}`, envelope);
  }
  const says = async (who: typeof alice, number: number, text: string): Promise<void> => {
    await bench.receive(await sealed(post(who.diasporaId, nth(number), { text }), who));
    await settled(bench);
  };
  await says(mallory, 0x11, `${link(1)} ${link(2)}`);
  assert.equal(bench.asked.length, 1);
  await says(alice, 0x12, link(2));
  assert.equal(bench.asked.length, 2);
});
