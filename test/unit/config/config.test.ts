import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkConfig, loadConfig, readConfig } from "../../../src/config.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { KEY, read, summary, tempFolder, VALID } from "./support.ts";

test("a small file gives a whole configuration with the documented defaults", (t) => {
  const { config, findings, folder } = read(t, VALID);
  assert.deepEqual(findings, []);
  assert.ok(config !== null);
  assert.equal(config.dataDir, join(folder, "data"));
  assert.deepEqual(config.xmpp.component, {
    domain: "dx.example.org",
    host: "127.0.0.1",
    port: 5347,
    secret: "shared-with-ejabberd",
  });
  assert.equal(config.xmpp.registration, "local");
  assert.deepEqual(config.xmpp.ownHosts, [
    "example.org",
    "comments.example.org",
    "pubsub.example.org",
  ]);
  assert.equal(config.xmpp.limits.maxStanzaBytes, 131072);
  assert.equal(config.server.port, 4000);
  assert.equal(config.database.url, null);
  assert.equal(config.development.enabled, false);
  assert.deepEqual(config.log, { level: "info", format: "json" });
});

test("the environment wins over the file, and every kind of value can be given by it", (t) => {
  const { config, findings, folder } = read(t, VALID, {
    DIASPORA_X_DATA_DIR: "elsewhere",
    DIASPORA_X_XMPP_COMPONENT_SECRET: "from-the-environment",
    DIASPORA_X_XMPP_COMPONENT_PORT: "5348",
    DIASPORA_X_XMPP_DOMAINS: "a.example=social.a.example, b.example",
    DIASPORA_X_XMPP_REGISTRATION: "c.example,d.example",
    DIASPORA_X_XMPP_SERVICES: "talk.example",
    DIASPORA_X_DATABASE_MIGRATE: "no",
    DIASPORA_X_SERVER_TRUSTED_PROXIES: "127.0.0.1,10.0.0.0/8,::1",
    DIASPORA_X_DEVELOPMENT_ENABLED: "true",
    DIASPORA_X_DEVELOPMENT_NAMES: "a.local=127.0.0.1:4001",
    DIASPORA_X_LOG_LEVEL: "",
    HOME: "/root",
  });
  assert.deepEqual(
    findings.filter(({ severity }) => severity === "error"),
    [],
  );
  assert.ok(config !== null);
  assert.equal(config.dataDir, join(folder, "elsewhere"));
  assert.equal(config.xmpp.component.secret, "from-the-environment");
  assert.equal(config.xmpp.component.port, 5348);
  assert.deepEqual(config.xmpp.domains, [
    { name: "a.example", diasporaDomain: "social.a.example" },
    { name: "b.example", diasporaDomain: "b.example" },
  ]);
  assert.deepEqual(config.xmpp.registration, ["c.example", "d.example"]);
  assert.deepEqual(config.xmpp.ownHosts, ["a.example", "b.example", "talk.example"]);
  assert.equal(config.database.migrate, false);
  assert.deepEqual(config.server.trustedProxies, ["127.0.0.1", "10.0.0.0/8", "::1"]);
  assert.deepEqual(config.development.names, { "a.local": "127.0.0.1:4001" });
  assert.equal(config.log.level, "info", "an empty variable counts as unset");
});

test("the environment alone is enough", (t) => {
  const { config, findings } = readConfig({
    folder: tempFolder(t),
    env: {
      DIASPORA_X_XMPP_COMPONENT_DOMAIN: "dx.example.org",
      DIASPORA_X_XMPP_COMPONENT_SECRET: "shared",
      DIASPORA_X_XMPP_DOMAINS: "example.org",
      DIASPORA_X_DIASPORA_URL: "https://dx.example.org",
      DIASPORA_X_SECURITY_KEY: KEY,
    },
  });
  assert.deepEqual(findings, []);
  assert.equal(config?.diaspora.url, "https://dx.example.org/");
});

test("secrets come from files, without the newline at the end", (t) => {
  const folder = tempFolder(t);
  const secret = join(folder, "secret");
  writeFileSync(secret, "shared\n", { mode: 0o600 });
  const { config, findings } = read(
    t,
    {
      ...VALID,
      xmpp: { ...VALID.xmpp, component: { domain: "dx.example.org", secret_file: secret } },
    },
    { DIASPORA_X_DATABASE_URL_FILE: secret },
  );
  assert.equal(config, null);
  assert.deepEqual(
    summary(findings),
    ["error database.url"],
    "the file's content is checked like a value",
  );
  writeFileSync(secret, "postgres://u:p@localhost/dx\n");
  assert.equal(
    read(t, VALID, { DIASPORA_X_DATABASE_URL_FILE: secret }).config?.database.url,
    "postgres://u:p@localhost/dx",
  );
});

test("a secret of the environment replaces the file's, whichever key that used", (t) => {
  const component = { domain: "dx.example.org", secret_file: "/nowhere" };
  const { config } = read(
    t,
    { ...VALID, xmpp: { ...VALID.xmpp, component } },
    {
      DIASPORA_X_XMPP_COMPONENT_SECRET: "direct",
    },
  );
  assert.equal(config?.xmpp.component.secret, "direct");
});

