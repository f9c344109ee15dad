/**
 * The configuration as the house knows it: complete, consistent, in the code's own
 * spelling. Made from what was written, once, at the start.
 */
import type { WrittenConfig } from "./schema.ts";

export interface ServedDomain {
  readonly name: string;
  /** What stands after the @ of these people's diaspora* IDs. */
  readonly diasporaDomain: string;
}

/** See docs/operations.md. */
export type Role = WrittenConfig["roles"][number];

export interface Config {
  /** What this process does of what one daemon does. */
  readonly roles: readonly Role[];
  /** Absolute. */
  readonly dataDir: string;
  readonly xmpp: {
    readonly component: {
      readonly domain: string;
      readonly host: string;
      readonly port: number;
      readonly secret: string;
    };
    readonly domains: readonly ServedDomain[];
    /** The domains, and the services beside them that are the operator's. */
    readonly ownHosts: readonly string[];
    readonly registration: "local" | "any" | readonly string[];
    /** Folded. */
    readonly admins: readonly string[];
    /** How long leaving can be undone. */
    readonly leaveDays: number;
    /** Where pictures may be fetched from private addresses. */
    readonly uploadHosts: readonly string[];
    readonly limits: {
      readonly maxStanzaBytes: number;
      readonly outboxStanzas: number;
      readonly outboxBytes: number;
    };
  };
  readonly diaspora: {
    /** The diaspora* domain of people whose XMPP domain has none of its own. */
    readonly domain: string;
    /** Scheme, host and port with a final slash: where pods reach us. */
    readonly url: string;
    readonly name: string;
    /** Old pods get the old form. */
    readonly legacySlaps: boolean;
  };
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly trustedProxies: readonly string[];
  };
  readonly database: {
    /** null: the private PostgreSQL below dataDir. */
    readonly url: string | null;
    readonly poolSize: number;
    readonly migrate: boolean;
  };
  readonly security: { readonly key: string };
  readonly development: {
    readonly enabled: boolean;
    readonly allowHttp: boolean;
    readonly allowPrivateAddresses: boolean;
    /** Of the keys that are made. */
    readonly keyBits: number;
    /** Host name → address:port. */
    readonly names: Readonly<Record<string, string>>;
  };
  readonly limits: {
    readonly maxBodyBytes: number;
    readonly maxFetchBytes: number;
    readonly fetchTimeoutSeconds: number;
    readonly requestsPerMinute: number;
    readonly inboxMaxRows: number;
    readonly maxPictureBytes: number;
    readonly pictureCacheBytes: number;
    readonly profileDelaySeconds: number;
    readonly deliveriesAtOnce: number;
    readonly postsPerDay: number;
    readonly commentsPerDay: number;
    readonly messagesPerDay: number;
    readonly followsPerDay: number;
    readonly domainActsPerHour: number;
    readonly podMessagesPerHour: number;
  };
  readonly moderation: {
    /** Pods that nobody allowed are suspended. */
    readonly listed: boolean;
    readonly quarantine: "off" | "pods" | "people";
    readonly quarantineDays: number;
  };
  /** URIs by what they are for (XEP-0157). */
  readonly contact: {
    readonly admin: readonly string[];
    readonly abuse: readonly string[];
    readonly support: readonly string[];
  };
  /** null: not to be had. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
  readonly log: {
    readonly level: "debug" | "info" | "warn" | "error";
    readonly format: "json" | "pretty";
  };
}

export function configOf(written: WrittenConfig): Config {
  const { component, limits: stream } = written.xmpp;
  return {
    roles: written.roles,
    dataDir: written.data_dir,
    xmpp: {
      component: {
        domain: component.domain,
        host: component.host,
        port: component.port,
        secret: component.secret ?? "",
      },
      domains: servedDomains(written),
      ownHosts: ownHosts(written),
      registration: written.xmpp.registration,
      admins: written.xmpp.admins,
      leaveDays: written.xmpp.leave_days,
      uploadHosts: written.xmpp.upload_hosts,
      limits: {
        maxStanzaBytes: stream.max_stanza_bytes,
        outboxStanzas: stream.outbox_stanzas,
        outboxBytes: stream.outbox_bytes,
      },
    },
    diaspora: {
      domain: mainDiasporaDomain(written),
      url: parsedUrl(written.diaspora.url)?.href ?? written.diaspora.url,
      name: written.diaspora.name,
      legacySlaps: written.diaspora.legacy_slaps,
    },
    server: {
      host: written.server.host,
      port: written.server.port,
      trustedProxies: written.server.trusted_proxies,
    },
    database: {
      url: written.database.url ?? null,
      poolSize: written.database.pool_size,
      migrate: written.database.migrate,
    },
    security: { key: written.security.key ?? "" },
    development: developmentOf(written),
    limits: limitsOf(written),
    moderation: {
      listed: written.moderation.pods === "listed",
      quarantine: written.moderation.quarantine,
      quarantineDays: written.moderation.quarantine_days,
    },
    contact: written.contact,
    metrics: metricsOf(written),
    log: written.log,
  };
}

function developmentOf({ development }: WrittenConfig): Config["development"] {
  return {
    enabled: development.enabled,
    allowHttp: development.allow_http,
    allowPrivateAddresses: development.allow_private_addresses,
    // Who forgets the section in production has full keys all the same.
    keyBits: development.enabled ? development.key_bits : 4_096,
    names: development.names,
  };
}

function limitsOf({ limits }: WrittenConfig): Config["limits"] {
  return {
    maxBodyBytes: limits.max_body_bytes,
    maxFetchBytes: limits.max_fetch_bytes,
    fetchTimeoutSeconds: limits.fetch_timeout_seconds,
    requestsPerMinute: limits.requests_per_minute,
    inboxMaxRows: limits.inbox_max_rows,
    maxPictureBytes: limits.max_picture_bytes,
    pictureCacheBytes: limits.picture_cache_bytes,
    profileDelaySeconds: limits.profile_delay_seconds,
    deliveriesAtOnce: limits.deliveries_at_once,
    postsPerDay: limits.posts_per_day,
    commentsPerDay: limits.comments_per_day,
    messagesPerDay: limits.messages_per_day,
    followsPerDay: limits.follows_per_day,
    domainActsPerHour: limits.domain_acts_per_hour,
    podMessagesPerHour: limits.pod_messages_per_hour,
  };
}

function metricsOf({ metrics: { host, port } }: WrittenConfig): Config["metrics"] {
  return port === 0 ? null : { host, port };
}

export function parsedUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function mainDiasporaDomain(written: WrittenConfig): string {
  return written.diaspora.domain ?? parsedUrl(written.diaspora.url)?.host ?? "";
}

function servedDomains(written: WrittenConfig): ServedDomain[] {
  const alone = written.xmpp.domains.length === 1;
  return written.xmpp.domains.map((entry) => {
    const name = typeof entry === "string" ? entry : entry.name;
    const own = typeof entry === "string" ? undefined : entry.diaspora_domain;
    return { name, diasporaDomain: own ?? (alone ? mainDiasporaDomain(written) : name) };
  });
}

/** Movim looks for a service of comments under the first name, and most servers have the second. */
const USUAL_SERVICES = ["comments", "pubsub"];

function ownHosts(written: WrittenConfig): string[] {
  const names = servedDomains(written).map(({ name }) => name);
  const usual = names.flatMap((name) => USUAL_SERVICES.map((service) => `${service}.${name}`));
  return [...new Set([...names, ...(written.xmpp.services ?? usual)])];
}
