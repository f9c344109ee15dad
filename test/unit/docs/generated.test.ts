import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { GENERATED, outdated } from "../../../scripts/docs/generated.ts";
import { CONFIG_KEYS } from "../../../src/config/keys.ts";
import { ERRORS } from "../../../src/errors/registry.ts";
import { readConfig } from "../../../src/config.ts";
import { KEY, tempFolder } from "../config/support.ts";

const root = new URL("../../../", import.meta.url);

test("the generated documents say what their sources say", async () => {
  const stale = await outdated();
  assert.deepEqual(
    stale.map(({ path }) => path),
    [],
    "run npm run docs",
  );
  assert.equal(GENERATED.length, 6);
});

test("every key and every error code is documented", () => {
  const reference = readFileSync(new URL("docs/config.md", root), "utf8");
  const example = readFileSync(new URL("config/example.yaml", root), "utf8");
  for (const { path, variable } of CONFIG_KEYS) {
    assert.ok(reference.includes(`\`${path}\``), path);
    assert.ok(reference.includes(`\`${variable}\``), variable);
    assert.ok(example.includes(`${path.split(".").at(-1) ?? ""}:`), path);
  }
  const errors = readFileSync(new URL("docs/errors.md", root), "utf8");
  for (const code of Object.keys(ERRORS)) assert.ok(errors.includes(`\`${code}\``), code);
});

function withExample(t: Parameters<typeof tempFolder>[0], edit: (text: string) => string) {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "secret"), "shared", { mode: 0o600 });
  writeFileSync(join(folder, "key"), KEY, { mode: 0o600 });
  const text = readFileSync(new URL("config/example.yaml", root), "utf8")
    .replace("/etc/diaspora-x/component-secret", "secret")
    .replace("/etc/diaspora-x/key", "key");
  const file = join(folder, "config.yaml");
  writeFileSync(file, edit(text));
  return readConfig({ file, env: {} });
}

test("the example is a valid configuration once its two secrets exist", (t) => {
  const { config, findings } = withExample(t, (text) => text);
  assert.deepEqual(findings, []);
  assert.equal(config?.xmpp.component.domain, "dx.example.org");
});

test("the defaults shown in the example are the defaults: uncommenting them changes nothing", (t) => {
  const plain = withExample(t, (text) => text);
  const all = withExample(t, (text) =>
    text
      .split("\n")
      // Keys without a value to show, and those whose value is an example of somebody else.
      .filter(
        (line) =>
          !/^\s*# (?:roles|secret|url|url_file|key|names|upload_hosts|admins|admin|abuse|support):|^\s*# {3}/.test(
            line,
          ),
      )
      .map((line) => line.replace(/^(\s*)# (?=\w)/, "$1"))
      .join("\n"),
  );
  assert.deepEqual(all.findings, []);
  assert.deepEqual(
    { ...all.config, security: null, xmpp: null },
    { ...plain.config, security: null, xmpp: null },
  );
});
