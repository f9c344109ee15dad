/** The collector, put together: people's own nodes, comments below their posts, their profiles. */
import { setTimeout as pause } from "node:timers/promises";
import type { Jid } from "../activitystreams/ids.ts";
import { createComments } from "../connector/collector-comments.ts";
import { createOwnProfile } from "../connector/collector-profile.ts";
import type { Dropped } from "../connector/dropped.ts";
import { createFeedReader } from "../connector/feed-reader.ts";
import { createFeed, type Feed } from "../connector/feed.ts";
import type { Comments } from "../connector/collector-comments.ts";
import type { OwnProfile } from "../connector/collector-profile.ts";
import { commentPorts, feedPorts } from "./collector-ports.ts";
import type { XmppParts } from "./xmpp-parts.ts";

const STOP_MS = 3_000;

export interface Collector {
  readonly feed: Feed;
  readonly comments: Comments;
  readonly profile: OwnProfile;
  readonly dropped: Dropped;
  stop(): Promise<void>;
}

export function createCollector(parts: XmppParts): Collector {
  const { config, domain, dropped, log, metrics, rules, storage, stream } = parts;
  const ports = { domain, db: storage.db, rules, metrics };
  const reader = createFeedReader(stream);
  const isOnline = (): boolean => stream.online;
  const profile = createOwnProfile({
    reader,
    log,
    isRegistered: async (jid: Jid) => (await rules.store.accountByJid(jid)) !== null,
    profileChanged: rules.profileChanged,
  });
  const feed = createFeed({
    ports: feedPorts(ports),
    reader,
    log,
    isOnline,
    connection: () => stream.epoch,
    domain,
    ownHosts: config.xmpp.ownHosts,
    dropped,
    groupsOf: parts.privilege.groupsOf,
    onAudit: profile.look,
  });
  const comments = createComments({
    ports: commentPorts(ports),
    reader,
    log,
    isOnline,
    domain,
    dropped,
    ownHosts: config.xmpp.ownHosts,
  });
  return {
    feed,
    comments,
    profile,
    dropped,
    async stop() {
      const idle = Promise.all([feed.stop(), comments.stop(), profile.stop()]);
      // What waits for a server that does not answer is looked at again after the next start.
      await Promise.race([idle, pause(STOP_MS, undefined, { ref: false })]);
    },
  };
}
