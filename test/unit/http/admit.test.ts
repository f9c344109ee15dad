import assert from "node:assert/strict";
import { test } from "node:test";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import { createGuardedHttp } from "../../../src/http/client.ts";
import { loopbackServer } from "./loopback-server.ts";

test("a host with which the operator has nothing to do is neither asked nor redirected to", async (t) => {
  const asked: string[] = [];
  const server = await loopbackServer(t, (request, response) => {
    asked.push(`${request.headers.host ?? ""}${request.url ?? ""}`);
    response.statusCode = request.url === "/away" ? 302 : 200;
    response.setHeader("location", "http://bad.example/there");
    response.end();
  });
  const names = new Map(
    ["good.example", "bad.example"].map((name) => [
      name,
      { address: "127.0.0.1", port: server.port },
    ]),
  );
  const closed = new Set<string>(["bad.example"]);
  const http = createGuardedHttp({
    version: "1",
    names,
    admit: (host) => {
      if (closed.has(host)) throw new DxError("DX_SUSPENDED");
    },
  });
  t.after(() => http.close());
  const isClosed = (error: unknown): boolean => isDxError(error, "DX_SUSPENDED");
  await http.get("https://good.example/here");
  await assert.rejects(http.get("https://bad.example/there"), isClosed);
  await assert.rejects(http.get("https://good.example/away"), isClosed);
  const message = { contentType: "text/plain", body: "Hello" };
  await assert.rejects(http.post("https://bad.example/receive/public", message), isClosed);
  assert.throws(() => http.check("https://bad.example/"), isClosed);
  assert.deepEqual(asked, ["good.example/here", "good.example/away"]);
  // The lists change while it runs.
  closed.clear();
  assert.equal((await http.get("https://bad.example/there")).status, 200);
});
