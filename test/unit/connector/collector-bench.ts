/** The collector over a fake server and the real store, with rules that only write down. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Jid } from "../../../src/activitystreams/ids.ts";
import { NOBODY } from "../../../src/activitystreams/typed-mentions.ts";
import { createComments } from "../../../src/connector/collector-comments.ts";
import { collectorHandlers } from "../../../src/connector/collector-handlers.ts";
import type { CollectorPresence } from "../../../src/connector/collector-presence.ts";
import { createFeedReader } from "../../../src/connector/feed-reader.ts";
import { createFeed, type Feed } from "../../../src/connector/feed.ts";
import type { FeedItem } from "../../../src/connector/ports.ts";
import { createPrivilege } from "../../../src/connector/privilege.ts";
import { createRouter, type Router } from "../../../src/connector/router.ts";
import type { ComponentStream } from "../../../src/connector/stream.ts";
import { DxError } from "../../../src/errors/error.ts";
import { silentLog, type Log } from "../../../src/log/log.ts";
import * as comments from "../../../src/store/collected-comments.ts";
import * as doubts from "../../../src/store/collected-doubts.ts";
import { placeItems } from "../../../src/store/collected-order.ts";
import { placedBelow } from "../../../src/store/collected-placed.ts";
import type { Database } from "../../../src/store/database.ts";
import * as feeds from "../../../src/store/feeds.ts";
import { insertLocal } from "../../../src/store/people.ts";
import { createVault } from "../../../src/store/vault.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { testDatabase } from "../../support/database.ts";
import { guidNumber, jid, localPerson } from "../../support/fixtures.ts";
import { fakePep, type FakePep, type Habits } from "./fake-pep.ts";

export const DOMAIN = "dx.example.org";
export const NODE = "urn:xmpp:microblog:0";
export const BOB = jid("bob@example.org");
export const EVE = jid("eve@example.org");
export const COMMENTS = jid("comments.example.org");
export const BELOW = "urn:xmpp:microblog:0:comments/first";
export const POST = guidNumber(77);

export interface CollectorBench {
  readonly server: FakePep;
  readonly router: Router;
  readonly feed: Feed;
  readonly db: Database;
  /** What the rules were told, in order. */
  readonly told: string[];
  readonly dropped: string[];
  readonly lines: string[];
  readonly answers: XmlElement[];
  online: boolean;
  /** Another one after each cut of the stream. */
  connection: number;
  /** Nothing that is asked is answered in time. */
  broken: boolean;
  post(id: string, words: string, links?: readonly XmlElement[]): void;
  comment(publisher: Jid, id: string, words: string): void;
  /** A new daemon with the same store. */
  restart(): Promise<void>;
  /** Bob's node has been looked at. */
  looked(): Promise<void>;
  until(test: () => boolean): Promise<void>;
  /** As if this much time had passed for what is doubted and due. */
  /** What waits for a second look gets it now; again and again until this is so. */
  hurry(test?: () => boolean): Promise<void>;
}

export interface BenchOptions {
  /** Published before the daemon is there. */
  readonly before?: (bench: CollectorBench) => void;
}