test("a secret's file that all can read is a warning, one that is not there an error", (t) => {
  const folder = tempFolder(t);
  const secret = join(folder, "secret");
  writeFileSync(secret, "shared");
  chmodSync(secret, 0o644);
  const component = { domain: "dx.example.org", secret_file: secret };
  const open = read(t, { ...VALID, xmpp: { ...VALID.xmpp, component } });
  assert.deepEqual(summary(open.findings), ["warning xmpp.component.secret_file"]);
  assert.equal(open.config?.xmpp.component.secret, "shared");

  const missing = read(t, VALID, { DIASPORA_X_SECURITY_KEY_FILE: join(folder, "none") });
  assert.deepEqual(summary(missing.findings).slice(0, 1), ["error security.key_file"]);

  writeFileSync(secret, "x".repeat(8193), { mode: 0o600 });
  chmodSync(secret, 0o600);
  const long = read(t, VALID, { DIASPORA_X_SECURITY_KEY_FILE: secret });
  assert.match(long.findings[0]?.fault ?? "", /larger than 8192 bytes/);
});

test("a key and its file together are refused", (t) => {
  const component = { domain: "dx.example.org", secret: "a", secret_file: "/etc/hostname" };
  const { findings } = read(t, { ...VALID, xmpp: { ...VALID.xmpp, component } });
  assert.match(findings[0]?.fault ?? "", /given twice/);
});

test("loadConfig throws one error that names every fault with its mend, and no secret", (t) => {
  const { folder } = read(t, VALID);
  const env = {
    DIASPORA_X_SECURITY_KEY: "shortsecret",
    DIASPORA_X_SERVER_PORT: "70000",
    DIASPORA_X_DATABASE_URL: "mysql://root:hunter2@db/",
  };
  const file = join(folder, "config.yaml");
  assert.throws(
    () => loadConfig({ file, env }),
    (error) => {
      assert.ok(isDxError(error, "DX_CONFIG_INVALID"));
      assert.match(error.message, /server\.port is too big; give a whole number from 1 to 65535/);
      return true;
    },
  );
  const later = checkConfig({ file, env: { ...env, DIASPORA_X_SERVER_PORT: "4000" } });
  assert.deepEqual(summary(later), ["error security.key", "error database.url"]);
  assert.doesNotMatch(JSON.stringify(later), /shortsecret|hunter2/);
});

const UNREADABLE: readonly [string, string, RegExp][] = [
  ["a tab where YAML wants spaces", "xmpp:\n\tcomponent: 1\n", /not valid YAML/],
  ["the same key twice", "data_dir: a\ndata_dir: b\n", /not valid YAML/],
  ["a list at the top", "- a\n- b\n", /does not hold keys/],
  [
    "an alias, of which bombs are made",
    "data_dir: &a [x]\nxmpp: [*a, *a]\n",
    /does not hold keys|not valid/,
  ],
  ["more than 256 KiB", `# ${"x".repeat(262_200)}\n`, /larger than 262144 bytes/],
];

for (const [name, content, expected] of UNREADABLE) {
  test(`the file is refused as a whole: ${name}`, (t) => {
    const { config, findings } = read(t, content);
    assert.equal(config, null);
    assert.equal(findings.length, 1);
    assert.match(findings[0]?.fault ?? "", expected);
  });
}

test("a fault of the YAML names its line, and nothing of what stands there", (t) => {
  for (const secret of [
    "!p4ssw0rd",
    "*p4ssw0rd",
    "[p4ssw0rd",
    '"p4ssw0rd',
    "{p4ssw0rd: x",
    "&p4ssw0rd",
  ]) {
    const { config, findings } = read(t, `data_dir: x\nsecurity:\n  key: ${secret}\n`);
    assert.equal(config, null, secret);
    assert.doesNotMatch(JSON.stringify(findings), /p4ssw0rd/);
  }
  const { findings } = read(t, "data_dir: x\nsecurity: !p4ssw0rd x\n");
  assert.match(findings[0]?.fault ?? "", /^is not valid YAML \(\w+\) at line 2$/);
});

test("a named file that is not there is an error, never the defaults", (t) => {
  const file = join(tempFolder(t), "none.yaml");
  const [finding] = checkConfig({ file, env: {} });
  assert.equal(finding?.key, file);
  assert.match(finding.fault, /ENOENT/);
});

test("a file may be named by DIASPORA_X_CONFIG, and lies in the working folder by default", (t) => {
  const { folder } = read(t, VALID);
  assert.ok(readConfig({ env: { DIASPORA_X_CONFIG: "config.yaml" }, folder }).config !== null);
  const other = tempFolder(t);
  writeFileSync(join(other, "diaspora-x.yaml"), "data_dir: 5\n");
  assert.ok(summary(checkConfig({ env: {}, folder: other })).includes("error data_dir"));
});
