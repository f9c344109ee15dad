import assert from "node:assert/strict";
import { test } from "node:test";
import { serveMetrics } from "../../../src/metrics/listener.ts";
import { createMetrics } from "../../../src/metrics/metrics.ts";

test("figures, liveness and readiness are to be had at their own port, and nothing else is", async () => {
  const now = { ok: true };
  const readiness = { answer: () => Promise.resolve({ ok: now.ok, json: '{"status":"x"}\n' }) };
  const at = { host: "127.0.0.1", port: 0 };
  const listener = await serveMetrics(createMetrics(), readiness, at);
  const base = `http://127.0.0.1:${String(listener.port)}`;
  try {
    const figures = await fetch(`${base}/metrics`);
    assert.equal(figures.status, 200);
    assert.match(figures.headers.get("content-type") ?? "", /^text\/plain/);
    assert.match(await figures.text(), /process_resident_memory_bytes \d/);
    assert.equal(await (await fetch(`${base}/live`)).text(), "live\n");
    const ready = await fetch(`${base}/ready`);
    assert.equal(ready.status, 200);
    assert.deepEqual(await ready.json(), { status: "x" });
    now.ok = false;
    assert.equal((await fetch(`${base}/ready`)).status, 503);
    for (const path of ["/", "/constructor", "/metrics/"]) {
      assert.equal((await fetch(base + path)).status, 404, path);
    }
    assert.equal((await fetch(`${base}/metrics`, { method: "POST" })).status, 404);
  } finally {
    await listener.close();
  }
});
