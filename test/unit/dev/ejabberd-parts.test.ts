import assert from "node:assert/strict";
import { X509Certificate, createPrivateKey } from "node:crypto";
import { test } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { neededOf } from "../../../dev/debian-cache.ts";
import { packagesOf, privateConfig } from "../../../dev/debian-packages.ts";
import { ejabberdYaml, type EjabberdSettings } from "../../../dev/ejabberd-config.ts";
import { EJABBERD } from "../../../dev/ejabberd-install.ts";
import { selfSignedPem } from "../../../dev/self-signed.ts";

test("the certificate is one that OpenSSL reads, for every domain, signed by its own key", () => {
  const domains = ["a.lab.local", `${"x".repeat(60)}.${"y".repeat(60)}.local`, "c.local"];
  const pem = selfSignedPem(domains);
  const certificate = new X509Certificate(pem);
  for (const domain of domains) assert.equal(certificate.checkHost(domain), domain);
  assert.equal(certificate.checkHost("other.local"), undefined);
  assert.ok(certificate.verify(certificate.publicKey));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(pem)));
  assert.ok(
    Date.parse(certificate.validFrom) < Date.now() && Date.parse(certificate.validTo) > Date.now(),
  );
});

test("serial numbers are positive and of the shortest form, whatever their random bytes", () => {
  for (let i = 0; i < 50; i++) {
    assert.match(
      new X509Certificate(selfSignedPem(["a.local"])).serialNumber,
      /^[4-7][0-9A-F]{31}$/,
    );
  }
});

const SETTINGS: EjabberdSettings = {
  domains: ["a.local", "b.local"],
  components: [{ domain: "diaspora.a.local", secret: "yes: no" }],
  ports: { c2s: 1, component: 2, api: 3 },
  listenIp: "0.0.0.0",
  forceNodeConfig: false,
  certificateFile: "/c.pem",
};

const configShape = z.object({
  listen: z.array(
    z.object({
      module: z.string(),
      ip: z.string(),
      hosts: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

function listenersOf(settings: EjabberdSettings) {
  return configShape.parse(parse(ejabberdYaml(settings))).listen;
}

test("only clients may come from elsewhere: components and the API stay on loopback", () => {
  const open = listenersOf(SETTINGS).filter(({ ip }) => ip !== "127.0.0.1");
  assert.deepEqual(
    open.map(({ module }) => module),
    ["ejabberd_c2s"],
  );
});

test("a secret is text, whatever YAML would make of it", () => {
  const hosts = listenersOf(SETTINGS).find(({ module }) => module === "ejabberd_service")?.hosts;
  assert.deepEqual(hosts, { "diaspora.a.local": { password: "yes: no" } });
});

test("node configuration is forced only when asked for", () => {
  assert.doesNotMatch(ejabberdYaml(SETTINGS), /force_node_config/);
  assert.match(ejabberdYaml({ ...SETTINGS, forceNodeConfig: true }), /force_node_config/);
});

test("apt's hooks and folders stay out of the private configuration, its proxy stays in", () => {
  const dump = [
    'APT::Architecture "amd64";',
    'Acquire::http::Proxy "http://proxy:3128";',
    'DPkg::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb";',
    'APT::Update::Post-Invoke-Success:: "rm -f /var/cache/apt/pkgcache.bin";',
    'Dir::State::lists "/var/lib/apt/lists/";',
    'APT::Sandbox::User "_apt";',
  ].join("\n");
  const config = privateConfig(dump, "/private");
  assert.match(config, /proxy:3128/);
  assert.doesNotMatch(config, /rm -f|\/var\/lib|_apt/);
  assert.match(config, /Dir::State::lists "\/private\/lists";/);
});

test("apt's simulation is read, with epochs and architectures", () => {
  const text =
    "Reading...\nInst libc6 (2.36-9 Debian:12.5/stable [amd64])\nInst zlib1g:amd64 (1:1.2.13.dfsg-1 Debian:12 [amd64])\nConf libc6 (2.36-9 Debian)\n";
  assert.deepEqual(packagesOf(text), [
    { name: "libc6", version: "2.36-9" },
    { name: "zlib1g", version: "1:1.2.13.dfsg-1" },
  ]);
});

test("of what ejabberd depends on, Erlang and the missing libraries are taken, never the C library", () => {
  const names = [
    "ejabberd",
    "erlang-base",
    "libc6",
    "libgcc-s1",
    "libyaml-0-2",
    "libssl3",
    "perl-base",
    "libperl5.36",
    "adduser",
    "libpam0g",
  ];
  const closure = names.map((name) => ({ name, version: "1" }));
  const installed = new Set(["libssl3", "erlang-base"]);
  const needed = neededOf(closure, installed, (name) => EJABBERD.isOwn(name));
  assert.deepEqual(
    needed.map(({ name }) => name),
    ["ejabberd", "erlang-base", "libyaml-0-2"],
  );
});
