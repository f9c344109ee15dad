/** What a daemon says of itself, from outside: two of them at one database and one XMPP server. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../dev/ports.ts";
import { remembered } from "../../../src/daemon/seeing.ts";
import { silentLog } from "../../../src/log/log.ts";
import { runDaemon } from "../../../src/main.ts";
import { databaseProxy } from "../../support/database-proxy.ts";
import { testDatabase } from "../../support/database.ts";
import { fakeComponentServer } from "../../support/fake-component-server.ts";
import { read, VALID } from "../config/support.ts";

async function start(t: TestContext, componentPort: number, databaseUrl: string) {
  const ports = { http: await freePort(), metrics: await freePort() };
  const component = { ...VALID.xmpp.component, host: "127.0.0.1", port: componentPort };
  const { config } = read(t, {
    ...VALID,
    xmpp: { ...VALID.xmpp, component },
    server: { host: "127.0.0.1", port: ports.http },
    metrics: { port: ports.metrics },
    database: { url: databaseUrl },
  });
  assert.ok(config !== null);
  const daemon = await runDaemon(config, silentLog);
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopping ??= daemon.stop());
  return { ports, stop, [Symbol.asyncDispose]: stop };
}

interface Said {
  readonly code: number;
  readonly status: string;
  readonly parts: Readonly<Record<string, { readonly says: string }>>;
}

async function ready(port: number): Promise<Said> {
  const answer = await fetch(`http://127.0.0.1:${String(port)}/ready`);
  const body = (await answer.json()) as Omit<Said, "code">;
  return { code: answer.status, ...body };
}

async function figure(port: number, name: string): Promise<string | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return line?.slice(name.length + 1);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let round = 0; !(await holds()); round += 1) {
    assert.ok(round < 1_000, `never: ${what}`);
    await sleep(20);
  }
}

test("holder and standby are both ready and can be told apart; who has lost the database says so, and who is stopped, too", async (t) => {
  await using store = await testDatabase();
  await using proxy = await databaseProxy(store.url);
  const server = await fakeComponentServer(VALID.xmpp.component);
  t.after(() => server.close());
  await using first = await start(t, server.port, proxy.url);
  for (const port of [first.ports.http, first.ports.metrics]) {
    await until("the first is ready", async () => (await ready(port)).status === "ready");
  }
  await using second = await start(t, server.port, store.url);
  await until("the second stands by", async () => {
    return (await ready(second.ports.http)).status === "standby";
  });
  const standby = await ready(second.ports.http);
  assert.equal(standby.code, 200);
  assert.match(standby.parts["stream"]?.says ?? "", /^standing by/);
  assert.equal(await figure(second.ports.metrics, "diaspora_x_stream_holder"), "0");
  assert.equal(await figure(first.ports.metrics, "diaspora_x_stream_holder"), "1");

  proxy.cut();
  await until("the first has no database", async () => {
    return (await ready(first.ports.http)).code === 503;
  });
  const cut = await ready(first.ports.metrics);
  // The pool tries for some seconds before it says that there is none.
  const words = /^(?:the database cannot be reached|has not answered within 0.8 s)$/;
  assert.match(cut.parts["database"]?.says ?? "", words);
  assert.equal(await figure(first.ports.metrics, "diaspora_x_database_up"), "0");
  assert.equal((await fetch(`http://127.0.0.1:${String(first.ports.http)}/live`)).status, 200);
  proxy.mend();
  await until("the first has it again", async () => (await ready(first.ports.http)).code === 200);

  // Somebody's message is half there: the end waits for it.
  const half = connect(second.ports.http, "127.0.0.1");
  half.write("POST /receive/public HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nxml");
  await sleep(100);
  const stopping = second.stop();
  const last = await ready(second.ports.metrics);
  assert.deepEqual(
    [last.code, last.parts["draining"]?.says],
    [503, "this daemon is being stopped"],
  );
  half.destroy();
  await stopping;
});

test("what was asked of the database is not asked again while it hangs, nor soon after it was answered", async () => {
  let asked = 0;
  let answer: (value: number) => void = () => undefined;
  const ask = remembered(() => {
    asked += 1;
    return new Promise<number>((resolve) => {
      answer = resolve;
    });
  }, 20);
  const both = [ask(), ask()];
  await sleep(40);
  both.push(ask());
  assert.equal(asked, 1);
  answer(7);
  assert.deepEqual(await Promise.all(both), [7, 7, 7]);
  assert.equal(await ask(), 7);
  assert.equal(asked, 1);
  await sleep(40);
  void ask();
  assert.equal(asked, 2);
});

test("an error is not remembered", async () => {
  let asked = 0;
  const ask = remembered(() => {
    asked += 1;
    return asked === 1 ? Promise.reject(new Error("away")) : Promise.resolve(asked);
  });
  await assert.rejects(ask());
  assert.equal(await ask(), 2);
});