export async function collectorBench(
  t: TestContext,
  habits: Habits,
  options: BenchOptions = {},
): Promise<CollectorBench> {
  const store = await testDatabase();
  const { db } = store;
  const told: string[] = [];
  const dropped: string[] = [];
  const lines: string[] = [];
  const looks: Looks = { of: "", count: 0 };
  const log: Log = {
    ...silentLog,
    info: (_, line) => lines.push(line),
    warn: (_, line) => lines.push(line),
  };
  const stanzas: Promise<void>[] = [];
  const server = fakePep(DOMAIN, habits, (stanza) => stanzas.push(router.handle(stanza)));
  const stream = {
    domain: DOMAIN,
    request: (question) =>
      bench.broken ? Promise.reject(new DxError("DX_IQ_TIMEOUT")) : server.request(question),
    get online() {
      return bench.online;
    },
  } as ComponentStream;
  const answers: XmlElement[] = [];
  const router = createRouter({
    domain: DOMAIN,
    log: silentLog,
    dropped: (reason) => dropped.push(reason),
    send: (stanza) => {
      answers.push(stanza);
      return Promise.resolve();
    },
  });
  const reader = createFeedReader(stream);
  const shared = {
    reader,
    log,
    domain: DOMAIN,
    isOnline: () => stream.online,
    connection: () => bench.connection,
    dropped: (reason: string) => dropped.push(reason),
    ownHosts: [],
    soonMs: 100,
    everyMs: 50,
  };
  for (const who of [BOB, EVE]) await insertLocal(db, createVault("k"), localPerson({ jid: who }));
  looks.of = (await feeds.feedOf(db, BOB))?.personKey ?? "";
  await db.raw("update feeds set since = now() - interval '1 day'");
  const startFeed = (): Feed => createFeed({ ...shared, ports: feedPorts(db, told, looks) });
  let feed = startFeed();
  const below = createComments({ ...shared, ports: commentPorts(db, told) });
  const presence = { handle: () => Promise.resolve() } as unknown as CollectorPresence;
  const profile = { look: (who: Jid) => told.push(`profile ${who}`) };
  router.add(
    createPrivilege({ stream, log, dropped: shared.dropped, serves: () => true }).handlers,
  );
  router.add(
    collectorHandlers({
      feed: {
        onEvent: (...event) => {
          feed.onEvent(...event);
        },
      },
      comments: below,
      profile,
      presence,
      dropped: shared.dropped,
    }),
  );
  const bench: CollectorBench = {
    server,
    router,
    get feed() {
      return feed;
    },
    db,
    told,
    dropped,
    lines,
    answers,
    online: true,
    connection: 1,
    broken: false,
    post: (id, words, links = []) => {
      server.publish(BOB, NODE, { id, publisher: BOB, payload: entry(words, links) });
    },
    comment: (publisher, id, words) => {
      server.publish(COMMENTS, BELOW, { id, publisher, payload: entry(words) });
    },
    async restart() {
      await feed.stop();
      feed = startFeed();
      feed.onOnline();
    },
    async looked() {
      const before = looks.count;
      feed.look(BOB);
      for (let round = 0; looks.count === before; round += 1) {
        assert.ok(round < 400, "nobody looked");
        await sleep(10);
      }
    },
    async until(test) {
      for (let round = 0; !test(); round += 1) {
        assert.ok(round < 600, `only: ${told.join("; ")}`);
        await sleep(10);
      }
    },
    async hurry(test) {
      for (let round = 0; round < 20; round += 1) {
        await sleep(50);
        await db.raw("update items set look_at = now() where look_at < 'infinity'");
        await db.raw("update comment_items set look_at = now() where look_at is not null");
        await sleep(300);
        if (test === undefined || test()) return;
      }
    },
  };
  t.after(async () => {
    await Promise.all([feed.stop(), below.stop(), ...stanzas]);
    await store[Symbol.asyncDispose]();
  });
  options.before?.(bench);
  await bench.looked();
  return bench;
}

export function entry(words: string, links: readonly XmlElement[] = []): XmlElement {
  clock += 1_000;
  return el(
    "entry",
    { xmlns: "http://www.w3.org/2005/Atom" },
    el("title", {}, words),
    el("published", {}, new Date(clock).toISOString()),
    el("updated", {}, new Date(clock).toISOString()),
    [...links],
  );
}

let clock = Date.now() - 3_600_000;

export function repliesLink(service: string, node: string): XmlElement {
  const href = `xmpp:${service}?;node=${encodeURIComponent(node)}`;
  return el("link", { rel: "replies", title: "comments", href });
}

/** Looks at bob's node that have been done. */
interface Looks {
  of: string;
  count: number;
}

type FeedPorts = Parameters<typeof createFeed>[0]["ports"];
type CommentPorts = Parameters<typeof createComments>[0]["ports"];

