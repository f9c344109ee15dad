/** The XMPP wing, put together: stream, router, the component, people on it, the collector. */
import { bareJid, type Jid } from "../activitystreams/ids.ts";
import type { RegistrationPorts } from "../commands/register.ts";
import type { Config } from "../config.ts";
import { createClientCaps, type ClientCaps } from "../connector/client-caps.ts";
import { collectorHandlers } from "../connector/collector-handlers.ts";
import {
  createCollectorPresence,
  type CollectorPresence,
} from "../connector/collector-presence.ts";
import { componentCardHandler, contactForm } from "../connector/component-card.ts";
import { createDisco } from "../connector/disco.ts";
import type { Dropped } from "../connector/dropped.ts";
import { createFeedReader } from "../connector/feed-reader.ts";
import { gatewayHandlers } from "../connector/gateway.ts";
import type { Handler } from "../connector/handler.ts";
import { hasMoved } from "../connector/moved.ts";
import { pingHandler } from "../connector/ping.ts";
import { createPrivilege } from "../connector/privilege.ts";
import { pubsubDisco, pubsubHandlers } from "../connector/pubsub-handlers.ts";
import { registerHandlers } from "../connector/register.ts";
import { createRouter, type Router } from "../connector/router.ts";
import { searchHandlers } from "../connector/search.ts";
import { createSeldom } from "../connector/seldom.ts";
import { testReach } from "../connector/self-test.ts";
import { createShutOut } from "../connector/shut-out.ts";
import { createComponentStream, type ComponentStream } from "../connector/stream.ts";
import { versionHandler } from "../connector/version.ts";
import { DxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { PubsubService } from "../pep/pubsub/service.ts";
import type { Avatars } from "../media/avatars.ts";
import { createSameness } from "./accounts.ts";
import { measuredStream } from "./measured-sending.ts";
import type { StreamChores } from "./chores.ts";
import type { Rules } from "./rules.ts";
import { searchFor } from "./search.ts";
import type { Storage } from "./storage.ts";
import { createDoors, type Doors } from "./xmpp-chat.ts";
import { createCollector, type Collector } from "./xmpp-collector.ts";
import { CAPS_NODE, type XmppParts } from "./xmpp-parts.ts";
import { addPersons, createService } from "./xmpp-persons.ts";

export interface XmppOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly storage: Storage;
  readonly rules: Rules;
  readonly avatars: Avatars;
  readonly onOnline: () => void;
  readonly wakeInbox: () => void;
  readonly onFatal: (error: DxError) => void;
}

export interface XmppWing {
  readonly stream: ComponentStream;
  /** See src/store/leaving.ts. */
  readonly chores: StreamChores;
  stop(): Promise<void>;
}

/** An answer with a thousand items. */
const ANSWER_CHARS = 8 * 1024 * 1024;

const DOUBT_MS = 30_000;
const TOLD_EVERY_MS = 3_600_000;

export function createXmppWing(options: XmppOptions): XmppWing {
  const { config, log } = options;
  const domain = bareJid(config.xmpp.component.domain);
  if (domain === null) throw new DxError("DX_INTERNAL", { detail: "the domain is no JID" });
  const send: XmppParts["send"] = (stanza) => stream.send(stanza);
  const dropped = countDropped(options.metrics);
  const router = createRouter({
    domain,
    log,
    send,
    ownHosts: config.xmpp.ownHosts,
    dropped,
    refused: (condition) => {
      options.metrics.count("diaspora_x_requests_refused_total", { condition });
    },
  });
  const late: { onOnline: () => void } = { onOnline: () => undefined };
  const stream = createStream(options, router, dropped, () => {
    late.onOnline();
    options.onOnline();
  });
  const privilege = createPrivilege({
    stream,
    log,
    dropped,
    serves: (host) => options.config.xmpp.domains.some(({ name }) => name === host),
  });
  const parts: XmppParts = { ...options, domain, router, stream, send, dropped, privilege };
  const collector = createCollector(parts);
  const service = createService(parts);
  const caps = clientCaps(parts);
  addPersons(parts, service);
  router.add([presenceHandler("person", caps)]);
  const { doors, presence } = addComponent(parts, service, collector, caps);
  let tested = false;
  late.onOnline = () => {
    presence.forget();
    doors.forget();
    collector.feed.onOnline();
    collector.comments.onOnline();
    if (!tested) selfTest(parts);
    tested = true;
  };
  return {
    stream,
    chores: streamChores(parts, presence),
    async stop() {
      await collector.stop();
      await stream.stop();
    },
  };
}

