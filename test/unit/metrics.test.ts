import assert from "node:assert/strict";
import { test } from "node:test";
import { serveMetrics } from "../../src/metrics/listener.ts";
import { createMetrics } from "../../src/metrics/metrics.ts";

test("a counter is told with its labels, and an unknown label value makes no new series", async () => {
  const metrics = createMetrics();
  metrics.count("diaspora_x_stanzas_dropped_total", { reason: "stranger" });
  metrics.count("diaspora_x_stanzas_dropped_total", { reason: "stranger" });
  for (const reason of ["eve@evil.example", "", "__proto__"]) {
    metrics.count("diaspora_x_stanzas_dropped_total", { reason });
  }
  const lines = (await metrics.text()).split("\n");
  assert.deepEqual(
    lines.filter((line) => line.startsWith("diaspora_x_stanzas_dropped_total")),
    [
      'diaspora_x_stanzas_dropped_total{reason="stranger"} 2',
      'diaspora_x_stanzas_dropped_total{reason="other"} 3',
    ],
  );
});

test("figures are to be had at their own port, and nothing else is", async () => {
  const listener = await serveMetrics(createMetrics(), { host: "127.0.0.1", port: 0 });
  const base = `http://127.0.0.1:${String(listener.port)}`;
  try {
    const answer = await fetch(`${base}/metrics`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/plain/);
    assert.match(await answer.text(), /process_resident_memory_bytes \d/);
    assert.equal((await fetch(`${base}/`)).status, 404);
    assert.equal((await fetch(`${base}/metrics`, { method: "POST" })).status, 404);
  } finally {
    await listener.close();
  }
});
