/** docs/metrics.md: the catalogue of metrics as tables, in the order of the flows. */
import type { MetricEntry, Section } from "../../src/metrics/entry.ts";
import { FROM_PODS, FROM_XMPP, GOING_OUT } from "../../src/metrics/flows.ts";
import { STATE } from "../../src/metrics/state.ts";

const HEAD = `# Metrics

<!-- Made from src/metrics/catalogue.ts by \`npm run docs\`. -->

With \`metrics.port\` set, \`GET /metrics\` there answers in Prometheus' text format: what stands below, and prom-client's default metrics of the process (memory, processor time, garbage collection). Labels have no other values than those below, and the last one stands for everything else. No figure names a pod or a person.

Gauges are read when somebody asks. Those marked “database” are read from the database, at most every five or fifteen seconds, by statements that read a bounded number of rows however many there are; every process that shares it tells the same, so take the greatest, not the sum. A gauge that cannot be read now is absent, and never an old one.

A board for Grafana with all of them is \`config/grafana/diaspora-x.json\` (import it and choose the data source); rules for alerts are \`config/prometheus/alerts.yml\`.

## /live and /ready

Both are at the public address, and beside \`/metrics\` for processes that have none. \`/live\` is 200 as long as the process turns. \`/ready\` is 200 or 503, always within a second, with JSON:

\`\`\`json
{ "status": "not ready", "parts": { "database": { "ok": false, "says": "the database cannot be reached" } } }
\`\`\`

\`status\` is \`ready\`, \`not ready\`, \`standby\` or \`degraded\`. A hot standby answers 200 and says so: it receives for the federation like the holder, and only the component's stream is another's. A full inbox is full for every process, so it is \`degraded\`, with 200: a balancer that took all of them out would shut readers out too, and pods get their 503 from \`/receive\`. While a daemon is being stopped it is not ready.

| part | what it says when it is not well |
| --- | --- |
| \`database\` | it cannot be reached, it does not answer within 0.8 s, or it takes no writes (the standby of another after a fail-over, or told only to read) |
| \`migrations\` | the schema is older than this version |
| \`stream\` | the component is not logged in at the XMPP server; absent in a process without the role \`connector\` |
| \`inbox\` | it is full (\`limits.inbox_max_rows\`): pods are asked to come back later |
| \`draining\` | this daemon is being stopped |

What changes is logged too (“this part is not ready”, “this part is well again”), and is \`diaspora_x_ready\` below.
`;

const SECTIONS: readonly (readonly [title: string, section: Section])[] = [
  ["How it is", STATE],
  ["From diaspora\\*", FROM_PODS],
  ["From XMPP", FROM_XMPP],
  ["Going out", GOING_OUT],
];

export function renderMetricsReference(): string {
  return HEAD + SECTIONS.map(([title, section]) => table(title, section)).join("");
}

function table(title: string, section: Section): string {
  const rows = Object.entries<MetricEntry>(section).map(([name, entry]) => {
    const type = entry.shared === true ? `${entry.type}, database` : entry.type;
    return `| \`${name}\` | ${type} | ${entry.help} | ${labelsOf(entry)} |\n`;
  });
  return `\n## ${title}\n\n| name | type | what it says | labels |\n| --- | --- | --- | --- |\n${rows.join("")}`;
}

/** Error codes have a document of their own. */
const MANY = 30;

function labelsOf({ labels }: MetricEntry): string {
  const said = Object.entries(labels).map(([label, values]) => {
    if (values.length === 0) return `\`${label}\`: its own`;
    if (values.length > MANY) return `\`${label}\`: see docs/errors.md`;
    return `\`${label}\`: ${values.join(", ")}`;
  });
  return said.join("; ");
}
