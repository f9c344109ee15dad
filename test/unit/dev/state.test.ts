import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { devDomain } from "../../../src/config/dev-state.ts";
import { announcement } from "../../../dev/announce.ts";
import { readOptions } from "../../../dev/options.ts";
import { freePort, keptPort, portIsFree, preferredPort } from "../../../dev/ports.ts";
import { secretIn } from "../../../dev/secrets.ts";
import { readPorts, writeState, writeStopped, type DevState } from "../../../dev/state.ts";

const dir = mkdtempSync(join(tmpdir(), "dx-state-"));
after(() => {
  rmSync(dir, { recursive: true, force: true });
});

const STATE: DevState = {
  pid: 1,
  serverPid: 2,
  domains: [
    {
      domain: "lab.local",
      componentDomain: "diaspora.lab.local",
      c2sHost: "127.0.0.1",
      c2sPort: 5222,
      httpUrl: "http://127.0.0.1:4001/",
      diasporaDomain: "localhost:4001",
      daemonPid: 4,
      secretFile: "/x/secret",
    },
  ],
  ports: { c2s: 5222, "http of lab.local": 4001 },
};

test("the client's --dev reads what npm run dev wrote", () => {
  const file = join(dir, "state.json");
  writeState(file, STATE);
  const { componentDomain, c2sPort, diasporaDomain } = devDomain("lab.local", file);
  assert.deepEqual(
    { componentDomain, c2sPort, diasporaDomain },
    { componentDomain: "diaspora.lab.local", c2sPort: 5222, diasporaDomain: "localhost:4001" },
  );
  assert.deepEqual(readdirSync(dir), ["state.json"]);
});

test("after a stop nothing runs, but the ports stay known", () => {
  const file = join(dir, "state.json");
  writeState(file, STATE);
  writeStopped(file);
  assert.deepEqual(readPorts(file), STATE.ports);
  assert.throws(() => devDomain("lab.local", file), /not running/);
});

for (const content of [
  "",
  "null",
  "[]",
  "{",
  '{"ports": null}',
  '{"ports": {"c2s": "5222", "api": 70000, "x": -1}}',
]) {
  test(`a state file that says ${JSON.stringify(content)} is as if there were none`, () => {
    const file = join(dir, "odd.json");
    writeFileSync(file, content);
    assert.deepEqual(readPorts(file), {});
  });
}

test("a secret is made once, and only its owner reads it", () => {
  const file = join(dir, "secrets/one");
  const secret = secretIn(file);
  assert.match(secret, /^[0-9a-f]{64}$/);
  assert.equal(secretIn(file), secret);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(readFileSync(file, "utf8").trim(), secret);
});

test("a port that is taken is not given, and none is given twice", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const taken = typeof address === "object" && address !== null ? address.port : 0;
  assert.equal(await portIsFree(taken), false);
  assert.notEqual(await keptPort(taken), taken);
  assert.notEqual(await preferredPort([taken]), taken);
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
  assert.equal(new Set(ports).size, 20);
  assert.ok(
    ports.every((port) => port < 32_768),
    "below the ephemeral range",
  );
  server.close();
});

test("the announcement's commands name the account, the gateway and the diaspora* ID", () => {
  const text = announcement(STATE, {
    domain: "lab.local",
    lan: false,
    pods: 1,
    server: "ejabberd",
    port: null,
    quiet: false,
  });
  assert.match(text, /client register --dev alice@lab\.local a-password --at diaspora\.lab\.local/);
  assert.match(text, /alice@localhost:4001 on diaspora\*/);
  assert.match(text, /host 127\.0\.0\.1, port 5222/);
});

test("options are read", () => {
  assert.deepEqual(readOptions(["--domain", "Lab.LOCAL", "--lan", "--port", "4005"]), {
    domain: "lab.local",
    lan: true,
    pods: 1,
    server: "ejabberd",
    port: 4005,
    quiet: false,
  });
});

for (const args of [
  ["--domain", "no domain"],
  ["--pods", "3"],
  ["--port", "0"],
  ["--port", "65536"],
  ["--pods", "2", "--port", "4001"],
  ["--server", "openfire"],
  ["--what"],
  ["stray"],
]) {
  test(`${args.join(" ")} is refused`, () => {
    assert.throws(() => readOptions(args));
  });
}
