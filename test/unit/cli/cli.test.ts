import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { main } from "../../../src/cli.ts";
import { devDomain } from "../../../src/config/dev-state.ts";
import { VERSION } from "../../../src/config/package.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { tempFolder, VALID } from "../config/support.ts";

const ROOT = new URL("../../../", import.meta.url);

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(args, {
    env,
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    readInput: () => Promise.resolve(""),
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

test("--version is the package's version, and done", async () => {
  const { code, out } = await run(["--version"]);
  assert.equal(code, 0);
  assert.equal(out, VERSION);
  assert.match(VERSION, /^\d+\.\d+\.\d+/);
});

test("--help names every command", async () => {
  const { code, out } = await run(["--help"]);
  assert.equal(code, 0);
  for (const command of [
    "start",
    "migrate",
    "check-config",
    "print-server-config",
    "deliveries",
    "client",
  ]) {
    assert.match(out, new RegExp(`^\\s+${command}`, "m"));
  }
});

const MISUSED: readonly (readonly string[])[] = [
  ["frobnicate"],
  ["start", "--only-a-bit"],
  ["print-server-config"],
  ["print-server-config", "qmail"],
  ["client", "register", "bob@box.local"],
  ["client", "watch", "bob@box.local", "secret", "--seconds", "soon"],
  ["client", "watch", "bob@box.local", "secret", "--port", "0"],
  ["client", "publish", "box.local", "secret", "text"],
];

for (const args of MISUSED) {
  test(`not understood, exit code 2: ${args.join(" ")}`, async () => {
    const { code, err } = await run(args);
    assert.equal(code, 2);
    assert.notEqual(err, "");
  });
}

test("check-config ends with 1 and names key, fault and mend", async (t) => {
  const file = join(tempFolder(t), "c.yaml");
  writeFileSync(file, stringify({ ...VALID, server: { prot: 4000 } }));
  const { code, out } = await run(["check-config", "--config", file]);
  assert.equal(code, 1);
  assert.match(out, /error: server\.prot is no key/);
  assert.match(out, /mend: did you mean server\.port\?/);
});

test("check-config ends with 0 and says who people will be", async (t) => {
  const file = join(tempFolder(t), "c.yaml");
  writeFileSync(
    file,
    stringify({ ...VALID, diaspora: { ...VALID.diaspora, domain: "pod.example:4000" } }),
  );
  const { code, out } = await run(["check-config", "--config", file]);
  assert.equal(code, 0);
  assert.match(out, /bob@example\.org is bob@pod\.example:4000/);
  assert.doesNotMatch(out, /shared-with-ejabberd/);
});

test("start with a bad configuration says why and ends with 1", async (t) => {
  const { code, err } = await run(["start", "--config", join(tempFolder(t), "none.yaml")]);
  assert.equal(code, 1);
  assert.match(err, /ENOENT/);
});

for (const server of ["ejabberd", "prosody", "openfire"]) {
  test(`print-server-config ${server} names the component and keeps the secret to itself`, async (t) => {
    const file = join(tempFolder(t), "c.yaml");
    writeFileSync(file, stringify(VALID));
    const { code, out } = await run(["print-server-config", server, "--config", file]);
    assert.equal(code, 0);
    assert.match(out, /dx/);
    assert.doesNotMatch(out, /shared-with-ejabberd/);
  });
}

test("--dev finds the pod of the account's domain, and says so when there is none", (t) => {
  const file = join(tempFolder(t), "state.json");
  const pod = {
    domain: "box.local",
    componentDomain: "diaspora.box.local",
    c2sHost: "127.0.0.1",
    c2sPort: 5322,
    httpUrl: "http://localhost:4001/",
    diasporaDomain: "localhost:4001",
  };
  writeFileSync(file, JSON.stringify({ more: true, domains: [pod] }));
  assert.equal(devDomain("box.local", file).c2sPort, 5322);
  assert.throws(
    () => devDomain("other.local", file),
    (error) => {
      assert.ok(isDxError(error, "DX_USAGE"));
      assert.match(error.message, /box\.local, not other\.local/);
      return true;
    },
  );
  writeFileSync(file, JSON.stringify({ domains: [] }));
  assert.throws(() => devDomain("box.local", file), /not running/);
  writeFileSync(file, "{");
  assert.throws(
    () => devDomain("box.local", file),
    (error) => isDxError(error, "DX_USAGE"),
  );
});

test("the program runs from a checkout and passes the exit code on", async () => {
  const bin = fileURLToPath(new URL("bin/diaspora-x.mjs", ROOT));
  const child = spawn(process.execPath, [bin, "frobnicate"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = once(child, "close");
  const err = await text(child.stderr);
  await closed;
  assert.equal(child.exitCode, 2);
  assert.match(err, /unknown command/);
});

test("the program's first file is one that an old Node can read", () => {
  const source = readFileSync(new URL("bin/diaspora-x.mjs", ROOT), "utf8");
  const imports = [...source.matchAll(/^import .* from "([^"]+)"/gm)].map((match) => match[1]);
  assert.deepEqual(imports, ["node:fs"]);
  assert.doesNotMatch(source, /\?\?=|\|\|=|^\s*await |\.at\(/m);
});
