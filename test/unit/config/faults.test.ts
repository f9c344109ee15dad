import assert from "node:assert/strict";
import { test } from "node:test";
import { withValue, type Tree } from "../../../src/config/tree.ts";
import { read, summary, VALID } from "./support.ts";

interface Case {
  readonly name: string;
  readonly set: Readonly<Record<string, unknown>>;
  readonly env?: Record<string, string>;
  readonly expect: readonly string[];
  readonly says?: RegExp;
}

const DEVELOPMENT = { enabled: true };

const CASES: readonly Case[] = [
  {
    name: "a misspelt key, with the right one beside it",
    set: { "xmpp.registraton": "any" },
    expect: ["error xmpp.registraton"],
    says: /did you mean xmpp\.registration\?/,
  },
  { name: "an unknown section", set: { smtp: { host: "x" } }, expect: ["error smtp"] },
  {
    name: "a misspelt variable",
    set: {},
    env: { DIASPORA_X_LOG_LEVL: "debug" },
    expect: ["error DIASPORA_X_LOG_LEVL"],
    says: /did you mean DIASPORA_X_LOG_LEVEL\?/,
  },
  {
    name: "a word for a number",
    set: { "server.port": "http" },
    expect: ["error server.port"],
    says: /is no number/,
  },
  { name: "port 0", set: { "server.port": 0 }, expect: ["error server.port"] },
  { name: "a fraction", set: { "server.port": 1.5 }, expect: ["error server.port"] },
  {
    name: "a word for yes or no in the environment",
    set: {},
    env: { DIASPORA_X_DATABASE_MIGRATE: "maybe" },
    expect: ["error database.migrate"],
    says: /give true or false/,
  },
  {
    name: "a missing component domain",
    set: { "xmpp.component": { secret: "s" } },
    expect: ["error xmpp.component.domain"],
    says: /is missing/,
  },
  { name: "no served domain", set: { "xmpp.domains": [] }, expect: ["error xmpp.domains"] },
  {
    name: "capitals in a domain",
    set: { "xmpp.domains": ["Example.org"] },
    expect: ["error xmpp.domains.0"],
  },
  {
    name: "an address for a domain",
    set: { "xmpp.domains": ["bob@example.org"] },
    expect: ["error xmpp.domains.0"],
  },
  {
    name: "a misspelt key inside an entry",
    set: { "xmpp.domains": [{ name: "example.org", diaspora_domian: "x" }] },
    expect: ["error xmpp.domains.0.diaspora_domian"],
    says: /is no key/,
  },
  {
    name: "an unknown registration word",
    set: { "xmpp.registration": "everybody" },
    expect: ["error xmpp.registration"],
    says: /local, any, or a list/,
  },
  { name: "a section that is a word", set: { xmpp: "yes" }, expect: ["error xmpp"] },
  {
    name: "a stanza limit that no server takes",
    set: { "xmpp.limits.max_stanza_bytes": 100 },
    expect: ["error xmpp.limits.max_stanza_bytes"],
  },
  {
    name: "a component at a served domain",
    set: { "xmpp.component.domain": "example.org" },
    expect: ["error xmpp.component.domain"],
    says: /dx\.example\.org/,
  },
  {
    name: "a component domain so long that Movim refuses its people",
    set: { "xmpp.component.domain": "diaspora-federation.chat.example.org" },
    expect: ["warning xmpp.component.domain"],
    says: /64 characters/,
  },
  {
    name: "a missing component secret",
    set: { "xmpp.component": { domain: "dx.example.org" } },
    expect: ["error xmpp.component.secret"],
  },
  {
    name: "two domains with one diaspora* domain: two people with one ID",
    set: {
      "xmpp.domains": [
        { name: "a.example", diaspora_domain: "x.example" },
        { name: "b.example", diaspora_domain: "x.example" },
      ],
    },
    expect: ["error xmpp.domains"],
    says: /bob of one would be bob of the other/,
  },
  {
    name: "a domain named twice",
    set: { "xmpp.domains": ["a.example", "a.example"] },
    expect: ["error xmpp.domains"],
    says: /twice/,
  },
  {
    name: "http outside development",
    set: { "diaspora.url": "http://dx.example.org/" },
    expect: ["error diaspora.url"],
    says: /https/,
  },
  { name: "no address", set: { "diaspora.url": "dx.example.org" }, expect: ["error diaspora.url"] },
  {
    name: "another scheme",
    set: { "diaspora.url": "ftp://dx.example.org/" },
    expect: ["error diaspora.url"],
  },
  {
    name: "a path in the address",
    set: { "diaspora.url": "https://example.org/dx/" },
    expect: ["error diaspora.url"],
    says: /path/,
  },
  {
    name: "a password in the address",
    set: { "diaspora.url": "https://a:b@example.org/" },
    expect: ["error diaspora.url"],
  },
  {
    name: "a scheme in the diaspora* domain",
    set: { "diaspora.domain": "https://example.org" },
    expect: ["error diaspora.domain"],
  },
  {
    name: "allow_http outside development",
    set: { "development.allow_http": true },
    expect: ["error development.allow_http"],
  },
  {
    name: "private addresses and names outside development",
    set: {
      "development.allow_private_addresses": true,
      "development.names": { "a.local": "127.0.0.1:1" },
    },
    expect: ["error development.allow_private_addresses", "error development.names"],
  },
  {
    name: "development at a public address",
    set: { development: DEVELOPMENT, "diaspora.url": "https://pod.social/" },
    expect: ["warning development.enabled"],
  },
  {
    name: "a name that leads to a name",
    set: { development: { ...DEVELOPMENT, names: { "a.local": "b.local:1" } } },
    expect: ["error development.names.a.local"],
  },
  { name: "a missing key", set: { security: {} }, expect: ["error security.key"], says: /urandom/ },
  {
    name: "a short key",
    set: { "security.key": "0123456789abcdef".repeat(3) },
    expect: ["error security.key"],
    says: /less than 32 bytes/,
  },
  {
    name: "a key that is one letter",
    set: { "security.key": "a".repeat(64) },
    expect: ["error security.key"],
    says: /not random/,
  },
  {
    name: "a database that is none",
    set: { "database.url": "sqlite:///x" },
    expect: ["error database.url"],
  },
  {
    name: "HTTP at the component's port",
    set: { "server.port": 5347 },
    expect: ["error server.port"],
  },
  {
    name: "a proxy that is a name",
    set: { "server.trusted_proxies": ["proxy"] },
    expect: ["error server.trusted_proxies.0"],
  },
  {
    name: "a range too wide",
    set: { "server.trusted_proxies": ["10.0.0.0/33"] },
    expect: ["error server.trusted_proxies.0"],
  },
  {
    name: "trust in everybody",
    set: { "server.trusted_proxies": ["0.0.0.0/0"] },
    expect: ["error server.trusted_proxies"],
  },
  { name: "an unknown log level", set: { "log.level": "loud" }, expect: ["error log.level"] },
];