function feedPorts(db: Database, told: string[], looks: Looks): FeedPorts {
  return {
    feedOf: (who) => feeds.feedOf(db, who),
    claimDueFeeds: (limit) => feeds.claimDueFeeds(db, limit),
    allFeedsDue: () => feeds.allFeedsDue(db),
    feedDue: (key, lost) => feeds.feedDue(db, key, lost),
    feedTouched: (key) => feeds.feedTouched(db, key),
    async feedChecked(key, check) {
      await feeds.feedChecked(db, key, check);
      if (key === looks.of) looks.count += 1;
    },
    feedDelivered: (key, way) => feeds.feedDelivered(db, key, way),
    feedReadable: (key, readable) => feeds.feedReadable(db, key, readable),
    seenItems: (key, node, ids) => feeds.seenItems(db, key, node, ids),
    guidOf: () => POST,
    knownPeople: () => Promise.resolve(NOBODY),
    publish: (item) => publish(db, item, told),
    retract: ({ itemId }) => Promise.resolve(told.push(`retract ${itemId}`)),
    watchComments: (key, guid, place) => comments.watchComments(db, key, guid, place),
    tell: (who, text) => {
      told.push(`tell ${who} ${text.slice(0, 32)}`);
      return Promise.resolve();
    },
    doubts: {
      placeItems: (feed, found) => placeItems(db, feed, found),
      doubtItems: (feed, ids, reason, at) => doubts.doubtItems(db, feed, ids, reason, at),
      doubtAll: (feed, how, at) => doubts.doubtAll(db, feed, how, at),
      confirmPurge: (who, at) => doubts.confirmPurge(db, who, at),
      claimDoubts: (limit) => doubts.claimDoubts(db, limit),
      surroundingsOf: (key) => doubts.surroundingsOf(db, key),
      settleDoubt: (key, isGone) => doubts.settleDoubt(db, key, isGone),
      missingItems: (feed, found) => doubts.missingItems(db, feed, found),
      presentItems: (feed, how) => doubts.presentItems(db, feed, how),
    },
  };
}

/** As the rules decide: once, by state and hash. */
async function publish(db: Database, item: FeedItem, told: string[]): Promise<string> {
  const owner = await feeds.feedOf(db, item.jid);
  assert.ok(owner !== null);
  const key = { personKey: owner.personKey, node: item.node, itemId: item.itemId };
  const seen = await feeds.seenItem(db, key);
  if (seen?.hash === item.hash) return "known";
  if (!item.readableByStranger) {
    if (seen === null) await feeds.recordItem(db, key, item.hash, "withheld");
    return "withheld";
  }
  const reading = item.reading(POST, () => POST);
  if (reading === null) return "empty";
  const words = reading.note?.markdown ?? "";
  await feeds.recordItem(db, key, item.hash, "published");
  told.push(`${seen === null ? "publish" : "edit"} ${item.itemId} ${words}`);
  return seen === null ? "published" : "changed";
}

function commentPorts(db: Database, told: string[]): CommentPorts {
  return {
    feedOf: (who) => feeds.feedOf(db, who),
    commentNode: (place) => comments.commentNode(db, place),
    claimDueCommentNodes: (limit, busy) => comments.claimDueCommentNodes(db, limit, busy),
    putOffComments: (service, until) => comments.putOffComments(db, service, until),
    allCommentNodesDue: () => comments.allCommentNodesDue(db),
    commentNodeDue: (place, lost) => comments.commentNodeDue(db, place, lost),
    commentNodeChecked: (place, check) => comments.commentNodeChecked(db, place, check),
    commentNodeDelivered: (place) => comments.commentNodeDelivered(db, place),
    seenComments: (place, ids) => comments.seenComments(db, place, ids),
    recordComment: (place, item) => comments.recordComment(db, place, item),
    comment: ({ jid: who, itemId, reading }) => {
      told.push(`comment ${who} ${itemId} ${reading.isLike ? "♥" : reading.markdown}`);
      return Promise.resolve("taken");
    },
    retractComment({ jid: who, itemId }) {
      told.push(`uncomment ${who} ${itemId}`);
      // As the rules say of what they never took.
      return itemId === "refused"
        ? Promise.reject(new DxError("DX_ITEM_NOT_FOUND"))
        : Promise.resolve();
    },
    placedBelow: (place, id) => placedBelow(db, place, id),
    doubtComments: (place, ids, at) => comments.doubtComments(db, place, ids, at),
    missingComments: (place, found) => comments.missingComments(db, place, found),
    claimCommentDoubts: (limit, busy) => comments.claimCommentDoubts(db, limit, busy),
    settleCommentDoubt: (place, id, isGone) => comments.settleCommentDoubt(db, place, id, isGone),
  };
}
