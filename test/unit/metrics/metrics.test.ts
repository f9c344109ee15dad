import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { METRICS } from "../../../src/metrics/catalogue.ts";
import type { MetricEntry } from "../../../src/metrics/entry.ts";
import { createMetrics, type Reading } from "../../../src/metrics/metrics.ts";

async function series(text: Promise<string>, name: string): Promise<string[]> {
  const lines = (await text).split("\n");
  return lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

test("a counter is told with its labels, and an unknown label value makes no new series", async () => {
  const metrics = createMetrics();
  metrics.count("diaspora_x_stanzas_dropped_total", { reason: "stranger" });
  metrics.count("diaspora_x_stanzas_dropped_total", { reason: "stranger" });
  for (const reason of ["eve@evil.example", "", "__proto__"]) {
    metrics.count("diaspora_x_stanzas_dropped_total", { reason });
  }
  assert.deepEqual(await series(metrics.text(), "diaspora_x_stanzas_dropped_total"), [
    'diaspora_x_stanzas_dropped_total{reason="stranger"} 2',
    'diaspora_x_stanzas_dropped_total{reason="other"} 3',
  ]);
});

const ENTRIES = new Map(Object.entries<MetricEntry>(METRICS));
const LABELLED = /^(\w+?)(?:_bucket|_sum|_count)?\{(.*)\} /;

/** Each label of this line has a value of the catalogue. */
function isClosed(line: string): boolean {
  const [, name = "", labels = ""] = LABELLED.exec(line) ?? [];
  const entry = ENTRIES.get(name);
  return [...labels.matchAll(/(\w+)="([^"]*)"/g)].every(([, label = "", value = ""]) => {
    return (label === "le" && entry?.type === "histogram") || entry?.labels[label]?.includes(value);
  });
}

test("whatever strangers do, no metric has a label value that the catalogue does not name", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "binary" }), { minLength: 1 }), async (words) => {
      const metrics = createMetrics();
      for (const word of words) {
        metrics.count("diaspora_x_http_requests_total", { door: word, answer: word });
        metrics.count("diaspora_x_received_errors_total", { stage: word, code: word });
        metrics.count("diaspora_x_posts_total", { answer: word });
        metrics.observe("diaspora_x_open_seconds", { kind: word }, 1);
        metrics.read(() => [
          { name: "diaspora_x_ready", labels: { part: word, host: word }, value: 1 },
        ]);
      }
      const told = (await metrics.text()).split("\n").filter((line) => line.startsWith("diaspora"));
      assert.deepEqual(
        told.filter((line) => !isClosed(line)),
        [],
      );
    }),
    { numRuns: 10 },
  );
});

test("every metric is named as Prometheus has it: what it counts, its unit, and what it is", () => {
  for (const [name, { type, help, labels, buckets = [] }] of Object.entries<MetricEntry>(METRICS)) {
    assert.match(name, /^diaspora_x_[a-z_]+$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
    assert.match(help, /\.$/, name);
    if (type === "histogram") {
      assert.match(name, /_seconds$/);
      assert.deepEqual(
        buckets,
        [...buckets].sort((a, b) => a - b),
        name,
      );
    }
    assert.equal(buckets.length > 0, type === "histogram", name);
    for (const values of Object.values(labels)) assert.equal(new Set(values).size, values.length);
  }
});

test("a gauge that cannot be read any more is absent, and never an old figure", async () => {
  const metrics = createMetrics();
  const state: { readings: Reading[] | null } = {
    readings: [
      { name: "diaspora_x_stream_online", value: 1 },
      { name: "diaspora_x_queue_items", labels: { queue: "inbox" }, value: 7 },
    ],
  };
  metrics.read(() => {
    if (state.readings === null) throw new Error("gone");
    return state.readings;
  });
  assert.deepEqual(await series(metrics.text(), "diaspora_x_stream_online"), [
    "diaspora_x_stream_online 1",
  ]);
  assert.deepEqual(await series(metrics.text(), "diaspora_x_queue_items"), [
    'diaspora_x_queue_items{queue="inbox"} 7',
  ]);
  state.readings = null;
  assert.deepEqual(await series(metrics.text(), "diaspora_x_stream_online"), []);
  assert.deepEqual(await series(metrics.text(), "diaspora_x_queue_items"), []);
});

test("a source that hangs is not waited for, and the others are told", async () => {
  const metrics = createMetrics();
  metrics.read(() => new Promise(() => undefined));
  metrics.read(() => [{ name: "diaspora_x_stream_holder", value: 1 }]);
  const began = performance.now();
  assert.deepEqual(await series(metrics.text(), "diaspora_x_stream_holder"), [
    "diaspora_x_stream_holder 1",
  ]);
  assert.ok(performance.now() - began < 5_000);
});
