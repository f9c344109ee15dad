/** What people from afar say below a local author's post, in the author's own node. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  CommentActivity,
  DeleteActivity,
  OpinionActivity,
} from "../../../src/activitystreams/activity.ts";
import {
  nodeAddress,
  type ActivityContent,
  type Destination,
  type PendingDelivery,
  type Release,
} from "../../../src/activitystreams/delivery.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { createNodeDrain } from "../../../src/connector/node-drain.ts";
import type { PlacedItem } from "../../../src/connector/node-place.ts";
import type { IqQuestion } from "../../../src/connector/stream-asking.ts";
import { DxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import { child, childElements, childText, el, type XmlElement } from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { diasporaId, guidNumber, localPerson, remotePerson } from "../../support/fixtures.ts";

const DOMAIN = "dx.example.org";
const SERVICE = "comments.example.org";
const NODE = "urn:xmpp:microblog:0:comments/first";
const ALICE = remotePerson();
const VIRTUAL = `alice\\40pod.example@${DOMAIN}`;
const BOB = localPerson();
const POST = guidNumber(1);
const ATTACHED = `urn:xmpp:pubsub-attachments:1/xmpp:${BOB.jid}?;node=urn%3Axmpp%3Amicroblog%3A0;item=first`;

const actor = { network: "diaspora", id: diasporaId("alice@pod.example") } as const;
const base = { actor, audience: "public", published: new Date("2026-05-01T12:00:00Z") } as const;

const comment: CommentActivity = {
  ...base,
  verb: "post",
  object: { type: "comment", guid: guidNumber(2), markdown: "Well said", inReplyTo: POST },
};
const like: OpinionActivity = {
  ...base,
  verb: "like",
  object: { type: "opinion", guid: guidNumber(3), about: { type: "post", guid: POST } },
};
const gone = (guid: Guid, targetType: string): DeleteActivity => ({
  ...base,
  verb: "delete",
  object: { type: "tombstone", guid, targetType },
});

let made = 0;

function delivery(
  activity: ActivityContent["activity"],
  itemId: string,
  changes: Partial<ActivityContent> = {},
): PendingDelivery {
  made += 1;
  return {
    id: String(made),
    destinationId: "1",
    attempts: 0,
    rootGuid: POST,
    form: "event",
    progress: null,
    scope: "",
    content: {
      type: "activity",
      activityId: String(made),
      activity,
      author: ALICE,
      itemId,
      root: null,
      above: {
        guid: POST,
        author: BOB,
        audience: "public",
        itemId: "first",
        comments: { service: SERVICE, node: NODE },
      },
      sealer: null,
      relay: null,
      ...changes,
    },
  };
}

const commented = delivery(comment, guidNumber(2));
const liked = delivery(like, guidNumber(3));

interface Bench {
  /** `type from to what node item`, as they were asked. */
  readonly asked: string[];
  readonly payloads: XmlElement[];
  /** What stands beside the publish. */
  readonly options: XmlElement[];
  readonly delivered: string[];
  readonly refused: string[];
  readonly released: Release[];
  readonly told: string[];
  readonly placed: Map<Guid, PlacedItem>;
  drain(
    pending: readonly PendingDelivery[],
    destination?: Partial<Destination>,
    signal?: AbortSignal,
  ): Promise<void>;
}

type Answer = (question: IqQuestion, what: string) => XmlElement | DxError | undefined;

function bench(answer: Answer = () => undefined): Bench {
  let waiting: readonly PendingDelivery[] = [];
  const placed = new Map<Guid, PlacedItem>();
  const done: Omit<Bench, "drain"> = {
    asked: [],
    payloads: [],
    options: [],
    delivered: [],
    refused: [],
    released: [],
    told: [],
    placed,
  };
  const drain = createNodeDrain({
    log: silentLog,
    maxBytes: 60_000,
    now: () => 0,
    refused: (jid, text) => {
      done.told.push(`${jid} ${text}`);
      return Promise.resolve();
    },
    stream: {
      domain: DOMAIN,
      request: (question) => {
        const [request, ...options] = childElements(question.payload);
        done.options.push(...options);
        const item = request === undefined ? undefined : child(request, "item");
        const node = request?.attrs["node"] === ATTACHED ? "attached" : "comments";
        const what = `${request?.local ?? ""} ${node} ${item?.attrs["id"] ?? ""}`;
        done.asked.push(`${question.from ?? ""} ${question.to} ${what}`);
        if (item !== undefined) done.payloads.push(...childElements(item));
        const said = answer(question, what);
        if (said instanceof DxError) return Promise.reject(said);
        return Promise.resolve(said ?? el("iq", { type: "result" }));
      },
    },
    ports: {
      placedItem: (guid) => Promise.resolve(placed.get(guid) ?? null),
      rememberPlaced: (guid, item) => Promise.resolve(void placed.set(guid, item)),
      forgetPlaced: (guid) => Promise.resolve(void placed.delete(guid)),
    },
    queue: {
      pending: () => Promise.resolve([...waiting]),
      finish: (outcomes) => {
        done.delivered.push(...outcomes.delivered.map(({ id }) => id));
        done.refused.push(...outcomes.refused.map(({ id }) => id));
        return Promise.resolve();
      },
      release: (_, release) => Promise.resolve(void done.released.push(release)),
    },
  });
  return {
    ...done,
    drain: async (pending, changes = {}, signal) => {
      waiting = pending;
      const address = nodeAddress(SERVICE, NODE);
      const destination = { id: "1", kind: "node", address, attempts: 0, wakes: "0" } as const;
      await drain([{ ...destination, ...changes }], signal);
    },
  };
}

