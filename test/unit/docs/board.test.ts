/** The Grafana board and the alert rules speak of metrics that there are, and of all of them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { METRICS } from "../../../src/metrics/catalogue.ts";
import type { MetricEntry } from "../../../src/metrics/entry.ts";

const root = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

const ENTRIES = new Map(Object.entries<MetricEntry>(METRICS));
const SUFFIX = /_(?:bucket|sum|count)$/;

function namedIn(expr: string): string[] {
  return [...expr.matchAll(/\bdiaspora_x_\w+/g)].map(([name]) => {
    return ENTRIES.has(name) ? name : name.replace(SUFFIX, "");
  });
}

/** `{label="value"}` and `by (label)`: each has to be one of the metrics' own, or of Prometheus. */
function labelsIn(expr: string): string[] {
  const matched = [...expr.matchAll(/([a-z_]+)(?:=~|!=|!~|=)"/g)].map(([, label = ""]) => label);
  const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    list.split(", "),
  );
  return [...matched, ...grouped].filter((label) => !["job", "instance", "le"].includes(label));
}

function checkExpression(expr: string): void {
  const named = namedIn(expr);
  for (const name of named) assert.ok(ENTRIES.has(name), `${name} in ${expr}`);
  const labels = new Set(named.flatMap((name) => Object.keys(ENTRIES.get(name)?.labels ?? {})));
  for (const label of labelsIn(expr)) assert.ok(labels.has(label), `${label} in ${expr}`);
  for (const [, label = "", value = ""] of expr.matchAll(/([a-z_]+)!?="([^"]*)"/g)) {
    const values = named.flatMap((name) => ENTRIES.get(name)?.labels[label] ?? []);
    assert.ok(values.includes(value), `${label}="${value}" in ${expr}`);
  }
  for (const open of ["()", "{}", "[]"]) {
    const [first = "", last = ""] = open;
    assert.equal(expr.split(first).length, expr.split(last).length, expr);
  }
}

const target = z.object({ expr: z.string(), refId: z.string(), datasource: z.unknown() });
const grid = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });
const boardShape = z.object({
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      type: z.enum(["row", "stat", "timeseries"]),
      gridPos: grid,
      targets: z.array(target).min(1).optional(),
    }),
  ),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
});
const board = boardShape.parse(JSON.parse(read("config/grafana/diaspora-x.json")));

test("every metric stands on the board, and nothing that there is not", () => {
  const asked = board.panels.flatMap(({ targets = [] }) => targets);
  for (const { expr } of asked) checkExpression(expr);
  const shown = new Set(asked.flatMap(({ expr }) => namedIn(expr)));
  assert.deepEqual(
    [...ENTRIES.keys()].filter((name) => !shown.has(name)),
    [],
  );
});

test("what every process reads from the database is not added up over them", () => {
  for (const { expr } of board.panels.flatMap(({ targets = [] }) => targets)) {
    const isShared = namedIn(expr).some((name) => ENTRIES.get(name)?.shared === true);
    if (isShared) assert.doesNotMatch(expr, /\bsum\b/, expr);
  }
});

test("counters are shown as what they grow by, and histograms by their buckets", () => {
  for (const { expr } of board.panels.flatMap(({ targets = [] }) => targets)) {
    const types = namedIn(expr).map((name) => ENTRIES.get(name)?.type);
    if (types.includes("counter")) assert.match(expr, /\b(?:rate|increase)\(/);
    if (types.includes("histogram")) assert.match(expr, /histogram_quantile\(.*_bucket/);
  }
});

test("no two panels have the same number or the same place, and the data source is chosen at import", () => {
  const { panels, templating } = board;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  assert.deepEqual(
    templating.list.map(({ name, type }) => [name, type]),
    [
      ["datasource", "datasource"],
      ["job", "query"],
    ],
  );
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from(
      { length: w * h },
      (_, n) => `${String(x + (n % w))} ${String(y + Math.floor(n / w))}`,
    ),
  );
  assert.equal(new Set(cells).size, cells.length);
  for (const { gridPos } of panels) assert.ok(gridPos.x + gridPos.w <= 24);
});

const rulesShape = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^DiasporaX[A-Z]\w+$/),
          expr: z.string(),
          for: z.string().regex(/^\d+[smh]$/),
          labels: z.strictObject({ severity: z.enum(["critical", "warning"]) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
});

test("the alert rules have Prometheus' form, and ask for what there is", () => {
  const { groups } = rulesShape.parse(parse(read("config/prometheus/alerts.yml")));
  const rules = groups.flatMap((group) => group.rules);
  assert.ok(rules.length >= 5);
  // Of whom there are no figures, no rule about figures says anything.
  for (const [gone] of [["absent(diaspora_x_stream_online)"], ["up{"]] as const) {
    assert.ok(
      rules.some(({ expr }) => expr.includes(gone)),
      gone,
    );
  }
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { expr, annotations } of rules) {
    checkExpression(expr);
    assert.match(expr, / (?:==|>|<) [\d.]+$/);
    for (const name of namedIn(`${annotations.summary} ${annotations.description}`)) {
      assert.ok(ENTRIES.has(name), name);
    }
    const labels = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
    for (const label of labels) assert.match(expr, new RegExp(`by \\([^)]*\\b${label ?? ""}\\b`));
  }
});
