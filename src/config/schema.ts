/**
 * Every key of the configuration, once. What the operator writes is checked against
 * this; config/example.yaml, docs/config.md and the names of the environment's
 * variables are made from it.
 */
import { z } from "zod";
import {
  ADDRESS,
  described,
  DOMAIN,
  domainName,
  filePath,
  HOST_WITH_PORT,
  hostWithPort,
  isAddressRange,
  isAddressWithPort,
  isJid,
  port,
  secretFile,
  secretText,
  text,
  wholeNumber,
  yesNo,
} from "./fields.ts";

const component = z
  .strictObject({
    domain: described(
      domainName,
      "The component's own domain (XEP-0114): people of the federation appear as addresses at it. Keep it short, some clients refuse addresses of more than 64 characters. It is never a domain that the XMPP server itself serves; on Openfire it must be a subdomain of it.",
      DOMAIN,
      { example: "dx.example.org" },
    ),
    host: text("Where the XMPP server listens for components.", 255).default("127.0.0.1"),
    port: port("The port at which the XMPP server listens for components.", 5347),
    secret: secretText("The secret shared with the XMPP server."),
    secret_file: secretFile(
      "the secret shared with the XMPP server",
      "/etc/diaspora-x/component-secret",
    ),
  })
  .describe("The external component that this daemon is to the XMPP server.");

const servedDomain = z.union([
  domainName,
  z.strictObject({ name: domainName, diaspora_domain: hostWithPort.optional() }),
]);

const xmpp = z
  .strictObject({
    component,
    domains: described(
      z.array(servedDomain).min(1).max(100),
      "The XMPP domains whose people may take part. An entry is a name, or `name` with `diaspora_domain`: what stands after the @ of these people's diaspora* IDs. Without it, a single domain has `diaspora.domain`, and each of several has its own name. Every domain needs its own `diaspora_domain`, and WebFinger must answer there.",
      "a list of domain names, or of `name` with `diaspora_domain`",
      { example: ["example.org"] },
    ),
    registration: described(
      z.union([z.enum(["local", "any"]), z.array(domainName).min(1).max(1000)]).default("local"),
      "Who may opt in: `local` (people of the domains above), `any` (everybody on XMPP), or a list of further domains.",
      "local, any, or a list of domain names",
    ),
    services: described(
      z.array(domainName).max(1000).optional(),
      "Pubsub services of the XMPP server that hold comments: what they say of who wrote an item is believed for everybody. Any other host below a served domain may be somebody else's component, and is believed for nobody. `comments.` and `pubsub.` before each of the domains above when absent.",
      "a list of host names",
      { example: ["comments.example.org", "pubsub.example.org"] },
    ),
    admins: described(
      z
        .array(z.string().refine(isJid, { error: `must be ${ADDRESS}` }))
        .max(100)
        .default([]),
      "The people who run this gateway: they have the commands of docs/moderation.md in their clients. Nobody else sees them.",
      "a list of addresses such as admin@example.org",
      { example: ["admin@example.org"] },
    ),
    leave_days: wholeNumber(
      "How many days somebody who has left can come back as the same person. After that the account is closed for good on every pod, and what the person said is erased.",
      0,
      90,
      7,
    ),
    upload_hosts: described(
      z.array(domainName).max(100).default([]),
      "Hosts where people upload pictures (XEP-0363) whose names lead to private addresses, as at home or behind a gateway. Pictures are fetched there all the same, and nothing else is.",
      "a list of host names",
      { example: ["upload.example.org"] },
    ),
    limits: z
      .strictObject({
        max_stanza_bytes: wholeNumber(
          "The largest stanza sent, in bytes. Keep it below what the server takes from a component: a larger one closes the stream.",
          10_000,
          10_485_760,
          131_072,
        ),
        outbox_stanzas: wholeNumber(
          "How many stanzas may wait to be written to the stream.",
          1,
          1_000_000,
          5_000,
        ),
        outbox_bytes: wholeNumber(
          "How many bytes may wait to be written to the stream.",
          65_536,
          1_073_741_824,
          33_554_432,
        ),
      })
      .describe("What the component stream bears."),
  })
  .describe("The XMPP side.");