/** By the process whose stream is up, and by no other. */
function streamChores(
  { log, rules, storage, stream }: XmppParts,
  presence: CollectorPresence,
): StreamChores {
  const isSame = createSameness(createFeedReader(stream), storage);
  const effects = { log, onTrusted: presence.ask, onTooMany: warnOfReset(log) };
  return {
    async settleDoubts() {
      const before = new Date(Date.now() - DOUBT_MS);
      if (stream.online) await rules.settleDoubts(before, isSame, effects);
    },
    async endAccounts(limit) {
      // Their server is told at once: afterwards nobody knows who they were.
      if (!stream.online) return;
      for (const jid of await rules.endDueAccounts(limit)) await presence.part(jid);
    },
  };
}

function warnOfReset(log: Log): (count: number) => void {
  const seldom = createSeldom({ everyMs: TOLD_EVERY_MS, keys: 1 }, Date.now);
  return (count) => {
    if (!seldom.allows("reset")) return;
    log.error(
      { count },
      "many accounts took their presence back at once: were rosters reset? Nobody is " +
        "closed for it; see `diaspora-x person doubted`",
    );
  };
}

function countDropped(metrics: Metrics): Dropped {
  return (reason) => {
    metrics.count("diaspora_x_stanzas_dropped_total", { reason });
  };
}

function createStream(
  options: XmppOptions,
  router: Router,
  dropped: Dropped,
  onOnline: () => void,
): ComponentStream {
  const { component, domains, limits } = options.config.xmpp;
  const handle = createShutOut({
    isSuspended: (jid) => options.storage.standings.now().ofJid(jid) === "suspend",
    send: (stanza) => stream.send(stanza),
    dropped,
    handle: router.handle,
  });
  const stream = createComponentStream({
    ...component,
    servedDomain: domains[0]?.name ?? component.domain,
    limits: {
      stanzaBytes: limits.maxStanzaBytes,
      outboxStanzas: limits.outboxStanzas,
      outboxBytes: limits.outboxBytes,
      answerChars: ANSWER_CHARS,
    },
    log: options.log,
    dropped,
    onStanza: (stanza) => {
      options.metrics.count("diaspora_x_stanzas_received_total", { kind: stanza.local });
      return handle(stanza);
    },
    onOnline: () => {
      options.metrics.count("diaspora_x_stream_logins_total", {});
      onOnline();
    },
    onOffline: () => {
      options.metrics.count("diaspora_x_stream_losses_total", {});
    },
    onFatal: options.onFatal,
  });
  return measuredStream(stream, options.metrics);
}

/** Beside everything else: nobody waits for it. */
function selfTest({ config, log, stream }: XmppParts): void {
  const domains = (): Promise<readonly string[]> =>
    Promise.resolve(config.xmpp.domains.map(({ name }) => name));
  void testReach({ stream, domains, log });
}

function clientCaps({ stream, rules, log }: XmppParts): ClientCaps {
  return createClientCaps({
    stream,
    noteClient: rules.store.noteClient,
    isRegistered: async (jid) => (await rules.store.accountByJid(jid)) !== null,
    log,
  });
}

function presenceHandler(to: "component" | "person", caps: ClientCaps): Handler {
  return { kind: "presence", to, types: ["available", "unavailable"], receive: caps.seen };
}

