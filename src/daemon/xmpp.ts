/** The XMPP wing, put together: stream, router, handlers, collector. */
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import {
  registerCommand,
  unregisterCommand,
  type RegistrationPorts,
} from "../commands/register.ts";
import type { Config } from "../config.ts";
import { createAdhoc } from "../connector/adhoc.ts";
import { collectorHandlers } from "../connector/collector-handlers.ts";
import {
  createCollectorPresence,
  type CollectorPresence,
} from "../connector/collector-presence.ts";
import { createDisco } from "../connector/disco.ts";
import { createFeedReader } from "../connector/feed-reader.ts";
import { createFeed, type Feed } from "../connector/feed.ts";
import { gatewayHandlers } from "../connector/gateway.ts";
import { personHandlers, personNode } from "../connector/person-handlers.ts";
import { pingHandler } from "../connector/ping.ts";
import { registerHandlers } from "../connector/register.ts";
import { createRouter, type Router } from "../connector/router.ts";
import { createComponentStream, type ComponentStream } from "../connector/stream.ts";
import { versionHandler } from "../connector/version.ts";
import { DxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { PepEffects } from "../pep/service.ts";
import { guarded } from "../store/database.ts";
import {
  allFeedsDue,
  claimDueFeeds,
  feedChecked,
  feedDelivered,
  feedDue,
  feedOf,
  unseenItems,
} from "../store/feeds.ts";
import { isSubscribed } from "../store/relationships.ts";
import { registrationPolicy, type Rules } from "./rules.ts";
import type { Storage } from "./storage.ts";

export interface XmppOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  readonly storage: Storage;
  readonly rules: Rules;
  readonly onOnline: () => void;
  readonly onFatal: (error: DxError) => void;
}

export interface XmppWing {
  readonly stream: ComponentStream;
  stop(): Promise<void>;
}

/** An answer with a thousand items comes from our own server; what people write is cut by it. */
const INCOMING_CHARS = 8 * 1024 * 1024;
const CAPS_NODE = "https://diaspora-x.org/";

export function createXmppWing(options: XmppOptions): XmppWing {
  const { config, log } = options;
  const { domain } = config.xmpp.component;
  const send = (stanza: Parameters<ComponentStream["send"]>[0]) => stream.send(stanza);
  const router = createRouter({ domain, log, send });
  const parts: { feed: Feed | null; presence: CollectorPresence | null } = {
    feed: null,
    presence: null,
  };
  const stream = createStream(options, router, () => {
    parts.presence?.forget();
    parts.feed?.onOnline();
    options.onOnline();
  });
  const feed = createFeed({
    ports: feedPorts(options),
    reader: createFeedReader(stream),
    log,
    isOnline: () => stream.online,
  });
  parts.feed = feed;
  addPersonHandlers(options, router, send);
  parts.presence = addComponentHandlers(options, router, feed, send);
  return {
    stream,
    async stop() {
      await feed.stop();
      await stream.stop();
    },
  };
}

function createStream(options: XmppOptions, router: Router, onOnline: () => void): ComponentStream {
  const { component, domains, limits } = options.config.xmpp;
  return createComponentStream({
    ...component,
    servedDomain: domains[0]?.name ?? component.domain,
    limits: {
      stanzaBytes: limits.maxStanzaBytes,
      outboxStanzas: limits.outboxStanzas,
      outboxBytes: limits.outboxBytes,
      incomingChars: INCOMING_CHARS,
    },
    log: options.log,
    onStanza: router.handle,
    onOnline,
    onOffline: () => undefined,
    onFatal: options.onFatal,
  });
}