const diaspora = z
  .strictObject({
    domain: described(
      hostWithPort.optional(),
      "What stands after the @ of diaspora* IDs that belong to no domain of their own. May carry a port. Never change it: pods know people by it for ever. The host of `diaspora.url` when absent.",
      HOST_WITH_PORT,
      { example: "example.org" },
    ),
    url: described(
      z.string().max(2048),
      "Where pods reach this daemon, as they see it: scheme, host and, where it is not the usual one, port. https, unless in development.",
      "an address such as https://dx.example.org/",
      { example: "https://dx.example.org/" },
    ),
    name: text("The name that this node shows in NodeInfo.", 100).default("Diaspora-X"),
    legacy_slaps: yesNo(
      "Speak to pods whose NodeInfo says diaspora* below 0.7 in the form that they read. Messages in that form are always understood.",
      false,
    ),
  })
  .describe("The diaspora* side.");

const server = z
  .strictObject({
    host: text("The address to listen at for HTTP.", 255).default("127.0.0.1"),
    port: port("The port to listen at for HTTP.", 4000),
    trusted_proxies: described(
      z
        .array(
          z
            .string()
            .refine(isAddressRange, { error: "must be an address or a range such as 10.0.0.0/8" }),
        )
        .max(100)
        .default([]),
      "Addresses of the reverse proxies whose X-Forwarded-For counts. Anybody else's is ignored. Behind a proxy that is not named, all private messages count against its address, and wait for each other.",
      "a list of addresses or ranges such as 127.0.0.1 or 10.0.0.0/8",
    ),
  })
  .describe("The HTTP server, which stands behind a reverse proxy that speaks TLS.");

const database = z
  .strictObject({
    url: secretText(
      "The PostgreSQL database, as postgres://user:password@host/name. Without it the daemon runs a private PostgreSQL of its own below `data_dir`.",
    ),
    url_file: secretFile("the address of the PostgreSQL database"),
    pool_size: wholeNumber("How many connections to the database are held at most.", 2, 500, 10),
    migrate: yesNo(
      "Bring the database's tables up to date at start. Without it, run `diaspora-x migrate` yourself.",
      true,
    ),
  })
  .describe("Where everything is kept.");

const security = z
  .strictObject({
    key: secretText(
      "The key by which people's private keys are encrypted and guids are derived: 32 random bytes as 64 hexadecimal digits or as base64. Make it once with `head -c 32 /dev/urandom | base64`, keep it together with the backups of the database, and never change it.",
    ),
    key_file: secretFile("the key", "/etc/diaspora-x/key"),
  })
  .describe("The one key.");

const development = z
  .strictObject({
    enabled: yesNo("This is a developer's machine. The keys below count only then.", false),
    allow_http: yesNo("Speak to pods without TLS.", false),
    allow_private_addresses: yesNo("Speak to pods at private and loopback addresses.", false),
    key_bits: wholeNumber(
      "How long the keys of people who opt in are. Pods take short ones, and making them costs less time than the 4096 bits that count otherwise.",
      2_048,
      4_096,
      4_096,
    ),
    names: described(
      z
        .record(
          hostWithPort,
          z.string().refine(isAddressWithPort, {
            error: "must be an address with a port, such as 127.0.0.1:4001",
          }),
        )
        .default({}),
      "Where names that do not resolve are to be found: host name → address and port, spoken to by plain HTTP.",
      "a map from host names to addresses with ports",
      { example: { "a.laptop.local": "127.0.0.1:4001" } },
    ),
  })
  .describe(
    "For machines on which names do not resolve and nothing has a certificate. Not for production.",
  );

const limits = z
  .strictObject({
    max_body_bytes: wholeNumber(
      "The largest body that a pod may POST, in bytes.",
      65_536,
      16_777_216,
      2_097_152,
    ),
    max_fetch_bytes: wholeNumber(
      "The largest document that is fetched from a pod, in bytes, after decompression.",
      65_536,
      16_777_216,
      1_048_576,
    ),
    fetch_timeout_seconds: wholeNumber(
      "How long one request to a pod may take with all its redirects, in seconds.",
      1,
      60,
      15,
    ),
    requests_per_minute: wholeNumber(
      "How many HTTP requests one address may make in a minute.",
      1,
      1_000_000,
      3_000,
    ),
    inbox_max_rows: wholeNumber(
      "How many received messages may wait to be worked on, half of them for another try. Beyond that pods are asked to come back later (503).",
      10,
      100_000_000,
      100_000,
    ),
    max_picture_bytes: wholeNumber(
      "The largest picture of a post that is fetched from where its author uploaded it, in bytes.",
      65_536,
      104_857_600,
      20_971_520,
    ),
    picture_cache_bytes: wholeNumber(
      "How many bytes of pictures are kept in memory for those who ask next.",
      1_048_576,
      4_294_967_296,
      67_108_864,
    ),
    profile_delay_seconds: wholeNumber(
      "How long a changed name, picture or card waits for further changes before pods are told, in seconds.",
      1,
      3_600,
      60,
    ),
    deliveries_at_once: wholeNumber("How many pods are spoken to at the same time.", 1, 1_000, 100),
    posts_per_day: wholeNumber(
      "How many posts and reshares one person here may send to the federation in a day.",
      1,
      1_000_000,
      500,
    ),
    comments_per_day: wholeNumber(
      "How many comments, likes and votes one person here may send in a day.",
      1,
      1_000_000,
      2_000,
    ),
    messages_per_day: wholeNumber(
      "How many private messages one person here may send in a day.",
      1,
      1_000_000,
      1_000,
    ),
    follows_per_day: wholeNumber(
      "How many people one person here may begin to follow in a day.",
      1,
      1_000_000,
      300,
    ),
    domain_acts_per_hour: wholeNumber(
      "How many posts, comments, likes, messages and follows all people of one XMPP domain may send in an hour, where that domain is none of `xmpp.domains`.",
      1,
      10_000_000,
      2_000,
    ),
    pod_messages_per_hour: wholeNumber(
      "How many new messages of one pod are worked on in an hour; what comes again does not count. What is more waits, and the pod is asked to come back later (503).",
      1,
      100_000_000,
      50_000,
    ),
  })
  .describe("What the HTTP side and the queues bear.");