const refuse = (condition: string, type = "cancel"): DxError =>
  new DxError("DX_IQ_ERROR", { evidence: { type, condition, application: null } });

const noAttachments: Answer = (_, what) =>
  what.includes("attached") ? refuse("item-not-found") : undefined;

test("a comment is published there by the virtual person, under its GUID", async () => {
  const { drain, asked, options, payloads, delivered, released } = bench();
  await drain([commented]);
  assert.deepEqual(asked, [`${VIRTUAL} ${SERVICE} publish comments ${guidNumber(2)}`]);
  assert.equal(options.length, 0, "pitfall 28: publish-options are what servers refuse");
  assert.equal(childText(payloads[0], "title"), "Well said");
  assert.deepEqual([delivered, released], [[commented.id], [{ state: "drained" }]]);
});

test("what a local person said by another way is published by the component", async () => {
  const { drain, asked } = bench();
  await drain([delivery(comment, "c", { author: localPerson() })]);
  assert.deepEqual(asked, [`${DOMAIN} ${SERVICE} publish comments c`]);
});

test("a comment that is taken back is retracted by who published it", async () => {
  const { drain, asked, placed, delivered } = bench();
  await drain([commented]);
  const moderated = delivery(gone(guidNumber(2), "Comment"), guidNumber(2), { author: BOB });
  await drain([moderated]);
  assert.equal(asked[1], `${VIRTUAL} ${SERVICE} retract comments ${guidNumber(2)}`);
  assert.equal(placed.size, 0);
  assert.deepEqual(delivered, [commented.id, moderated.id]);
});

test("what is not there any more needs no retraction", async () => {
  const { drain, delivered, told } = bench(() => refuse("item-not-found"));
  const taken = delivery(gone(guidNumber(2), "Comment"), guidNumber(2));
  await drain([taken]);
  assert.deepEqual([delivered, told], [[taken.id], []]);
});

test("a like is attached to the post, beside what the person has attached there", async () => {
  const foreign = el("attachments", { xmlns: "urn:xmpp:pubsub-attachments:1" }, [
    el("sticker", { xmlns: "urn:example", of: "a cat" }),
  ]);
  const { drain, asked, payloads } = bench(({ type }) =>
    type === "set"
      ? undefined
      : el(
          "iq",
          { type: "result" },
          el(
            "pubsub",
            { xmlns: "http://jabber.org/protocol/pubsub" },
            el("items", { node: ATTACHED }, el("item", { id: VIRTUAL }, foreign)),
          ),
        ),
  );
  await drain([liked]);
  assert.deepEqual(asked, [
    `${VIRTUAL} ${BOB.jid} items attached ${VIRTUAL}`,
    `${VIRTUAL} ${BOB.jid} publish attached ${VIRTUAL}`,
  ]);
  const parts = childElements(payloads.at(-1) ?? el("x")).map(({ local }) => local);
  assert.deepEqual(parts, ["sticker", "noticed"], "pitfall 37");
});

test("where nothing can be attached a like is a ♥ among the comments", async () => {
  const { drain, asked, payloads, delivered } = bench(noAttachments);
  await drain([liked]);
  assert.equal(asked.at(-1), `${VIRTUAL} ${SERVICE} publish comments ${guidNumber(3)}`);
  assert.equal(childText(payloads.at(-1), "title"), "♥");
  assert.deepEqual(delivered, [liked.id]);
});

for (const [how, answer, expected] of [
  ["attached", () => undefined, `${VIRTUAL} ${BOB.jid} retract attached ${VIRTUAL}`],
  ["a ♥", noAttachments, `${VIRTUAL} ${SERVICE} retract comments ${guidNumber(3)}`],
] as const satisfies readonly (readonly [string, Answer, string])[]) {
  test(`a like that was put there as ${how} is undone as that`, async () => {
    const { drain, asked, placed } = bench(answer);
    await drain([liked]);
    await drain([delivery(gone(guidNumber(3), "Like"), guidNumber(3))]);
    assert.equal(asked.at(-1), expected);
    assert.equal(placed.size, 0);
  });
}

test("a like of a post whose item is not known is a ♥", async () => {
  const { drain, asked } = bench();
  const { content } = liked;
  assert.ok(content.type === "activity" && content.above !== null);
  const { guid, author, audience, comments } = content.above;
  await drain([delivery(like, guidNumber(3), { above: { guid, author, audience, comments } })]);
  assert.deepEqual(asked, [`${VIRTUAL} ${SERVICE} publish comments ${guidNumber(3)}`]);
});