function addComponent(
  parts: XmppParts,
  service: PubsubService,
  collector: Collector,
  caps: ClientCaps,
): { readonly doors: Doors; readonly presence: CollectorPresence } {
  const { config, domain, privilege, rules, router, send } = parts;
  const { feed, profile } = collector;
  const lazy: { presence: CollectorPresence | null } = { presence: null };
  const registration = registrationPorts(parts, collector, () => lazy.presence);
  const doors = createDoors(parts, {
    registration,
    privilege,
    confirmPurge: (jid) => feed.confirmPurge(jid),
  });
  const nodes = pubsubDisco(service);
  const disco = createDisco({
    to: "component",
    identities: [
      { category: "gateway", type: "diaspora", name: config.diaspora.name },
      { category: "pubsub", type: "service" },
    ],
    forms: () => {
      const contact = contactForm(config.contact);
      return contact === null ? [] : [contact];
    },
    capsNode: CAPS_NODE,
    features: () => router.features("component"),
    items: async (to, asker) => [doors.adhoc.listItem, ...(await nodes.items(to, asker))],
    node: async (node, to, asker) =>
      (await doors.adhoc.node(node, asker)) ?? (await nodes.node(node, to, asker)),
  });
  const presence = createCollectorPresence({
    domain,
    caps: disco.caps,
    isRegistered: async (jid) => (await rules.store.accountByJid(jid)) !== null,
    send,
    onReachable: (jid) => {
      feed.look(jid);
      profile.look(jid);
    },
    onGranted: rules.letIn,
    onWithdrawn: rules.doubt,
  });
  lazy.presence = presence;
  const collecting = collectorHandlers({ ...collector, presence });
  router.add([
    ...disco.handlers,
    ...doors.adhoc.handlers,
    ...registerHandlers(doors.commands),
    ...cardHandlers(parts),
    ...pubsubHandlers(service, "component"),
    ...privilege.handlers,
    ...collecting.map((handler) => alsoSeen(handler, caps)),
    ...doors.handlers,
  ]);
  return { doors, presence };
}

/** What the component tells of itself and of people. */
function cardHandlers(parts: XmppParts): Handler[] {
  const { config, domain, version } = parts;
  return [
    ...gatewayHandlers({
      domain,
      ownHosts: new Map(config.xmpp.domains.map((one) => [one.diasporaDomain, one.name])),
    }),
    ...searchHandlers({ search: searchFor(parts) }),
    componentCardHandler({
      name: config.diaspora.name,
      description: "A gateway to the diaspora* federation",
      url: config.diaspora.url,
    }),
    pingHandler("component"),
    versionHandler("component", version),
  ];
}

/** Whoever greets the component shows what the client can do. */
function alsoSeen(handler: Handler, caps: ClientCaps): Handler {
  if (handler.kind !== "presence") return handler;
  return {
    ...handler,
    receive: async (presence) => {
      await handler.receive(presence);
      const { type } = presence.stanza.attrs;
      if (type === undefined || type === "unavailable") caps.seen(presence);
    },
  };
}

function registrationPorts(
  { rules, storage, stream }: XmppParts,
  { feed, profile }: Collector,
  presence: () => CollectorPresence | null,
): RegistrationPorts {
  const isSame = createSameness(createFeedReader(stream), storage);
  return {
    find: (jid) => rules.store.accountByJid(jid),
    async register(jid: Jid) {
      const account = await rules.register(jid, isSame);
      feed.look(jid);
      profile.look(jid);
      await presence()?.ask(jid);
      return account;
    },
    async remove(jid) {
      const endsAt = await rules.unregister(jid);
      if (endsAt !== null) await presence()?.leave(jid);
      return endsAt;
    },
    async move(jid, from) {
      if (!(await hasMoved(from, jid, stream))) throw new DxError("DX_NOT_MOVED");
      const account = await rules.moveAccount({ from, to: jid });
      await presence()?.part(from);
      return account;
    },
  };
}
