import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import { orderOf, type Ordered } from "../../../src/federation/inbox-order.ts";
import { diasporaId, guidNumber, remotePost } from "../../support/fixtures.ts";

const base = {
  actor: { network: "diaspora", id: diasporaId("alice@pod.example") },
  audience: "public",
  published: new Date("2026-01-02T03:04:05Z"),
} as const;

function said(activity: Activity): Ordered {
  return { received: { activity, recipient: null }, parent: null };
}

function post(number: number): Ordered {
  const made = remotePost();
  return said({ ...made, object: { ...made.object, guid: guidNumber(number) } });
}

function comment(number: number, below: number): Ordered {
  const object = {
    type: "comment",
    guid: guidNumber(number),
    markdown: "so it is",
    inReplyTo: guidNumber(below),
  } as const;
  return said({ ...base, verb: "post", object });
}

function like(number: number, about: number): Ordered {
  const object = {
    type: "opinion",
    guid: guidNumber(number),
    about: { type: "post", guid: guidNumber(about) },
  } as const;
  return said({ ...base, verb: "like", object });
}

const missing = (parent: number): Ordered => ({ received: null, parent: guidNumber(parent) });
const failed: Ordered = { received: null, parent: null };

const ORDERS: readonly {
  readonly name: string;
  readonly messages: readonly Ordered[];
  readonly runs: readonly (readonly number[])[];
  readonly isCut?: true;
}[] = [
  { name: "posts go together", messages: [post(1), post(2), post(3)], runs: [[0, 1, 2]] },
  {
    name: "a second word about the same post comes behind the first",
    messages: [post(1), post(1), post(2)],
    runs: [[0], [1], [2]],
  },
  {
    name: "what is not a post goes alone, in its place",
    messages: [post(1), comment(2, 9), post(3), failed, post(4), post(5)],
    runs: [[0], [1], [2], [3], [4, 5]],
  },
  {
    name: "comments on a post that came before stay for the next look, behind those that waited",
    messages: [post(1), comment(2, 1), comment(3, 1)],
    runs: [[0]],
    isCut: true,
  },
  {
    name: "so does what could not be opened for want of that post",
    messages: [post(1), post(2), missing(1)],
    runs: [[0, 1]],
    isCut: true,
  },
  {
    name: "and a like of a comment that came just now",
    messages: [comment(2, 1), like(3, 1), like(4, 2)],
    runs: [[0], [1]],
    isCut: true,
  },
  { name: "the first is always believed", messages: [comment(2, 1)], runs: [[0]] },
  { name: "nothing is nothing", messages: [], runs: [] },
];

for (const { name, messages, runs, isCut = false } of ORDERS) {
  test(`in one batch of received messages: ${name}`, () => {
    const numbered = messages.map((message, at) => ({ at, message }));
    const order = orderOf(numbered, ({ message }) => message);
    assert.deepEqual(
      order.runs.map((run) => run.map(({ at }) => at)),
      // One run has one post with each GUID.
      runs,
    );
    assert.equal(order.isCut, isCut);
  });
}
