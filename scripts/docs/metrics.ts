/** docs/metrics.md: the catalogue of metrics as a table. */
import { COUNTERS, type CounterEntry } from "../../src/metrics/catalogue.ts";

const HEAD = `# Metrics

<!-- Made from src/metrics/catalogue.ts by \`npm run docs\`. -->

With \`metrics.port\` set, \`GET /metrics\` there answers in Prometheus' text format: these counters, and prom-client's default metrics of the process (memory, processor time, event-loop delay). Labels have no other values than those below, and the last one stands for everything else.

| counter | what it counts | labels |
| --- | --- | --- |
`;

export function renderMetricsReference(): string {
  const rows = Object.entries<CounterEntry>(COUNTERS).map(([name, { help, labels }]) => {
    const said = Object.entries(labels).map(
      ([label, values]) => `\`${label}\`: ${values.join(", ")}`,
    );
    return `| \`${name}\` | ${help} | ${said.join("; ")} |\n`;
  });
  return HEAD + rows.join("");
}