for (const { name, set, env, expect, says } of CASES) {
  test(`named with key and mend: ${name}`, (t) => {
    const tree = Object.entries(set).reduce<Tree>(
      (all, [path, value]) => withValue(all, path, value),
      VALID,
    );
    const { config, findings } = read(t, tree, env);
    assert.deepEqual(summary(findings), expect);
    assert.equal(
      config === null,
      expect.some((line) => line.startsWith("error")),
    );
    for (const { fault, mend } of findings) assert.ok(fault !== "" && mend !== "");
    if (says !== undefined)
      assert.match(findings.map(({ fault, mend }) => `${fault} ${mend}`).join(), says);
  });
}

const ACCEPTED: readonly [string, Readonly<Record<string, unknown>>][] = [
  [
    "a diaspora* domain with a port, as real pods in development have it",
    { "diaspora.domain": "localhost:4001" },
  ],
  [
    "plain http in development",
    { development: DEVELOPMENT, "diaspora.url": "http://localhost:4001/" },
  ],
  [
    "development at a .local name over https",
    { development: DEVELOPMENT, "diaspora.url": "https://box.local/" },
  ],
  [
    "a key as base64 of 32 bytes",
    { "security.key": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=" },
  ],
  ["the component and the HTTP side at one name", { "diaspora.url": "https://dx.example.org/" }],
  ["an empty section", { log: null }],
];

for (const [name, set] of ACCEPTED) {
  test(`accepted without a word: ${name}`, (t) => {
    const tree = Object.entries(set).reduce<Tree>(
      (all, [path, value]) => withValue(all, path, value),
      VALID,
    );
    const { config, findings } = read(t, tree);
    assert.deepEqual(findings, []);
    assert.ok(config !== null);
  });
}

test("one served domain takes the main diaspora* domain, several their own names", (t) => {
  const one = read(t, withValue(VALID, "diaspora.domain", "localhost:4001"));
  assert.deepEqual(one.config?.xmpp.domains, [
    { name: "example.org", diasporaDomain: "localhost:4001" },
  ]);
  const two = read(t, withValue(VALID, "xmpp.domains", ["a.example", { name: "b.example" }]));
  assert.deepEqual(two.config?.xmpp.domains, [
    { name: "a.example", diasporaDomain: "a.example" },
    { name: "b.example", diasporaDomain: "b.example" },
  ]);
  assert.equal(two.config.diaspora.domain, "dx.example.org", "the host of diaspora.url");
});