function addPersonHandlers(
  options: XmppOptions,
  router: Router,
  send: ComponentStream["send"],
): void {
  const { rules, storage } = options;
  const effects: PepEffects = {
    subscribe: rules.follow,
    unsubscribe: rules.unfollow,
    isSubscribed: async (reader, id, node) => {
      const person = await rules.store.remoteById(id);
      return person !== null && (await isSubscribed(storage.db, person.key, node, reader));
    },
    read: async (reader, id, wanted) => {
      await lookUp(options, reader, id);
      const stream = await rules.read(id, reader, wanted);
      return stream === null ? null : { name: stream.person.name, posts: stream.posts };
    },
  };
  const disco = createDisco({
    to: "person",
    identities: [
      { category: "account", type: "registered" },
      { category: "pubsub", type: "pep" },
    ],
    capsNode: CAPS_NODE,
    features: () => router.features("person"),
    exists: async (to, asker) => {
      if (to.person !== null) await lookUp(options, asker, to.person);
    },
    node: (node) => Promise.resolve(personNode(node)),
  });
  router.add([
    ...disco.handlers,
    pingHandler("person"),
    ...personHandlers({ effects, send, caps: disco.caps }),
  ]);
}

/** Only those who have opted in make the gateway look for people; others see who is known. */
async function lookUp(options: XmppOptions, reader: Jid, id: DiasporaId): Promise<void> {
  const { rules } = options;
  if ((await rules.store.remoteById(id)) !== null) return;
  if ((await rules.store.accountByJid(reader)) === null) throw new DxError("DX_ITEM_NOT_FOUND");
  await rules.findRemote(id);
}

function addComponentHandlers(
  options: XmppOptions,
  router: Router,
  feed: Feed,
  send: ComponentStream["send"],
): CollectorPresence {
  const { config, rules } = options;
  const { domain } = config.xmpp.component;
  const isRegistered = async (jid: Jid) => (await rules.store.accountByJid(jid)) !== null;
  const lazy: { presence: CollectorPresence | null } = { presence: null };
  const ports: RegistrationPorts = {
    find: (jid) => rules.store.accountByJid(jid),
    register: async (jid) => {
      const account = await rules.register(jid);
      feed.look(jid);
      await lazy.presence?.ask(jid);
      return account;
    },
    remove: async (jid) => {
      if ((await rules.unregister(jid)) !== null) await lazy.presence?.leave(jid);
    },
  };
  const register = registerCommand(ports, registrationPolicy(config));
  const unregister = unregisterCommand(ports);
  const adhoc = createAdhoc({ domain, commands: [register, unregister] });
  const disco = createDisco({
    to: "component",
    identities: [
      { category: "gateway", type: "diaspora", name: config.diaspora.name },
      { category: "pubsub", type: "service" },
    ],
    capsNode: CAPS_NODE,
    features: () => router.features("component"),
    items: () => Promise.resolve([adhoc.listItem]),
    node: (node, _to, asker) => adhoc.node(node, asker),
  });
  const presence = createCollectorPresence({
    domain,
    caps: disco.caps,
    isRegistered,
    send,
    onReachable: feed.look,
  });
  lazy.presence = presence;
  router.add([
    ...disco.handlers,
    ...adhoc.handlers,
    ...registerHandlers({ register, unregister }),
    ...gatewayHandlers({
      domain,
      ownHosts: new Map(config.xmpp.domains.map((one) => [one.diasporaDomain, one.name])),
    }),
    pingHandler("component"),
    versionHandler("component", options.version),
    ...collectorHandlers(feed, presence),
  ]);
  return presence;
}

function feedPorts({
  storage: { db },
  rules,
}: XmppOptions): Parameters<typeof createFeed>[0]["ports"] {
  return {
    feedOf: (jid) => guarded(() => feedOf(db, jid)),
    claimDueFeeds: (limit) => guarded(() => claimDueFeeds(db, limit)),
    allFeedsDue: () => guarded(() => allFeedsDue(db)),
    feedDue: (personKey) => guarded(() => feedDue(db, personKey)),
    feedChecked: (personKey, check) => guarded(() => feedChecked(db, personKey, check)),
    feedDelivered: (personKey) => guarded(() => feedDelivered(db, personKey)),
    unseenItems: (personKey, node, ids) => guarded(() => unseenItems(db, personKey, node, ids)),
    publish: rules.publish,
  };
}
