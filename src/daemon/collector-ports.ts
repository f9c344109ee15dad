/** The collector's memory in the store, and the rules to which it hands what it finds. */
import type { Jid } from "../activitystreams/ids.ts";
import { knownPeople } from "../bridge/named.ts";
import type { CommentPorts } from "../connector/collector-ports.ts";
import type { PlacePorts } from "../connector/node-place.ts";
import type { FeedPorts } from "../connector/ports.ts";
import type { Metrics } from "../metrics/metrics.ts";
import * as comments from "../store/collected-comments.ts";
import * as doubts from "../store/collected-doubts.ts";
import { placeItems } from "../store/collected-order.ts";
import * as placed from "../store/collected-placed.ts";
import { guarded, type Database } from "../store/database.ts";
import * as feeds from "../store/feeds.ts";
import { began, secondsSince } from "./measuring.ts";
import type { Rules } from "./rules.ts";

export interface CollectorPortsOptions {
  /** The component's domain. */
  readonly domain: Jid;
  readonly db: Database;
  readonly rules: Rules;
  readonly metrics: Metrics;
}

export function feedPorts({ domain, db, rules, metrics }: CollectorPortsOptions): FeedPorts {
  const on = boundTo(db);
  return {
    feedOf: on(feeds.feedOf),
    claimDueFeeds: on(feeds.claimDueFeeds),
    allFeedsDue: on(feeds.allFeedsDue),
    feedDue: on(feeds.feedDue),
    feedTouched: on(feeds.feedTouched),
    feedChecked: on(feeds.feedChecked),
    feedDelivered: on(feeds.feedDelivered),
    feedReadable: on(feeds.feedReadable),
    seenItems: on(feeds.seenItems),
    guidOf: rules.guidOf,
    knownPeople: (named) => knownPeople(named, domain, rules.store),
    async publish(item) {
      const start = began();
      const outcome = await rules.publish(item);
      metrics.observe("diaspora_x_publish_seconds", {}, secondsSince(start));
      metrics.count("diaspora_x_published_total", { outcome });
      return outcome;
    },
    retract: rules.retractItem,
    watchComments: on(comments.watchComments),
    tell: rules.tell,
    doubts: {
      placeItems: on(placeItems),
      doubtItems: on(doubts.doubtItems),
      doubtAll: on(doubts.doubtAll),
      confirmPurge: on(doubts.confirmPurge),
      claimDoubts: on(doubts.claimDoubts),
      surroundingsOf: on(doubts.surroundingsOf),
      settleDoubt: on(doubts.settleDoubt),
      missingItems: on(doubts.missingItems),
      presentItems: on(doubts.presentItems),
    },
  };
}

export function commentPorts({ db, rules }: CollectorPortsOptions): CommentPorts {
  const on = boundTo(db);
  return {
    feedOf: on(feeds.feedOf),
    commentNode: on(comments.commentNode),
    claimDueCommentNodes: on(comments.claimDueCommentNodes),
    putOffComments: on(comments.putOffComments),
    allCommentNodesDue: on(comments.allCommentNodesDue),
    commentNodeDue: on(comments.commentNodeDue),
    commentNodeChecked: on(comments.commentNodeChecked),
    commentNodeDelivered: on(comments.commentNodeDelivered),
    seenComments: on(comments.seenComments),
    recordComment: on(comments.recordComment),
    placedBelow: on(placed.placedBelow),
    doubtComments: on(comments.doubtComments),
    missingComments: on(comments.missingComments),
    claimCommentDoubts: on(comments.claimCommentDoubts),
    settleCommentDoubt: on(comments.settleCommentDoubt),
    comment: (item) => rules.collectReply({ ...item, from: "node" }),
    retractComment: rules.retractReply,
  };
}

export function placePorts(db: Database): PlacePorts {
  const on = boundTo(db);
  return {
    placedItem: on(placed.placedItem),
    rememberPlaced: on(placed.rememberPlaced),
    forgetPlaced: on(placed.forgetPlaced),
  };
}

/** The store's functions with the database in their first place. */
function boundTo(db: Database) {
  return <A extends unknown[], R>(work: (db: Database, ...rest: A) => Promise<R>) =>
    (...rest: A): Promise<R> =>
      guarded(() => work(db, ...rest));
}