const moderation = z
  .strictObject({
    pods: described(
      z.enum(["open", "listed"]).default("open"),
      "`open`: every pod that is not suspended. `listed`: only pods that were allowed by `diaspora-x allow`, in both directions.",
      "open or listed",
    ),
    quarantine: described(
      z.enum(["off", "pods", "people"]).default("off"),
      "What strangers send to somebody (a first follow, a private message) waits until that person or an admin has said yes: of pods with which nobody here has to do (`pods`), or of everybody whom the person does not know (`people`).",
      "off, pods or people",
    ),
    quarantine_days: wholeNumber(
      "How long it waits, in days. Then it is forgotten, and its sender is told nothing.",
      1,
      365,
      14,
    ),
  })
  .describe("Whom this gateway has to do with (docs/moderation.md).");

const addresses = (whose: string, example: readonly string[]) =>
  described(
    z
      .array(z.string().regex(/^(?:mailto|xmpp|https?):[^\s]{3,500}$/))
      .max(20)
      .default([]),
    `Where ${whose} is reached: addresses that begin with mailto:, xmpp: or https:.`,
    "a list of addresses",
    { example: [...example] },
  );

const contact = z
  .strictObject({
    admin: addresses("who runs this", ["mailto:admin@example.org"]),
    abuse: addresses("who acts on abuse", ["mailto:abuse@example.org"]),
    support: addresses("who helps", ["xmpp:help@example.org"]),
  })
  .describe("Who runs this gateway, for whoever asks it over XMPP (XEP-0157).");

const metrics = z
  .strictObject({
    host: text(
      "Where the figures are to be had. Nobody but the operator should reach it.",
      255,
    ).default("127.0.0.1"),
    port: wholeNumber("The port of `GET /metrics`; with 0 there is none.", 0, 65_535, 0),
  })
  .describe("Figures for Prometheus (docs/metrics.md), at an address of their own.");

const log = z
  .strictObject({
    level: described(
      z.enum(["debug", "info", "warn", "error"]).default("info"),
      "The least weighty line that is written. `debug` may show what people wrote.",
      "debug, info, warn or error",
    ),
    format: described(
      z.enum(["json", "pretty"]).default("json"),
      "`json` for machines, one object a line; `pretty` for people.",
      "json or pretty",
    ),
  })
  .describe("The log, which goes to standard output.");

const roles = described(
  z
    .array(z.enum(["connector", "web", "worker"]))
    .min(1)
    .max(3)
    .default(["connector", "web", "worker"]),
  "What of a daemon's work this process does: `connector` (the component's stream), `web` (HTTP for pods), `worker` (opening what pods sent, delivering to them). The same as `start --only`; see docs/operations.md.",
  "a list of connector, web and worker",
);

export const configSchema = z.strictObject({
  roles,
  data_dir: filePath(
    "The folder for what the daemon keeps itself, the private PostgreSQL for one. Only its owner needs to read it.",
  ).default("/var/lib/diaspora-x"),
  xmpp,
  diaspora,
  server,
  database,
  security,
  development,
  limits,
  moderation,
  contact,
  metrics,
  log,
});

/** The configuration as written, valid key by key, its defaults filled in. */
export type WrittenConfig = z.output<typeof configSchema>;