for (const condition of ["forbidden", "item-not-found", "not-allowed", "feature-not-implemented"]) {
  test(`pitfall 35: a node that says ${condition} holds nothing up, and its author is told`, async () => {
    const { drain, delivered, refused, told, released } = bench((_, what) =>
      what.includes("publish comments") ? refuse(condition, "auth") : refuse("item-not-found"),
    );
    const taken = delivery(gone(guidNumber(2), "Comment"), guidNumber(2));
    await drain([commented, taken]);
    assert.deepEqual([refused, delivered], [[commented.id], [taken.id]]);
    assert.equal(told.length, 1);
    assert.ok(told[0]?.startsWith(`${BOB.jid} `) === true && told[0].includes(SERVICE));
    assert.deepEqual(released, [{ state: "drained" }]);
  });
}

for (const [what, error] of [
  ["is not reached", refuse("remote-server-not-found")],
  ["does not answer in time", new DxError("DX_IQ_TIMEOUT")],
  ["asks for patience", refuse("resource-constraint", "wait")],
] as const) {
  test(`a service that ${what} is asked again later, in order`, async () => {
    const { drain, delivered, refused, released, asked } = bench(() => error);
    await drain([commented, liked], { attempts: 3 });
    assert.deepEqual([delivered, refused, asked.length], [[], [], 1]);
    const [release] = released;
    assert.ok(release?.state === "unreachable");
    const wait = release.next.getTime() - Date.now();
    assert.ok(wait > 30_000 && wait <= 40_000, String(wait));
  });
}

test("a service that is never reached again is given up", async () => {
  const { drain, refused, released, told } = bench(() => new DxError("DX_IQ_TIMEOUT"));
  await drain([commented], { attempts: 40 });
  assert.deepEqual([refused, released, told], [[commented.id], [{ state: "drained" }], []]);
});

test("what waited two weeks for its turn at a silent service is given up, what is younger is not", async () => {
  const { drain, refused, released } = bench(() => new DxError("DX_IQ_TIMEOUT"));
  const old = { ...commented, id: "old", waited: 14 * 86_400 };
  await drain([old, { ...liked, id: "young", waited: 86_400 }], { attempts: 1 });
  assert.deepEqual(refused, ["old"]);
  assert.equal(released[0]?.state, "unreachable");
});

test("cut off before anything was tried, its back-off stays as it was", async () => {
  const abort = new AbortController();
  abort.abort();
  const { asked, drain, released } = bench();
  await drain([commented], { attempts: 3 }, abort.signal);
  assert.deepEqual([asked, released], [[], [{ state: "untouched" }]]);
});

test("what has no form there is refused, and holds nothing", async () => {
  const { drain, refused, delivered } = bench();
  const share = delivery(
    { ...base, verb: "share", object: { type: "share", guid: guidNumber(9), root: null } },
    "s",
  );
  const signal: PendingDelivery = {
    ...commented,
    id: "signal",
    content: { type: "signal", from: null, signal: { kind: "words", text: "Hi" } },
  };
  const unnamable = delivery(comment, "c", {
    author: remotePerson({ diasporaId: diasporaId("ß@pod.example") }),
  });
  await drain([share, signal, unnamable, commented]);
  assert.deepEqual(refused, [share.id, "signal", unnamable.id]);
  assert.deepEqual(delivered, [commented.id]);
});

test("one service is asked one thing at a time, whatever nodes it has", async () => {
  let open = 0;
  let most = 0;
  const drain = createNodeDrain({
    log: silentLog,
    maxBytes: 60_000,
    refused: () => Promise.resolve(),
    stream: {
      domain: DOMAIN,
      request: async () => {
        open += 1;
        most = Math.max(most, open);
        await new Promise(setImmediate);
        open -= 1;
        return el("iq", { type: "result" });
      },
    },
    ports: {
      placedItem: () => Promise.resolve(null),
      rememberPlaced: () => Promise.resolve(),
      forgetPlaced: () => Promise.resolve(),
    },
    queue: {
      pending: () => Promise.resolve([commented]),
      finish: () => Promise.resolve(),
      release: () => Promise.resolve(),
    },
  });
  const destinations = ["a", "b", "c"].map((node): Destination => ({
    id: node,
    kind: "node",
    address: nodeAddress(SERVICE, node),
    attempts: 0,
    wakes: "0",
  }));
  await Promise.all(destinations.map((one) => drain([one])));
  assert.equal(most, 1);
});

test("nothing of it is larger than a stanza may be", async () => {
  const long = { ...comment, object: { ...comment.object, markdown: "word ".repeat(13_000) } };
  const { drain, payloads } = bench();
  await drain([delivery(long, "c")]);
  const [payload] = payloads;
  assert.ok(payload !== undefined && Buffer.byteLength(serialise(payload)) <= 60_000);
});

test("a daemon that stops publishes nothing more", async () => {
  const abort = new AbortController();
  const { drain, asked, delivered, released } = bench(() => {
    abort.abort();
    return undefined;
  });
  await drain([commented, commented], {}, abort.signal);
  assert.equal(asked.length, 1);
  assert.deepEqual([delivered.length, released], [1, [{ state: "drained" }]]);
});
