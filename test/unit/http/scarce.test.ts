import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, Agent, get, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { watchConnections } from "../../../src/http/scarce.ts";
import type { Log } from "../../../src/log/log.ts";

const MOST = 8;

async function serve(t: TestContext, said: string[]): Promise<number> {
  const note: Log["warn"] = (_, sentence) => void said.push(sentence);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const options = { connectionsCheckingInterval: 20, requestTimeout: 60_000 };
  const server = createServer(options, (request, response) => {
    request.resume().once("end", () => response.end("done"));
  });
  server.maxConnections = MOST;
  watchConnections(server, { connections: MOST, log, patienceMs: 100 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address() as AddressInfo;
  return address.port;
}

function slowBody(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined).resume();
  socket.write("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\nx");
  return socket;
}

test("while there are connections enough, the slow have their time", async (t) => {
  const said: string[] = [];
  const port = await serve(t, said);
  const slow = Array.from({ length: MOST / 2 }, () => slowBody(port));
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(
    slow.map((socket) => socket.destroyed),
    slow.map(() => false),
  );
  assert.deepEqual(said, []);
  for (const socket of slow) socket.destroy();
});

test("when they become scarce, the slow and the idle are cut, others get in, and it is said", async (t) => {
  const said: string[] = [];
  const port = await serve(t, said);
  const agent = new Agent({ keepAlive: true });
  t.after(() => {
    agent.destroy();
  });
  const answered = async (): Promise<string> => {
    const [response] = (await once(get({ port, agent }), "response")) as [IncomingMessage];
    return (await response.setEncoding("utf8").toArray()).join("");
  };
  assert.equal(await answered(), "done");
  const slow = Array.from({ length: MOST }, () => slowBody(port));
  await Promise.all(slow.map((socket) => once(socket, "close")));
  assert.equal(await answered(), "done");
  assert.match(said[0] ?? "", /scarce/);
  assert.match(said.at(-1) ?? "", /enough again/);
});
